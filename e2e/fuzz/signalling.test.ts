import { expect, it } from 'vitest';
import { fuzzSignalling } from './signalling.ts';

it('malformed signalling gets an error with a code and leaves the node serving', async () => {
  const { inputs, codes } = await fuzzSignalling({ seconds: 4, atLeast: 100, seed: 1 });
  expect(inputs).toBeGreaterThan(20);
  expect(codes.signal_protocol).toBeGreaterThan(0);
}, 120_000);
