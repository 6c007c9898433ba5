import { expect, it } from 'vitest';
import { fuzzRtp } from './rtp.ts';

it('malformed RTP and RTCP leave the media helper and the room serving', async () => {
  const { sent } = await fuzzRtp({ seconds: 4, atLeast: 600, seed: 1 });
  expect(sent.helper).toBeGreaterThan(500);
  expect(sent.room).toBeGreaterThan(500);
}, 120_000);
