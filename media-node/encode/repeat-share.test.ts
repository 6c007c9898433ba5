import { describe, expect, it } from 'vitest';
import type { LinkStats } from '../sfu/link-meter.ts';
import { repeatsFor } from './repeat-share.ts';

const link: LinkStats = {
  estimate: 20e6,
  fell: false,
  sent: 4e6,
  missing: 0,
  loss: 0,
  queueMs: 0,
  cut: 'no',
};

describe('packets sent twice', () => {
  it('are a tenth on a link that loses nothing, and none while a link is full', () => {
    expect(repeatsFor({ target: 4e6, calmS: 60, ceiling: Number.POSITIVE_INFINITY }, [link])).toBe(10);
    expect(
      repeatsFor({ target: 4e6, calmS: 1, ceiling: Number.POSITIVE_INFINITY }, [{ ...link, loss: 0.3 }]),
    ).toBe(0);
    expect(repeatsFor({ target: 4e6, calmS: 60, ceiling: Number.POSITIVE_INFINITY }, [])).toBe(10);
  });

  it('are none on a link that is nearly full and loses nothing, and some on one that loses', () => {
    const full = { target: 4e6, calmS: 60, ceiling: 5e6 };
    expect(repeatsFor(full, [link])).toBe(0);
    expect(repeatsFor(full, [{ ...link, loss: 0.01, estimate: 4e6 }])).toBe(10);
    expect(repeatsFor({ ...full, ceiling: 12e6 }, [link])).toBe(10);
  });

  it('are as many as the narrowest link has room for when one of them loses packets', () => {
    const lossy = { ...link, loss: 0.01 };
    expect(repeatsFor({ target: 4e6, calmS: 60, ceiling: Number.POSITIVE_INFINITY }, [lossy])).toBe(50);
    expect(
      repeatsFor({ target: 4e6, calmS: 60, ceiling: Number.POSITIVE_INFINITY }, [
        lossy,
        { ...link, estimate: 6.6e6 },
      ]),
    ).toBe(30);
    expect(
      repeatsFor({ target: 4e6, calmS: 60, ceiling: Number.POSITIVE_INFINITY }, [
        { ...lossy, estimate: 4e6 },
      ]),
    ).toBe(10);
    expect(
      repeatsFor({ target: 4e6, calmS: 60, ceiling: Number.POSITIVE_INFINITY }, [
        { ...lossy, estimate: undefined },
      ]),
    ).toBe(10);
  });
});
