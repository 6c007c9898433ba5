import { describe, expect, it } from 'vitest';
import { floorOf } from './floor.ts';
import { valuesOf } from './metrics.ts';

const server = { pressedAt: [101, 203, 302, 900], grabMs: 1, encodeMs: 2 };

describe('the floor under press to pixel', () => {
  it('adds up the parts, the input way by its median', () => {
    const floor = floorOf({ pressedAt: [100, 200, 300], server, decodeMs: 1.5, refreshMs: 16 });
    expect(floor).toEqual({
      inputMs: 2,
      grabMs: 1,
      encodeMs: 2,
      decodeMs: 1.5,
      halfRefreshMs: 8,
      totalMs: 14.5,
    });
  });

  it('leaves out presses that the game never heard of', () => {
    const floor = floorOf({ pressedAt: [100, 5000], server, decodeMs: 1, refreshMs: 16 });
    expect(floor?.inputMs).toBe(1);
  });

  it('is none where a part was not measured', () => {
    expect(floorOf({ pressedAt: [], server, decodeMs: 1, refreshMs: 16 })).toBeNull();
    expect(floorOf({ pressedAt: [100], server, decodeMs: null, refreshMs: 16 })).toBeNull();
    const silent = { ...server, encodeMs: Number.NaN };
    expect(floorOf({ pressedAt: [100], server: silent, decodeMs: 1, refreshMs: 16 })).toBeNull();
  });
});

describe("a node's figures", () => {
  it('are read by name, whatever their labels', () => {
    const text =
      '# TYPE a_seconds gauge\na_seconds{slot="0"} 0.25\na_seconds{slot="1"} 1e-3\na_seconds_more 9\nb 2\n';
    expect(valuesOf(text, 'a_seconds')).toEqual([0.25, 0.001]);
    expect(valuesOf(text, 'b')).toEqual([2]);
    expect(valuesOf(text, 'c')).toEqual([]);
  });
});
