import { describe, expect, it } from 'vitest';
import { judge, table } from './growth.ts';

const series = (values: number[], allowance = 5) => ({ name: 'memory', unit: 'MB', allowance, values });
const looks = Array.from({ length: 40 }, (_, index) => index);

describe('what the soak takes for growth', () => {
  it('is a slow leak under noise', () => {
    expect(judge(series(looks.map(at => 100 + at * 0.5 + (at % 3) * 4)))).toMatchObject({ grows: true });
  });

  it('is not a warm-up, a single peak, noise, or a fall', () => {
    expect(judge(series(looks.map(at => (at < 8 ? 50 + at * 6 : 100)))).grows).toBe(false);
    expect(judge(series(looks.map(at => (at === 39 ? 500 : 100)))).grows).toBe(false);
    expect(judge(series(looks.map(at => 100 + ((at * 7919) % 13)))).grows).toBe(false);
    expect(judge(series(looks.map(at => 200 - at))).grows).toBe(false);
  });

  it('needs at least two looks, and is shown by name', () => {
    expect(judge(series([])).grows).toBe(false);
    expect(judge(series([1])).growth).toBe(0);
    expect(table([judge(series(looks.map(at => at)))])).toMatch(/memory \(MB\).*GROWS/);
  });
});
