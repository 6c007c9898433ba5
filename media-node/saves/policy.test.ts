import { describe, expect, it } from 'vitest';
import {
  isDue,
  isRestless,
  type SaveTimes,
  type SaveWatch,
  saved,
  seen,
  startWatch,
  tried,
} from './policy.ts';

const TIMES: SaveTimes = { quiet: 3000, interval: 30_000, restless: 120_000 };

/** A second at a time: what the files look like by then; answers the seconds in which a snapshot was taken, each of which succeeds. */
function play(states: Iterable<string>, start: string | null = 'a', succeeds = true): number[] {
  let watch: SaveWatch = startWatch(start, 0);
  const taken: number[] = [];
  let second = 0;
  for (const state of states) {
    second += 1;
    const now = second * 1000;
    watch = seen(watch, state, now);
    if (!isDue(watch, TIMES, now)) continue;
    taken.push(second);
    watch = tried(watch, now);
    if (succeeds) watch = saved(watch, state, now);
  }
  return taken;
}

const seconds = (count: number, state: (second: number) => string) =>
  Array.from({ length: count }, (_, index) => state(index + 1));

describe('when a snapshot is taken', () => {
  it('never while nothing changes', () => {
    expect(play(seconds(1000, () => 'a'))).toEqual([]);
  });

  it('in the quiet after a change, once', () => {
    expect(play(seconds(300, second => (second < 10 ? 'a' : 'b')))).toEqual([13]);
  });

  it('not between two writes that follow each other', () => {
    // Writes in seconds 10, 12 and 14.
    const state = (second: number) => (second < 10 ? 'a' : second < 12 ? 'b' : second < 14 ? 'c' : 'd');
    expect(play(seconds(100, state))).toEqual([17]);
  });

  it('not when a change was taken back', () => {
    expect(play(seconds(100, second => (second === 10 || second === 11 ? 'b' : 'a')))).toEqual([]);
  });

  it('not more often than the interval says', () => {
    const taken = play(seconds(600, second => String(Math.floor(second / 8))));
    expect(taken.length).toBeGreaterThan(10);
    for (const [index, second] of taken.entries()) {
      if (index > 0) expect(second - (taken[index - 1] ?? 0)).toBeGreaterThanOrEqual(30);
    }
  });

  it('of files that never come to rest, after a while, as they are', () => {
    const taken = play(seconds(500, String));
    expect(taken).toEqual([121, 241 + 1, 363, 484]);
  });

  it('also of what is there for the first time', () => {
    expect(
      play(
        seconds(20, () => 'a'),
        null,
      ),
    ).toEqual([4]);
  });

  it('again after the interval when it failed', () => {
    expect(
      play(
        seconds(100, () => 'b'),
        'a',
        false,
      ),
    ).toEqual([4, 34, 64, 94]);
  });

  it('knows files that were written meanwhile for unsaved', () => {
    let watch = seen(startWatch('a', 0), 'b', 1000);
    watch = saved(seen(watch, 'c', 2000), 'b', 3000);
    expect(watch).toMatchObject({ saved: 'b', dirtySince: 3000 });
    expect(isRestless(watch, TIMES, 123_000)).toBe(true);
    expect(isRestless(watch, TIMES, 122_999)).toBe(false);
    expect(isDue(seen(watch, 'b', 200_000), TIMES, 300_000)).toBe(false);
  });
});
