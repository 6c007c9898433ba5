import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLOSE, type ServerMessage } from '#shared/signal.ts';
import { SDP_TYPE, WHEP_TICKET, whepUrl } from '#shared/whep.ts';
import { phase, type SessionClaims, sessionOfEpoch, until } from '../test/stage.ts';
import { TestEdge } from '../test/test-edge.ts';
import { TestNode } from '../test/test-node.ts';
import { TestPlayer } from '../test/test-player.ts';
import { VoicePeer } from '../test/voice-peer.ts';
import { whepOffer } from '../test/whep-offer.ts';

/** Two real nodes on this machine: one has the session, the other one shows it to spectators. */

let edge: TestEdge;
let origin: TestNode;
let relay: TestNode;
let session: SessionClaims;
let host: TestPlayer;
let epoch = 0;

async function newSession(): Promise<void> {
  session = sessionOfEpoch(++epoch);
  edge.relayed.set(session.sessionId, { nodeId: 'origin', epoch, slot: 0 });
  const ticket = await edge.ticket({ ...session, aud: 'origin' });
  host = await TestPlayer.hello(edge.signalUrlOf('origin'), ticket);
  await phase(host, 'playing');
}

beforeAll(async () => {
  edge = await TestEdge.open();
  origin = await TestNode.open({ edge, overrides: { nodeId: 'origin' } });
  relay = await TestNode.open({ edge, overrides: { nodeId: 'relay', uidBase: 69_000 } });
  await newSession();
});

afterAll(async () => {
  await relay?.close();
  await origin?.close();
  await edge?.close();
});

async function watch(sub: string = randomUUID(), displayName = 'Bob'): Promise<TestPlayer> {
  const claims = {
    ...session,
    sub,
    role: 'spectator',
    seat: null,
    displayName,
    aud: 'relay',
    origin: 'origin',
  } as const;
  return TestPlayer.hello(edge.signalUrlOf('relay'), await edge.ticket(claims));
}

const spectatorsAt = (player: TestPlayer): number | undefined => {
  const seats = player.messages.findLast(message => message.type === 'seats');
  return seats?.type === 'seats' ? seats.spectators : undefined;
};

