import { describe, expect, it } from 'vitest';
import { type Clock, HeldInputs } from './held-inputs.ts';

/** A clock that stands until it is moved. */
class ManualClock implements Clock {
  #now = 0;
  #due: { at: number; run: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): () => void {
    const entry = { at: this.#now + ms, run };
    this.#due.push(entry);
    return () => {
      this.#due = this.#due.filter(other => other !== entry);
    };
  }

  pass(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const next = this.#due.toSorted((a, b) => a.at - b.at)[0];
      if (next === undefined || next.at > until) break;
      this.#due = this.#due.filter(other => other !== next);
      this.#now = next.at;
      next.run();
    }
    this.#now = until;
  }
}

function setUp(minimumHoldMs = 0) {
  const seen: string[] = [];
  const clock = new ManualClock();
  const held = new HeldInputs((id, down) => seen.push(`${clock.now()} ${down ? '+' : '-'}${id}`), clock);
  held.minimumHoldMs = minimumHoldMs;
  return { seen, clock, held };
}

describe('held inputs', () => {
  it('passes a press and its release at once', () => {
    const { seen, held } = setUp();
    held.press(0, 38);
    held.release(0, 38);
    expect(seen).toEqual(['0 +38', '0 -38']);
    expect(held.anyDown()).toBe(false);
  });

  it('ignores the repeats of a browser and releases of what is not held', () => {
    const { seen, held } = setUp();
    held.press(0, 38);
    held.press(0, 38);
    held.release(1, 38);
    held.release(0, 39);
    expect(seen).toEqual(['0 +38']);
    expect([held.anyDown(), held.anyDown(38), held.anyDown(39)]).toEqual([true, true, false]);
  });

  it('keeps what two seats hold down until both let go', () => {
    const { seen, held } = setUp();
    held.press(0, 38);
    held.press(7, 38);
    held.releaseSeat(0);
    expect(seen).toEqual(['0 +38']);
    held.releaseSeat(7);
    expect(seen).toEqual(['0 +38', '0 -38']);
  });

  it('puts a release off until the press was long enough', () => {
    const { seen, clock, held } = setUp(40);
    held.press(0, 38);
    clock.pass(10);
    held.release(0, 38);
    clock.pass(100);
    held.press(0, 38);
    clock.pass(50);
    held.release(0, 38);
    expect(seen).toEqual(['0 +38', '40 -38', '110 +38', '160 -38']);
  });

  it('plays fast taps one after the other, each long enough, and the last one as long as it is held', () => {
    const { seen, clock, held } = setUp(40);
    held.press(0, 38);
    held.release(0, 38);
    clock.pass(5);
    held.press(0, 38);
    held.release(0, 38);
    clock.pass(5);
    held.press(0, 38);
    clock.pass(190);
    held.release(0, 38);
    expect(seen).toEqual(['0 +38', '40 -38', '40 +38', '80 -38', '80 +38', '200 -38']);
  });

  it('does not let a flood of taps outlast the hand by much', () => {
    const { seen, clock, held } = setUp(40);
    for (let tap = 0; tap < 100; tap++) {
      held.press(0, 38);
      held.release(0, 38);
    }
    clock.pass(10_000);
    expect(seen.at(-1)).toBe('200 -38');
    expect(held.anyDown()).toBe(false);
  });

  it('lets go of everything at once at the end, also of what waits', () => {
    const { seen, clock, held } = setUp(40);
    held.press(0, 38);
    held.release(0, 38);
    held.press(0, 38);
    held.press(1, 39);
    held.releaseAll();
    clock.pass(1_000);
    expect(seen).toEqual(['0 +38', '0 +39', '0 -38', '0 -39']);
  });
});
