import { expect, it } from 'vitest';
import { fuzzManifests } from './manifests.ts';

it('takes or refuses manifests, whatever is in them', async () => {
  const { runs, taken } = await fuzzManifests({ seconds: 2, atLeast: 501, seed: 4 });
  expect(runs).toBeGreaterThan(500);
  // Some of both, or it would show nothing.
  expect(taken).toBeGreaterThan(runs / 100);
  expect(taken).toBeLessThan(runs);
});
