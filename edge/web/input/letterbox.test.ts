import { describe, expect, it } from 'vitest';
import { fittedBox, toPicture } from './letterbox.ts';

const picture = { width: 640, height: 360 };

describe('letterbox', () => {
  it('centres a wide picture in a tall box and a tall one in a wide box', () => {
    expect(fittedBox({ left: 10, top: 20, width: 640, height: 560 }, picture)).toEqual({
      left: 10,
      top: 120,
      width: 640,
      height: 360,
    });
    expect(fittedBox({ left: 0, top: 0, width: 1600, height: 720 }, picture)).toEqual({
      left: 160,
      top: 0,
      width: 1280,
      height: 720,
    });
  });

  const box = { left: 0, top: 0, width: 1600, height: 720 };
  it.each([
    [160, 0, 0, 0],
    [1440, 720, 65535, 65535],
    [800, 360, 32768, 32768],
    [0, -5, 0, 0],
    [1599, 9999, 65535, 65535],
  ])('maps %d,%d to %d,%d', (x, y, px, py) => {
    expect(toPicture(x, y, box, picture)).toEqual({ x: px, y: py });
  });

  it('survives a box without a size', () => {
    expect(toPicture(5, 5, { left: 0, top: 0, width: 0, height: 0 }, picture)).toEqual({ x: 0, y: 0 });
  });
});
