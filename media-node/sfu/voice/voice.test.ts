import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  type ConsumerInfo,
  consumeResponseSchema,
  hearVoiceResponseSchema,
  type ServerMessage,
} from '#shared/signal.ts';
import type { SpeakingNotice, VoicesNotice } from '#shared/voice.ts';
import { arrive, type SessionClaims, sessionOfEpoch, until } from '../../test/stage.ts';
import { TestEdge } from '../../test/test-edge.ts';
import { TestNode } from '../../test/test-node.ts';
import type { TestPlayer } from '../../test/test-player.ts';
import { micOf, VoicePeer } from '../../test/voice-peer.ts';

/** Voice between the members of a session on a real node: real mediasoup, ICE, DTLS and SRTP, against an edge that signs tickets. */

let edge: TestEdge;
let node: TestNode;
let session: SessionClaims;
let host: TestPlayer;
let guest: TestPlayer;
let watcher: TestPlayer;
const guestId = randomUUID();
const watcherId = randomUUID();

const lastOf = <T extends ServerMessage['type']>(player: TestPlayer, type: T) =>
  player.messages.findLast(
    (message): message is Extract<ServerMessage, { type: T }> => message.type === type,
  );
const voicesOf = (player: TestPlayer): VoicesNotice | undefined => lastOf(player, 'voices');
const speakingOf = (player: TestPlayer): SpeakingNotice | undefined => lastOf(player, 'speaking');

async function codeOf(player: TestPlayer, request: object): Promise<string> {
  const answer = await player.request(request);
  return answer.ok ? 'done' : answer.error.code;
}

/** Hears a voice and answers the SSRC by which it comes. */
async function hear(player: TestPlayer, peer: VoicePeer, voiceId: string, held = false): Promise<number> {
  const answer = await player.request({
    type: 'hearVoice',
    voiceId,
    rtpCapabilities: peer.capabilities,
    held,
  });
  if (!answer.ok) throw new Error(answer.error.code);
  return ssrcOf(hearVoiceResponseSchema.parse(answer.data).consumer);
}

function ssrcOf(consumer: ConsumerInfo | undefined): number {
  const { encodings } = z
    .object({ encodings: z.array(z.object({ ssrc: z.int() })) })
    .parse(consumer?.rtpParameters);
  return encodings[0]?.ssrc ?? 0;
}

/** Packets of a stream that come within a moment. */
async function flow(peer: VoicePeer, ssrc: number, ms = 400): Promise<number> {
  const before = peer.received.get(ssrc) ?? 0;
  await new Promise(resolve => setTimeout(resolve, ms));
  return (peer.received.get(ssrc) ?? 0) - before;
}

