import { describe, expect, it } from 'vitest';
import type { InputMessage } from '#shared/input.ts';
import { PressQueue } from './press-queue.ts';

const key = (code: number, down: boolean): InputMessage => ({ kind: 'key', code, down });

describe('presses made before the way is open', () => {
  it('come in their order, and once', () => {
    const queue = new PressQueue(() => 0);
    for (const message of [key(1, true), key(1, false), key(2, true)]) queue.add(message);
    expect(queue.take([2])).toEqual([key(1, true), key(1, false), key(2, true)]);
    expect(queue.take([])).toEqual([]);
  });

  it('are forgotten after two seconds, but not what is held still', () => {
    let now = 0;
    const queue = new PressQueue(() => now);
    queue.add(key(1, true));
    queue.add(key(2, true));
    now = 1_500;
    queue.add(key(2, false));
    queue.add(key(3, true));
    now = 2_500;
    expect(queue.take([1, 3])).toEqual([key(2, false), key(3, true), key(1, true)]);
  });

  it('are bounded, and gone when the page let go of all', () => {
    const queue = new PressQueue(() => 0);
    for (let code = 1; code <= 500; code++) queue.add(key(code, true));
    expect(queue.take([])).toHaveLength(64);
    queue.add(key(1, true));
    queue.clear();
    expect(queue.take([])).toEqual([]);
  });
});
