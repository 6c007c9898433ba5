import { beforeEach, describe, expect, it } from 'vitest';
import type { InputMessage } from '#shared/input.ts';
import type { GameManifest } from '#shared/manifest.ts';
import { type InputSink, X11Input } from './x11-input.ts';

class Recorder implements InputSink {
  readonly seen: string[] = [];
  /** What was sent by each write that carried something. */
  readonly writes: string[][] = [];
  #queued: string[] = [];

  key(keycode: number, down: boolean): void {
    this.#add(`key ${keycode} ${down}`);
  }
  button(button: number, down: boolean): void {
    this.#add(`button ${button} ${down}`);
  }
  moveTo(x: number, y: number): void {
    this.#add(`to ${x} ${y}`);
  }
  moveBy(dx: number, dy: number): void {
    this.#add(`by ${dx} ${dy}`);
  }
  flush(): void {
    if (this.#queued.length > 0) this.writes.push(this.#queued);
    this.#queued = [];
  }
  #add(what: string): void {
    this.seen.push(what);
    this.#queued.push(what);
  }
}

const INPUT: GameManifest['input'] = {
  pointer: 'absolute',
  minimumKeyHoldMs: 0,
  seats: [
    { keys: 'all', pointer: true, hint: 'All.' },
    { keys: { KeyW: 'ArrowUp' }, pointer: false, hint: 'W.' },
  ],
};

describe("the players' input", () => {
  let sink: Recorder;
  let input: X11Input;
  beforeEach(() => {
    sink = new Recorder();
    input = new X11Input(sink, 1280, 720);
    input.configureSeats(INPUT);
  });

  it('does nothing before seats are laid out, after the end, and for seats that are not there', () => {
    const early = new X11Input(sink, 1280, 720);
    early.apply(0, { kind: 'key', code: 30, down: true });
    input.apply(2, { kind: 'key', code: 30, down: true });
    input.close();
    input.apply(0, { kind: 'key', code: 30, down: true });
    expect(sink.seen).toEqual([]);
  });

  it.each<[string, InputMessage]>([
    ['a key it may not press', { kind: 'key', code: 30, down: true }],
    ['a code that is no key', { kind: 'key', code: 0xffff, down: true }],
    ['a button', { kind: 'button', button: 0, down: true }],
    ['the wheel', { kind: 'wheel', dx: 0, dy: 1 }],
    ['a position', { kind: 'pointer', x: 1, y: 1, sequence: 1 }],
    ['motion', { kind: 'motion', dx: 1, dy: 1 }],
  ])('drops what a seat has no right to: %s', (_, message) => {
    input.apply(1, message);
    expect(sink.seen).toEqual([]);
  });

  it('gives the game the key that the manifest names, by its X11 keycode', () => {
    input.apply(1, { kind: 'key', code: 17, down: true });
    expect(sink.seen).toEqual(['key 111 true']);
  });

  it('numbers the buttons as X does', () => {
    for (const button of [0, 1, 2, 3, 4]) input.apply(0, { kind: 'button', button, down: true });
    expect(sink.seen).toEqual([1, 2, 3, 8, 9].map(button => `button ${button} true`));
  });

  it('turns the wheel by notches, in one write', () => {
    input.apply(0, { kind: 'wheel', dx: -1, dy: 2 });
    const notch = (button: number) => [`button ${button} true`, `button ${button} false`];
    expect(sink.writes).toEqual([[...notch(5), ...notch(5), ...notch(6)]]);
  });

  it('maps positions to pixels, edge to edge, and follows a resized picture', () => {
    input.apply(0, { kind: 'pointer', x: 65535, y: 65535, sequence: 1 });
    input.setPicture(640, 360);
    input.apply(0, { kind: 'pointer', x: 65535, y: 0, sequence: 2 });
    expect(sink.seen).toEqual(['to 1279 719', 'to 639 0']);
  });

  it('drops older positions, across the turn of the sequence, and starts anew with the next player', () => {
    for (const sequence of [65534, 2, 65535, 2, 3]) {
      input.apply(0, { kind: 'pointer', x: 0, y: 0, sequence });
    }
    expect(sink.seen).toHaveLength(3);
    input.releaseSeat(0);
    input.apply(0, { kind: 'pointer', x: 0, y: 0, sequence: 1 });
    expect(sink.seen).toHaveLength(4);
  });

  it('releases what a seat held, and only that', () => {
    input.apply(0, { kind: 'key', code: 30, down: true });
    input.apply(0, { kind: 'button', button: 0, down: true });
    input.apply(1, { kind: 'key', code: 17, down: true });
    input.apply(0, { kind: 'releaseAll' });
    expect(sink.seen.slice(3)).toEqual(['key 38 false', 'button 1 false']);
    input.close();
    expect(sink.seen.at(-1)).toBe('key 111 false');
  });

  it('releases what a seat held by the rights that it has lost, and nothing of other seats', () => {
    input.apply(0, { kind: 'key', code: 30, down: true });
    input.apply(0, { kind: 'button', button: 0, down: true });
    input.apply(1, { kind: 'key', code: 17, down: true });
    input.releaseSeat(0, ['voice', 'pad']);
    expect(sink.seen).toHaveLength(3);
    input.releaseSeat(0, ['mouse']);
    expect(sink.seen.slice(3)).toEqual(['button 1 false']);
    input.releaseSeat(0, ['keyboard']);
    expect(sink.seen.slice(4)).toEqual(['key 38 false']);
  });

  it('tells changes of the pointer lock once each', () => {
    const heard: boolean[] = [];
    const stop = input.onPointerLock(locked => heard.push(locked));
    for (const locked of [false, true, true, false]) input.setPointerLocked(locked);
    stop();
    input.setPointerLocked(true);
    expect(heard).toEqual([true, false]);
    expect(input.pointerLocked).toBe(true);
  });
});