describe('a relay', () => {
  it('shows a session of another node: its news, its streams, and its spectators to the session', async () => {
    const sub = randomUUID();
    const spectator = await watch(sub);
    const welcome = await spectator.welcome();
    expect(welcome).toMatchObject({ role: 'spectator', phase: 'playing', sendTransport: null });
    const consumed = await spectator.request({
      type: 'consume',
      rtpCapabilities: welcome.routerRtpCapabilities,
    });
    expect(consumed.ok && consumed.data.consumers).toMatchObject([{ kind: 'video' }, { kind: 'audio' }]);
    expect(spectator.messages[0]?.type).toBe('welcome');
    await until(() => spectatorsAt(host) === 1);
    expect(spectatorsAt(spectator)).toBe(1);
    await until(() => edge.eventsOf(session.sessionId).includes('viewer_joined'));
    expect(edge.events.filter(event => event.type === 'viewer_joined').map(event => event.userId)).toContain(
      sub,
    );
    // Who watches is counted where they watch; slots are not used by it.
    await until(() => edge.heartbeats.some(beat => beat.sessions.length === 0 && beat.load.viewers === 1));

    spectator.vanish();
    await until(() => spectatorsAt(host) === 0);
    await until(() =>
      edge.events.some(event => event.type === 'viewer_left' && event.userId === sub && event.seat === null),
    );
  });

  it('gives input to nobody and answers each wrong request like the session does', async () => {
    const spectator = await watch();
    await spectator.welcome();
    const raw = { type: 'produceData', channel: 'keys', sctpStreamParameters: { streamId: 0 } };
    expect(await spectator.request(raw)).toMatchObject({ ok: false, error: { code: 'forbidden' } });
    const unknown = { type: 'restartIce', transportId: 'x' };
    expect(await spectator.request(unknown)).toMatchObject({ ok: false, error: { code: 'signal_protocol' } });
    spectator.sendRaw('{}');
    expect(await spectator.waitForClose()).toMatchObject({ code: CLOSE.protocol });
  });

  it('asks the session for each spectator: what an order has voided or put out is cut here too', async () => {
    const sub = randomUUID();
    const early = await edge.ticket({
      ...session,
      sub,
      role: 'spectator',
      seat: null,
      aud: 'relay',
      origin: 'origin',
    });
    const spectator = await watch(sub);
    await spectator.welcome();
    await edge.order(
      { type: 'revoke', userId: sub, sessionId: session.sessionId, reason: 'kicked' },
      'origin',
    );
    expect(await spectator.waitForClose()).toEqual({ code: CLOSE.refused, reason: 'kicked' });
    const back = await TestPlayer.hello(edge.signalUrlOf('relay'), early);
    expect(await back.waitForClose()).toEqual({ code: CLOSE.refused, reason: 'ticket_expired' });
  });

  it('comes in by a ticket of the edge alone, and only with spectators that the edge has sent to it', async () => {
    const url = `${edge.signalUrlOf('origin').replace(/\/$/, '')}/relay`;
    const stranger = new TestPlayer(url);
    await stranger.opened();
    const pipe = {
      ip: '127.0.0.1',
      port: 9,
      srtpParameters: { cryptoSuite: 'AEAD_AES_256_GCM', keyBase64: 'x' },
    };
    const playersTicket = await edge.ticket({ ...session, aud: 'origin' });
    stranger.send({ type: 'hello', protocol: 1, ticket: playersTicket, pipe });
    expect(await stranger.waitForClose()).toEqual({ code: CLOSE.refused, reason: 'ticket_invalid' });
    // A ticket to the session's node itself is none to the relay.
    const direct = await edge.ticket({
      ...session,
      sub: randomUUID(),
      role: 'spectator',
      seat: null,
      aud: 'relay',
    });
    const lost = await TestPlayer.hello(edge.signalUrlOf('relay'), direct);
    expect((await lost.waitForClose()).code).toBe(CLOSE.refused);
    const unknown = await edge.ticket({
      ...session,
      sessionId: randomUUID(),
      sub: randomUUID(),
      role: 'spectator',
      seat: null,
      aud: 'relay',
      origin: 'origin',
    });
    const refused = await TestPlayer.hello(edge.signalUrlOf('relay'), unknown);
    expect((await refused.waitForClose()).code).toBe(CLOSE.refused);
  });

  it('is where a standard player (WHEP) is sent that is closer to it: by a 307 with a ticket, known there by its link’s token', async () => {
    const url = whepUrl(edge.signalUrlOf('origin'), session.sessionId);
    const link = { ...session, sub: randomUUID(), aud: 'origin', region: 'far' };
    const by = await edge.whepToken(link);
    const offer = await whepOffer();
    const post = (to: string, headers: Record<string, string>) =>
      fetch(to, {
        method: 'POST',
        body: offer,
        redirect: 'manual',
        headers: { 'content-type': SDP_TYPE, ...headers },
      });
    edge.whepWay = async ({ userId, player, region, full }) => {
      expect({ region, full, userId }).toEqual({ region: 'far', full: false, userId: link.sub });
      const sentOn = { ...session, sub: userId, role: 'spectator', seat: null, whep: player } as const;
      const ticket = await edge.ticket({ ...sentOn, aud: 'relay', origin: 'origin' });
      return `${whepUrl(edge.signalUrlOf('relay'), session.sessionId)}?${WHEP_TICKET}=${ticket}`;
    };
    const sent = await post(url, { authorization: `Bearer ${by}` });
    expect(sent.status).toBe(307);
    const there = sent.headers.get('location') ?? '';
    // Browsers do not take the link's token along to another origin.
    const answered = await post(there, {});
    expect(answered.status).toBe(201);
    expect((await answered.text()).match(/a=sendonly/g)).toHaveLength(2);
    const address = answered.headers.get('location') ?? '';
    expect(address).toContain(new URL(there).host);
    await until(() => spectatorsAt(host) === 1);
    // The ticket worked once.
    expect((await post(there, {})).status).toBe(401);
    const end = (token: string) =>
      fetch(address, { method: 'DELETE', headers: { authorization: `Bearer ${token}` } });
    expect((await end(await edge.whepToken(link))).status).toBe(404);
    expect((await end(by)).status).toBe(200);
    await until(() => spectatorsAt(host) === 0);
    // Without a better way it stays, and a link that was voided leads nowhere.
    const bearer = { authorization: `Bearer ${by}` };
    const { whepWay } = edge;
    edge.whepWay = () => Promise.resolve(null);
    const stays = await post(url, bearer);
    expect(stays.status).toBe(201);
    await fetch(stays.headers.get('location') ?? '', { method: 'DELETE', headers: bearer });
    edge.whepWay = whepWay;
    await edge.order({ type: 'void_links', userId: link.sub, sessionId: session.sessionId }, 'origin');
    expect((await post(url, bearer)).status).toBe(401);
  });

  it('lets its spectators hear who talks, straight from the session’s node, and speak when the host allows it', async () => {
    const spectator = await watch();
    await spectator.welcome();
    const [speaking, listening] = [
      await VoicePeer.open(host, 'speak'),
      await VoicePeer.open(spectator, 'listen'),
    ];
    const voiceId = await speaking.speak(host, 77);
    speaking.talk(77);
    const told = await spectator.waitFor(
      (message): message is Extract<ServerMessage, { type: 'voices' }> =>
        message.type === 'voices' && message.voices.length === 1,
    );
    expect(told).toMatchObject({ voices: [{ voiceId, seat: 1 }], maySpeak: false });
    const hear = {
      type: 'hearVoice',
      voiceId,
      rtpCapabilities: listening.capabilities,
      held: false,
    } as const;
    expect(await spectator.request(hear)).toMatchObject({ ok: true });
    await until(() => [...listening.received.values()].some(count => count > 5));
    const mic = { type: 'openVoice', direction: 'speak' } as const;
    expect(await spectator.request(mic)).toMatchObject({ ok: false, error: { code: 'voice_forbidden' } });
    await host.request({ type: 'letSpectatorsSpeak', allowed: true });
    expect(await spectator.request(mic)).toMatchObject({ ok: true });
    await Promise.all([speaking.close(), listening.close()]);
    spectator.vanish();
  });

  it('closes with the session, for all', async () => {
    const spectator = await watch();
    await spectator.welcome();
    host.send({ type: 'quit' });
    expect(await spectator.waitForClose()).toEqual({ code: CLOSE.ended, reason: 'player_quit' });
    await until(() => edge.heartbeats.at(-1)?.load.viewers === 0);
  });

  it('tells its spectators when it has lost the session, finds it again and has them come anew', async () => {
    await newSession();
    const spectator = await watch();
    await spectator.welcome();
    origin.signal('SIGSTOP');
    await spectator.waitFor((message): message is ServerMessage => message.type === 'relayLost');
    expect(spectator.closed).toBeUndefined();
    origin.signal('SIGCONT');
    expect((await spectator.waitForClose()).code).toBe(1012);
    const back = await watch();
    expect(await back.welcome()).toMatchObject({ role: 'spectator' });
    back.vanish();
  });
});
