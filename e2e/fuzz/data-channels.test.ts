import { expect, it } from 'vitest';
import { fuzzDataChannels } from './data-channels.ts';

it('a node outlives whatever comes over data channels, and nobody beside the sender feels it', async () => {
  const { sent, cuts, presses } = await fuzzDataChannels({ seconds: 5, atLeast: 2_001, seed: 4 });
  expect(sent).toBeGreaterThan(2_000);
  expect(presses).toBeGreaterThan(3);
  expect(Object.keys(cuts).sort()).toEqual(['input_flood', 'input_malformed']);
}, 120_000);
