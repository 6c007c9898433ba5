import { expect, it } from 'vitest';
import { fuzzVoice } from './voice.ts';

it('answers whatever members ask of the talk with data or a code, and goes on', async () => {
  const { refused, opened } = await fuzzVoice({ seconds: 2, atLeast: 50, seed: 4 });
  // Both happened, or it would show nothing.
  expect(refused).toBeGreaterThan(0);
  expect(opened).toBeGreaterThan(0);
});
