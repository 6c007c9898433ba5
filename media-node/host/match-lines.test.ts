import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { type MatchLine, readMatchLines } from './match-lines.ts';

/** What a game writes there, as it is understood. */
async function read(text: string) {
  const stream = new PassThrough();
  const lines: MatchLine[] = [];
  const faults: string[] = [];
  readMatchLines(
    stream,
    line => lines.push(line),
    fault => faults.push(fault),
  );
  stream.end(text);
  await new Promise(resolve => stream.once('close', resolve));
  return { lines, faults };
}

it('understands starts and ends, line by line', async () => {
  const { lines, faults } = await read(
    '{"match":"started"}\n\n{"match":"ended","seats":[{"seat":2,"place":1,"scores":{"points":-7}},{"seat":1}]}\n',
  );
  expect(faults).toEqual([]);
  expect(lines).toEqual([
    { match: 'started' },
    {
      match: 'ended',
      seats: [
        { seat: 2, place: 1, scores: { points: -7 } },
        { seat: 1, place: null, scores: {} },
      ],
    },
  ]);
});

it.each([
  ['what is no JSON', 'I won!'],
  ['no seat', '{"match":"ended","seats":[]}'],
  ['a seat that no game has', '{"match":"ended","seats":[{"seat":1000}]}'],
  ['a seat twice', '{"match":"ended","seats":[{"seat":1},{"seat":1}]}'],
  ['a score that is no whole number', '{"match":"ended","seats":[{"seat":1,"scores":{"points":1.5}}]}'],
  [
    'a score that JSON does not carry exactly',
    '{"match":"ended","seats":[{"seat":1,"scores":{"points":1e300}}]}',
  ],
  ['a board with a name that none has', '{"match":"ended","seats":[{"seat":1,"scores":{"../x":1}}]}'],
  ['a line that is too long', `{"match":"started","more":"${'x'.repeat(20_000)}"}`],
])('refuses %s, and hears what follows', async (_, line) => {
  const { lines, faults } = await read(`${line}\n{"match":"started"}\n`);
  expect(faults).toHaveLength(1);
  expect(lines).toEqual([{ match: 'started' }]);
});

it('tells of a few faults only, whatever a game writes', async () => {
  const { lines, faults } = await read('x\n'.repeat(1000));
  expect([lines.length, faults.length]).toEqual([0, 20]);
});
