import { describe, expect, it } from 'vitest';
import type { VideoCodec } from '../sfu/codecs.ts';
import { Depacketizer } from './depacketize.ts';

/** Frames from payloads in hexadecimal, a list a frame. */
function take(codec: VideoCodec, frames: string[][]) {
  const depacketizer = new Depacketizer(codec);
  let sequence = 0;
  return frames.flatMap((payloads, timestamp) =>
    payloads.flatMap((payload, i) => {
      const marker = i === payloads.length - 1;
      const packet = { sequence: sequence++, timestamp, marker, payload: Buffer.from(payload, 'hex') };
      const frame = depacketizer.take(packet);
      return frame === undefined ? [] : [`${frame.key ? 'key' : 'delta'} ${frame.data.toString('hex')}`];
    }),
  );
}

describe('pictures from packets', () => {
  it('of H.264 (RFC 6184) begin with a key frame that is whole, from its parameters on', () => {
    const [sps, pps] = ['67aa', '68bb'];
    // The slices of a key frame whose beginning came before we did are none.
    expect(take('h264', [['65cc', '65dd'], ['41ee']])).toEqual([]);
    expect(take('h264', [['65cc'], [sps, pps, '65cc', '65dd'], ['41ee']])).toEqual([
      'key 0000000167aa0000000168bb0000000165cc0000000165dd',
      'delta 0000000141ee',
    ]);
    // As one packet of several (STAP-A), the picture in fragments (FU-A).
    expect(take('h264', [['78000267aa000268bb', '7c85c1', '7c45c2']])).toEqual([
      'key 0000000167aa0000000168bb0000000165c1c2',
    ]);
  });

  it('of VP9 (RFC 9628) are told by their descriptors', () => {
    // Two-byte picture ids, then a one-byte one, then none.
    expect(take('vp9', [['888001aabb', '848001cc'], ['ccff02dd'], ['cc03ee'], ['4cff']])).toEqual([
      'key aabbcc',
      'delta dd',
      'delta ee',
      'delta ff',
    ]);
    expect(take('vp9', [['cc8001aa'], ['8c8001bb']])).toEqual(['key bb']);
  });

  it('of AV1 get the sizes of their OBUs back', () => {
    const sequence = '08aabb';
    // A length and the rest; then the rest alone, in one packet; then a length for each.
    const frames = [[`6803${sequence}3011`, '9022'], ['103033'], ['00023044']];
    expect(take('av1', frames)).toEqual(['key 0a02aabb32021122', 'delta 320133', 'delta 320144']);
  });
});
