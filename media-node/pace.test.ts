import { describe, expect, it } from 'vitest';
import { Pace } from './pace.ts';

/** A clock that the test moves. */
function stage(listeners: number) {
  let now = 0;
  let waiting: Array<{ at: number; action: () => void }> = [];
  const clock = {
    now: () => now,
    after: (ms: number, action: () => void) => {
      const entry = { at: now + ms, action };
      waiting.push(entry);
      return () => {
        waiting = waiting.filter(each => each !== entry);
      };
    },
  };
  const told: number[] = [];
  const pace = new Pace({ clock, listeners: () => listeners, tell: () => told.push(now) });
  const pass = (ms: number) => {
    const end = now + ms;
    for (;;) {
      const next = waiting.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      waiting = waiting.filter(each => each !== next);
      now = next.at;
      next.action();
    }
    now = end;
  };
  return { pace, told, pass };
}

/** Changes each 10 ms for two seconds; when they were told. */
function storm(listeners: number): number[] {
  const { pace, told, pass } = stage(listeners);
  for (let count = 0; count < 200; count++) {
    pace.changed();
    pass(10);
  }
  pass(5000);
  return told;
}

describe('the pace of telling', () => {
  it('tells the first change at once, and the last one always', () => {
    const { pace, told, pass } = stage(3);
    pace.changed();
    pass(0);
    expect(told).toEqual([0]);
    pass(5);
    pace.changed();
    pace.changed();
    pass(1000);
    expect(told).toEqual([0, 100]);
  });

  it('slows down as the room grows', () => {
    expect(storm(2).length).toBeGreaterThan(15);
    expect(storm(200).length).toBeLessThan(5);
  });

  it('tells nothing more once it is closed', () => {
    const { pace, told, pass } = stage(1);
    pace.changed();
    pace.close();
    pace.changed();
    pass(1000);
    expect(told).toEqual([]);
  });
});
