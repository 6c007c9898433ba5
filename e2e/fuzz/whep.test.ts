import { expect, it } from 'vitest';
import { fuzzWhep } from './whep.ts';

it('malformed WHEP gets an error with a code and leaves the node serving', async () => {
  const { inputs, codes } = await fuzzWhep({ seconds: 4, atLeast: 100, seed: 1 });
  expect(inputs).toBeGreaterThan(20);
  expect(codes.whep_offer_invalid).toBeGreaterThan(0);
}, 120_000);
