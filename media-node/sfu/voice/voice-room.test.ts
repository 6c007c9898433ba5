import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NearcadeError } from '#shared/errors.ts';
import { clientMessageSchema, openVoiceResponseSchema, type ServerMessage } from '#shared/signal.ts';
import { VOICE_MAX_VOICES, type VoiceRequest } from '#shared/voice.ts';
import type { Participant } from '../../agent/participant.ts';
import { systemClock } from '../../clock.ts';
import { createLog } from '../../log.ts';
import { until } from '../../test/stage.ts';
import { micOf } from '../../test/voice-peer.ts';
import { Workers } from '../workers.ts';
import { VOICE_CODECS } from './mic-parameters.ts';
import { type VoicePlace, VoiceRoom } from './voice-room.ts';

/** The talk over real mediasoup workers, without sockets: what a member asks for goes in as the wire brings it. */

/** Longer by command: NEARCADE_FUZZ_SECONDS=600. */
const FUZZ_SECONDS = Number(process.env.NEARCADE_FUZZ_SECONDS ?? 3);

let workers: Workers;
let room: VoiceRoom;
/** Runs ahead of the real clock, so that a test may ask as often as it likes. */
let ahead = 0;

interface Member {
  place: VoicePlace;
  participant: Participant;
  told: ServerMessage[];
}

function join(seat: number | null): Member {
  const told: ServerMessage[] = [];
  const participant: Participant = {
    userId: randomUUID(),
    role: seat === null ? 'spectator' : 'player',
    seat,
    host: seat === 1,
    seating: 0,
    displayName: `Seat ${seat}`,
    send: message => told.push(message),
    close: () => undefined,
  };
  const place = room.join(participant);
  place.begin();
  return { place, participant, told };
}

/** Resolves with the answer's data; rejects with the error whose code is answered. */
function ask({ place }: Member, request: object): Promise<Record<string, unknown>> {
  ahead += 500;
  return place.perform(clientMessageSchema.parse({ id: 1, ...request }) as VoiceRequest);
}

async function speak(member: Member, ssrc = 1): Promise<string> {
  await ask(member, { type: 'openVoice', direction: 'speak' });
  const { voiceId } = await ask(member, { type: 'speak', rtpParameters: micOf(ssrc), muted: false });
  return String(voiceId);
}

async function routers(): Promise<number> {
  const dumps = await Promise.all(workers.byLoad('spectators').map(worker => worker.dump()));
  return dumps.flatMap(({ routerIds }) => routerIds).length;
}

describe('a voice room', () => {
  beforeEach(async () => {
    workers = await Workers.open({ count: 2, log: createLog('silent', {}) });
    room = new VoiceRoom({
      openRouter: () => workers.createRouter('spectators', VOICE_CODECS),
      rtc: { listenIp: '127.0.0.1', minPort: 40000, maxPort: 49999 },
      rights: { isHost: ({ host }) => host, maySpeak: () => true },
      clock: { ...systemClock, now: () => Date.now() + ahead },
      log: createLog('silent', {}),
    });
  });

  afterEach(() => {
    room.close();
    workers.close();
  });

  it('costs nothing before somebody speaks or listens, and goes with the last member', async () => {
    const member = join(1);
    expect(await routers()).toBe(0);
    await ask(member, { type: 'openVoice', direction: 'listen' });
    expect(await routers()).toBe(1);
    member.place.leave();
    await until(async () => (await routers()) === 0);
  });

  it('takes so many microphones and no more', async () => {
    const speakers = Array.from({ length: VOICE_MAX_VOICES }, (_, index) => join(index + 1));
    for (const [index, member] of speakers.entries()) await speak(member, index + 1);
    const late = join(99);
    await ask(late, { type: 'openVoice', direction: 'speak' });
    const request = { type: 'speak', rtpParameters: micOf(99), muted: false };
    await expect(ask(late, request)).rejects.toMatchObject({ code: 'voices_full' });
    speakers[0]?.place.leave();
    await expect(ask(late, request)).resolves.toHaveProperty('voiceId');
  });

  it('is opened anew when its worker dies, for everybody at once', async () => {
    const [host, guest] = [join(1), join(2)];
    await speak(host);
    await ask(guest, { type: 'openVoice', direction: 'listen' });
    process.kill(workers.byLoad('spectators')[0]?.pid ?? 0, 'SIGKILL');
    await until(() => [host, guest].every(({ told }) => told.some(({ type }) => type === 'voiceReset')));
    await until(() => host.told.findLast(message => message.type === 'voices')?.voices.length === 0);
    await until(() => workers.byLoad('spectators').length > 0);
    const voiceId = await speak(host);
    await ask(guest, { type: 'openVoice', direction: 'listen' });
    const { routerRtpCapabilities } = openVoiceResponseSchema.parse(
      await ask(guest, { type: 'openVoice', direction: 'listen' }),
    );
    const request = { type: 'hearVoice', voiceId, held: false, rtpCapabilities: routerRtpCapabilities };
    await expect(ask(guest, request)).resolves.toHaveProperty('consumer');
  });

  it(
    'answers whatever is asked with data or a code, and goes on',
    async () => {
      const members = [join(1), join(2), join(null)];
      const voiceIds: string[] = [];
      const transportIds: string[] = [];
      let refused = 0;
      const perform = async (who: number, said: unknown): Promise<void> => {
        const message = clientMessageSchema.safeParse(JSON.parse(JSON.stringify(said)));
        const member = members[who];
        if (!message.success || member === undefined) return;
        const request = message.data;
        try {
          if (request.type === 'connectTransport') {
            const dtlsParameters = request.dtlsParameters as never;
            await member.place.transport(request.transportId)?.connect({ dtlsParameters });
            return;
          }
          const data = await ask(member, request);
          if (typeof data.voiceId === 'string') voiceIds.push(data.voiceId);
          const opened = openVoiceResponseSchema.safeParse(data);
          if (opened.success) transportIds.push(opened.data.transport.id);
        } catch (error) {
          refused += 1;
          // The signalling answers mediasoup's complaint about DTLS parameters as `signal_protocol`.
          if (request.type !== 'connectTransport') expect(error).toBeInstanceOf(NearcadeError);
        }
      };
      await fc.assert(
        fc.asyncProperty(fc.array(requestOf(voiceIds, transportIds), { maxLength: 30 }), async asked => {
          for (const [who, said] of asked) await perform(who, said);
        }),
        {
          numRuns: Number.MAX_SAFE_INTEGER,
          interruptAfterTimeLimit: FUZZ_SECONDS * 1000,
          skipAllAfterTimeLimit: FUZZ_SECONDS * 1000,
        },
      );
      // Both happened: what was right was done, what was wrong refused.
      expect(refused).toBeGreaterThan(0);
      expect(voiceIds.length).toBeGreaterThan(0);

      for (const { place } of members) place.leave();
      const [speaker, listener] = [join(3), join(4)];
      const voiceId = await speak(speaker, 77);
      const { routerRtpCapabilities } = openVoiceResponseSchema.parse(
        await ask(listener, { type: 'openVoice', direction: 'listen' }),
      );
      const request = { type: 'hearVoice', voiceId, held: false, rtpCapabilities: routerRtpCapabilities };
      await expect(ask(listener, request)).resolves.toHaveProperty('consumer');
    },
    FUZZ_SECONDS * 1000 + 20_000,
  );
});