describe('voice between the members of a session', () => {
  beforeAll(async () => {
    edge = await TestEdge.open();
    node = await TestNode.open({ edge, overrides: { workers: 2 } });
    session = sessionOfEpoch(1);
    host = await arrive(edge, session);
    await host.welcome();
    guest = await arrive(edge, { ...session, sub: guestId, seat: 2, displayName: 'Gustav' });
    watcher = await arrive(edge, {
      ...session,
      sub: watcherId,
      role: 'spectator',
      seat: null,
      displayName: 'Walter',
    });
    await Promise.all([guest.welcome(), watcher.welcome()]);
  });

  afterAll(async () => {
    await node?.close();
    await edge?.close();
  });

  it('is told how things stand: nobody speaks, who has a seat may, who watches may not', async () => {
    await until(() => voicesOf(watcher) !== undefined);
    expect(voicesOf(host)).toMatchObject({
      voices: [],
      hostMuted: [],
      maySpeak: true,
      spectatorsSpeak: false,
    });
    expect(voicesOf(watcher)).toMatchObject({ maySpeak: false });
    expect(await codeOf(watcher, { type: 'openVoice', direction: 'speak' })).toBe('voice_forbidden');
    expect(await codeOf(guest, { type: 'letSpectatorsSpeak', allowed: true })).toBe('forbidden');
    expect(await codeOf(guest, { type: 'muteMember', userId: session.sub, muted: true })).toBe('forbidden');
  });

  it('refuses what is no microphone', async () => {
    expect(await codeOf(guest, { type: 'speak', rtpParameters: micOf(7), muted: false })).toBe(
      'voice_refused',
    );
    const mic = await VoicePeer.open(guest, 'speak');
    const [opus] = micOf(7).codecs;
    for (const rtpParameters of [
      {},
      { ...micOf(7), codecs: [{ ...opus, mimeType: 'audio/PCMU', clockRate: 8000 }] },
      { ...micOf(7), codecs: [{ ...opus, mimeType: 'video/VP8', clockRate: 90000 }] },
      { ...micOf(7), codecs: [opus, opus] },
      { ...micOf(7), codecs: [{ ...opus, channels: 6 }] },
      { ...micOf(7), encodings: [{ ssrc: 1 }, { ssrc: 2 }] },
      { ...micOf(7), encodings: [{ ssrc: -1 }] },
      { ...micOf(7), encodings: [{ rid: 'a' }] },
      { ...micOf(7), headerExtensions: Array(64).fill(micOf(7).headerExtensions[0]) },
    ]) {
      expect(await codeOf(guest, { type: 'speak', rtpParameters, muted: false })).toBe('voice_refused');
    }
    const voiceId = randomUUID();
    const rtpCapabilities = mic.capabilities;
    expect(await codeOf(guest, { type: 'hearVoice', voiceId, rtpCapabilities, held: false })).toBe(
      'voice_not_found',
    );
    expect(await codeOf(guest, { type: 'holdVoice', voiceId, held: true })).toBe('voice_not_found');
    expect(await codeOf(host, { type: 'muteMember', userId: randomUUID(), muted: true })).toBe(
      'player_not_found',
    );
    await mic.speak(guest, 8);
    expect(await codeOf(guest, { type: 'speak', rtpParameters: micOf(9), muted: false })).toBe(
      'voice_refused',
    );
    expect(await codeOf(guest, { type: 'stopSpeaking' })).toBe('done');
    await mic.close();
    await until(() => voicesOf(host)?.voices.length === 0);
  });

  it('brings a voice to who listens, and only while nobody has muted it', async () => {
    const mic = await VoicePeer.open(guest, 'speak');
    const ears = await VoicePeer.open(host, 'listen');
    const others = await VoicePeer.open(watcher, 'listen');
    const voiceId = await mic.speak(guest, 1001);
    await until(() => voicesOf(host)?.voices[0]?.voiceId === voiceId);
    expect(voicesOf(host)?.voices).toEqual([
      { voiceId, userId: guestId, displayName: 'Gustav', seat: 2, muted: false },
    ]);
    // One does not hear oneself.
    const echo = { type: 'hearVoice', voiceId, rtpCapabilities: mic.capabilities, held: false };
    expect(await codeOf(guest, echo)).toBe('voice_not_found');

    mic.talk(1001);
    const ssrc = await hear(host, ears, voiceId);
    const ssrcOfOthers = await hear(watcher, others, voiceId);
    await until(() => (ears.received.get(ssrc) ?? 0) > 5 && (others.received.get(ssrcOfOthers) ?? 0) > 5);
    await until(() => speakingOf(host)?.active === guestId);
    // Who has the word and who is loud are told apart: the one may come before the other.
    await until(() => speakingOf(watcher)?.userIds.join() === guestId);

    // Muted for one listener: nothing flows to them, all to the others.
    await codeOf(host, { type: 'holdVoice', voiceId, held: true });
    await until(async () => (await flow(ears, ssrc)) === 0);
    await until(async () => (await flow(others, ssrcOfOthers)) > 5);
    await codeOf(host, { type: 'holdVoice', voiceId, held: false });
    await until(async () => (await flow(ears, ssrc)) > 5);

    // By themselves.
    await codeOf(guest, { type: 'muteMic', muted: true });
    await until(() => voicesOf(host)?.voices[0]?.muted === true);
    await until(async () => (await flow(ears, ssrc)) === 0);
    await until(() => speakingOf(host)?.userIds.length === 0);
    await codeOf(guest, { type: 'muteMic', muted: false });
    await until(async () => (await flow(ears, ssrc)) > 5);

    // By the host, whatever they do themselves; it holds when they come back.
    await codeOf(host, { type: 'muteMember', userId: guestId, muted: true });
    await until(() => voicesOf(guest)?.hostMuted.includes(guestId) === true);
    await codeOf(guest, { type: 'muteMic', muted: true });
    await codeOf(guest, { type: 'muteMic', muted: false });
    await until(async () => (await flow(ears, ssrc)) === 0);
    await codeOf(guest, { type: 'stopSpeaking' });
    await mic.close();
    await until(() => voicesOf(host)?.voices.length === 0);
    const again = await VoicePeer.open(guest, 'speak');
    const secondId = await again.speak(guest, 1002);
    again.talk(1002);
    const second = await hear(host, ears, secondId);
    await until(async () => (await flow(ears, second)) === 0);
    await codeOf(host, { type: 'muteMember', userId: guestId, muted: false });
    await until(async () => (await flow(ears, second)) > 5);

    await codeOf(guest, { type: 'stopSpeaking' });
    await Promise.all([again.close(), ears.close(), others.close()]);
  });

  it('leaves the picture and the sound of the game alone, however many voices come and go', async () => {
    const welcome = await host.welcome();
    const consumed = await host.request({ type: 'consume', rtpCapabilities: welcome.routerRtpCapabilities });
    if (!consumed.ok) throw new Error(consumed.error.code);
    const [, sound] = consumeResponseSchema.parse(consumed.data).consumers;
    const soundSsrc = ssrcOf(sound);
    const game = await VoicePeer.connect(host, welcome.recvTransport, welcome.routerRtpCapabilities);
    const ears = await VoicePeer.open(host, 'listen');
    await until(() => (game.received.get(soundSsrc) ?? 0) > 50);
    for (let round = 0; round < 3; round++) {
      const before = game.received.get(soundSsrc) ?? 0;
      const mic = await VoicePeer.open(guest, 'speak');
      const voiceId = await mic.speak(guest, 2000 + round);
      mic.talk(2000 + round);
      const ssrc = await hear(host, ears, voiceId);
      await until(() => (ears.received.get(ssrc) ?? 0) > 5);
      await codeOf(guest, { type: 'stopSpeaking' });
      await mic.close();
      expect(game.received.get(soundSsrc) ?? 0).toBeGreaterThan(before + 20);
    }
    // All of the voices came over their own transport, and the game's brought what it brought before.
    for (const ssrc of ears.received.keys()) expect(game.received.has(ssrc)).toBe(false);
    expect(host.messages.filter(({ type }) => type === 'phase').at(-1)).toMatchObject({ phase: 'playing' });
    await Promise.all([ears.close(), game.close()]);
  });

  it('lets those who watch speak when the host allows it, on a transport that is opened then', async () => {
    await codeOf(host, { type: 'letSpectatorsSpeak', allowed: true });
    await until(() => voicesOf(watcher)?.maySpeak === true);
    const mic = await VoicePeer.open(watcher, 'speak');
    const ears = await VoicePeer.open(guest, 'listen');
    const voiceId = await mic.speak(watcher, 3001);
    mic.talk(3001);
    const ssrc = await hear(guest, ears, voiceId);
    await until(() => (ears.received.get(ssrc) ?? 0) > 5);
    await codeOf(host, { type: 'letSpectatorsSpeak', allowed: false });
    expect(await watcher.waitFor(message => message.type === 'voiceClosed')).toMatchObject({
      code: 'voice_forbidden',
    });
    await until(() => voicesOf(guest)?.voices.length === 0);
    expect(voicesOf(watcher)).toMatchObject({ maySpeak: false });
    await until(async () => (await flow(ears, ssrc)) === 0);
    await Promise.all([mic.close(), ears.close()]);
  });

  it('goes by the right to speak that a seat has', async () => {
    const mic = await VoicePeer.open(guest, 'speak');
    await mic.speak(guest, 4001);
    const { sessionId } = session;
    const body = { type: 'set_rights', sessionId, seat: 2, seating: 5 } as const;
    await edge.order({ ...body, rights: ['keyboard', 'mouse', 'pad'] });
    expect(await guest.waitFor(message => message.type === 'voiceClosed')).toMatchObject({
      code: 'voice_forbidden',
    });
    expect(await codeOf(guest, { type: 'openVoice', direction: 'speak' })).toBe('voice_forbidden');
    await edge.order({ ...body, seating: 6, rights: ['keyboard', 'mouse', 'pad', 'voice'] });
    await until(() => voicesOf(guest)?.maySpeak === true);
    await mic.close();
  });

  it('gives who takes a seat a microphone on the connection that they have, and takes it back with the seat', async () => {
    const place = {
      type: 'set_place',
      sessionId: session.sessionId,
      userId: watcherId,
      host: false,
    } as const;
    await edge.order({ ...place, role: 'player', seat: 3, rights: ['voice'], seating: 10 });
    await until(() => voicesOf(watcher)?.maySpeak === true);
    const mic = await VoicePeer.open(watcher, 'speak');
    const ears = await VoicePeer.open(guest, 'listen');
    const voiceId = await mic.speak(watcher, 6001);
    mic.talk(6001);
    const ssrc = await hear(guest, ears, voiceId);
    await until(() => (ears.received.get(ssrc) ?? 0) > 5);
    expect(voicesOf(guest)?.voices).toMatchObject([{ userId: watcherId, seat: 3 }]);
    await edge.order({ ...place, role: 'spectator', seat: null, rights: [], seating: 11 });
    await until(() => voicesOf(guest)?.voices.length === 0);
    await until(() => voicesOf(watcher)?.maySpeak === false);
    expect(watcher.closed).toBeUndefined();
    await Promise.all([mic.close(), ears.close()]);
  });

  it('closes a microphone that floods, and goes on for the others', async () => {
    const mic = await VoicePeer.open(guest, 'speak');
    const ears = await VoicePeer.open(watcher, 'listen');
    await mic.speak(guest, 5001);
    const flooding = mic.flood(5001, 4000).catch(() => undefined);
    const closed = (message: ServerMessage) =>
      message.type === 'voiceClosed' && message.code === 'voice_flood';
    await until(() => guest.messages.some(closed));
    await flooding;
    expect(await codeOf(guest, { type: 'openVoice', direction: 'speak' })).toBe('voice_flood');
    const other = await VoicePeer.open(host, 'speak');
    const voiceId = await other.speak(host, 5002);
    other.talk(5002);
    const ssrc = await hear(watcher, ears, voiceId);
    await until(() => (ears.received.get(ssrc) ?? 0) > 5);
    await Promise.all([mic.close(), other.close(), ears.close()]);
  });

  it('answers who asks too much, and does not cut them', async () => {
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => codeOf(watcher, { type: 'muteMic', muted: true })),
    );
    expect(answers).toContain('done');
    await new Promise(resolve => setTimeout(resolve, 1000));
    const more = await Promise.all(
      Array.from({ length: 40 }, () => codeOf(watcher, { type: 'muteMic', muted: true })),
    );
    expect(more).toContain('rate_limited');
    expect(watcher.closed).toBeUndefined();
  });

  it('lets a member who leaves disappear, with their voice', async () => {
    await until(() => voicesOf(guest)?.voices.length === 1);
    host.vanish();
    await until(() => voicesOf(guest)?.voices.length === 0);
    expect(speakingOf(guest)?.userIds ?? []).not.toContain(session.sub);
  });
});
