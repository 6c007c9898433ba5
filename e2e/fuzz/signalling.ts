import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { TestPlayer } from '#media-node/test/test-player.ts';
import { errorCodeSchema } from '#shared/errors.ts';
import { clientMessageSchema } from '#shared/signal.ts';
import { count, type FuzzCount, FuzzedNode } from './node-target.ts';
import { type FuzzOptions, isUnderWay } from './options.ts';

/** Every kind of message that there is, by the contract itself: what is added there is fuzzed too. */
const TYPES = clientMessageSchema.options.flatMap(({ shape }) => [...shape.type.values]);

/** Names of fields, and values that are nearly right somewhere. */
const field = fc.constantFrom(
  'id',
  'protocol',
  'ticket',
  'transportId',
  'dtlsParameters',
  'rtpCapabilities',
  'channel',
  'on',
  'sctpStreamParameters',
  'sentAt',
  'rtpParameters',
  'voiceId',
  'muted',
  'held',
  'direction',
  'userId',
  'allowed',
);
const value = fc.oneof(
  fc.integer(),
  fc.boolean(),
  fc.string({ maxLength: 40 }),
  fc.constantFrom(null, 1, 'keys', 'motion', 'speak', 'listen', {}, []),
  fc.record({
    codecs: fc.array(fc.anything({ maxDepth: 2 }), { maxLength: 3 }),
    headerExtensions: fc.constant([]),
  }),
  fc.record({
    role: fc.string({ maxLength: 8 }),
    fingerprints: fc.array(fc.anything({ maxDepth: 2 }), { maxLength: 2 }),
  }),
  fc.jsonValue({ maxDepth: 3 }),
);
const message = fc
  .tuple(
    fc.constantFrom(...TYPES.filter(type => type !== 'quit')),
    fc.dictionary(field, value, { maxKeys: 6 }),
  )
  .map(([type, fields]) => JSON.stringify({ id: 1, ...fields, type }));
const text = fc.oneof(
  { weight: 8, arbitrary: message },
  { weight: 1, arbitrary: fc.string({ maxLength: 200 }) },
  { weight: 1, arbitrary: fc.json({ maxDepth: 3 }) },
);

/** Messages that one socket sends before the next one comes: below what a second allows. */
const PER_SOCKET = 20;

/** Wrong signalling messages of a spectator against a real node: the answer is an error with a code or a coded end. */
export async function fuzzSignalling(options: FuzzOptions): Promise<FuzzCount> {
  const target = await FuzzedNode.open();
  const result = { inputs: 0, codes: {} };
  const { edge, session } = target;
  try {
    const begun = performance.now();
    for (let round = 0; isUnderWay(options, begun, result.inputs); round++) {
      const ticket = await edge.ticket({ ...session, sub: randomUUID(), role: 'spectator', seat: null });
      const player = await TestPlayer.hello(edge.signalUrl, ticket);
      await player.welcome();
      for (const input of fc.sample(text, { seed: options.seed + round, numRuns: PER_SOCKET })) {
        if (player.closed !== undefined) break;
        result.inputs += 1;
        player.sendRaw(input);
        // In step with the node, so that the message that ended it is the last one that was sent.
        await settled(player);
      }
      noteAnswers(player, result);
      player.vanish();
      if (round % 10 === 0) await target.checkServing(randomUUID());
    }
    await target.checkServing(randomUUID());
    return { ...result, memory: target.memory.judge() };
  } finally {
    await target.close();
  }
}

async function settled(player: TestPlayer): Promise<void> {
  const sentAt = Math.random();
  player.send({ type: 'ping', sentAt });
  await player
    .waitFor((answer): answer is typeof answer => answer.type === 'pong' && answer.sentAt === sentAt)
    .catch(() => undefined);
}

function noteAnswers(player: TestPlayer, result: Pick<FuzzCount, 'codes'>): void {
  for (const answer of player.messages) {
    if (answer.type === 'response' && !answer.ok)
      count(result.codes, errorCodeSchema.parse(answer.error.code));
    if (answer.type === 'refused') count(result.codes, errorCodeSchema.parse(answer.code));
  }
  if (result.codes.internal !== undefined) throw new Error('a message has no code of its own');
}