/** Something that a member of the three may say: right, nearly right, or rubbish. */
function requestOf(voiceIds: string[], transportIds: string[]): fc.Arbitrary<[number, object]> {
  const rubbish = fc.object({ maxDepth: 3, maxKeys: 6 });
  const flag = fc.boolean();
  const oneOf = (known: string[]) =>
    fc.oneof(
      fc.nat().map(index => known[index % Math.max(1, known.length)] ?? 'none'),
      fc.uuid(),
      fc.string({ maxLength: 80 }),
    );
  const [codec] = micOf(1).codecs;
  const someCodec = fc.record({
    mimeType: fc.constantFrom('audio/opus', 'audio/OPUS', 'audio/PCMU', 'video/VP8', 'audio/rtx', ''),
    payloadType: fc.oneof(fc.nat(200), fc.constant(111)),
    clockRate: fc.constantFrom(48000, 8000, 90000),
    channels: fc.constantFrom(1, 2, 6, undefined),
    parameters: fc.oneof(rubbish, fc.constant({ useinbandfec: 1 })),
    rtcpFeedback: fc.oneof(fc.array(rubbish, { maxLength: 3 }), fc.constant(codec?.rtcpFeedback)),
  });
  const mic = fc.record(
    {
      mid: fc.oneof(fc.string({ maxLength: 20 }), fc.constant('0')),
      codecs: fc.oneof(fc.array(someCodec, { maxLength: 3 }), fc.constant(micOf(1).codecs)),
      headerExtensions: fc.oneof(
        fc.array(fc.record({ uri: fc.string(), id: fc.integer({ min: -1, max: 300 }) }), { maxLength: 20 }),
        fc.constant([...micOf(1).headerExtensions, ...micOf(1).headerExtensions]),
      ),
      encodings: fc.array(fc.record({ ssrc: fc.oneof(fc.integer(), fc.nat()), rid: fc.string() }), {
        maxLength: 3,
      }),
      rtcp: fc.oneof(rubbish, fc.record({ cname: fc.string({ maxLength: 200 }) })),
    },
    { requiredKeys: ['codecs'] },
  );
  const capabilities = fc.oneof(
    rubbish,
    fc.constant({ codecs: [{ ...codec, kind: 'audio', preferredPayloadType: 100 }], headerExtensions: [] }),
    fc.record({
      codecs: fc.array(rubbish, { maxLength: 4 }),
      headerExtensions: fc.array(rubbish, { maxLength: 4 }),
    }),
  );
  const voiceId = oneOf(voiceIds);
  const id = fc.constant(1);
  const type = (name: string) => fc.constant(name);
  const request = fc.oneof(
    fc.record({ type: type('openVoice'), id, direction: fc.constantFrom('listen', 'speak', 'both') }),
    fc.record({
      type: type('speak'),
      id,
      rtpParameters: fc.oneof(mic, rubbish, fc.nat().map(micOf)),
      muted: flag,
    }),
    fc.record({ type: type('hearVoice'), id, voiceId, rtpCapabilities: capabilities, held: flag }),
    fc.record({ type: type('holdVoice'), id, voiceId, held: flag }),
    fc.record({ type: type('muteMic'), id, muted: flag }),
    fc.record({ type: type('stopSpeaking'), id }),
    fc.record({ type: type('muteMember'), id, userId: fc.uuid(), muted: flag }),
    fc.record({ type: type('letSpectatorsSpeak'), id, allowed: flag }),
    fc.record({
      type: type('connectTransport'),
      id,
      transportId: oneOf(transportIds),
      dtlsParameters: fc.oneof(
        rubbish,
        fc.record({
          role: fc.constantFrom('client', 'server', 'auto', 'none'),
          fingerprints: fc.array(
            fc.record({ algorithm: fc.constantFrom('sha-256', 'md5', ''), value: fc.string() }),
            { maxLength: 3 },
          ),
        }),
      ),
    }),
  );
  return fc.tuple(fc.nat(2), request);
}
