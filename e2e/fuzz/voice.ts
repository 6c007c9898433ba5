import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { micOf } from '#media-node/test/voice-peer.ts';
import { VoiceStage } from '#media-node/test/voice-stage.ts';
import { NearcadeError } from '#shared/errors.ts';
import { clientMessageSchema, openVoiceResponseSchema } from '#shared/signal.ts';
import { usageOf } from '../soak/usage.ts';
import { MemoryWatch } from './memory.ts';
import { type FuzzOptions, isUnderWay } from './options.ts';

/** Lists of requests between two looks at the memory. */
const RUNS_A_ROUND = 10;

export interface FuzzedVoice {
  /** Requests that were answered with an error's code. */
  refused: number;
  /** Microphones that were opened. */
  opened: number;
  memory: ReturnType<MemoryWatch['judge']>;
}

/**
 * Three members ask a voice room over real mediasoup workers for anything. Each answer is data or a coded error, and afterwards two
 * others talk. Rejects with what is wrong.
 */
export async function fuzzVoice(options: FuzzOptions): Promise<FuzzedVoice> {
  const stage = await VoiceStage.open();
  try {
    const members = [stage.join(1), stage.join(2), stage.join(null)];
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
        const data = await stage.ask(member, request);
        if (typeof data.voiceId === 'string') voiceIds.push(data.voiceId);
        const opened = openVoiceResponseSchema.safeParse(data);
        if (opened.success) transportIds.push(opened.data.transport.id);
      } catch (error) {
        refused += 1;
        // The signalling answers mediasoup's complaint about DTLS parameters as `signal_protocol`.
        if (request.type !== 'connectTransport') assert(error instanceof NearcadeError, error as Error);
      }
    };
    const memory = new MemoryWatch(() => ({ workersMb: usageOf(process.pid, []).workersMb }));
    const property = fc.asyncProperty(
      fc.array(requestOf(voiceIds, transportIds), { maxLength: 30 }),
      async asked => {
        for (const [who, said] of asked) await perform(who, said);
      },
    );
    const begun = performance.now();
    for (let round = 0; isUnderWay(options, begun, round * RUNS_A_ROUND); round++) {
      await fc.assert(property, { seed: options.seed + round, numRuns: RUNS_A_ROUND });
      memory.look();
    }
    for (const { place } of members) place.leave();
    await talk(stage);
    return { refused, opened: voiceIds.length, memory: memory.judge() };
  } finally {
    stage.close();
  }
}

async function talk(stage: VoiceStage): Promise<void> {
  const [speaker, listener] = [stage.join(3), stage.join(4)];
  const voiceId = await stage.speak(speaker, 77);
  const answer = await stage.ask(listener, { type: 'openVoice', direction: 'listen' });
  const { routerRtpCapabilities: rtpCapabilities } = openVoiceResponseSchema.parse(answer);
  const heard = await stage.ask(listener, { type: 'hearVoice', voiceId, held: false, rtpCapabilities });
  assert('consumer' in heard);
}

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
