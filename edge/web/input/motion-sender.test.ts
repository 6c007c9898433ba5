import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { decodeInput, type InputMessage } from '#shared/input.ts';
import { MotionSender } from './motion-sender.ts';

class Channel {
  bufferedAmount = 0;
  readonly sent: InputMessage[] = [];
  send(bytes: Uint8Array): void {
    this.sent.push(decodeInput(bytes));
  }
}

let now: number;
let channel: Channel;
let sender: MotionSender;

beforeEach(() => {
  vi.useFakeTimers();
  now = 1000;
  channel = new Channel();
  sender = new MotionSender(
    () => channel,
    () => now,
  );
});
afterEach(() => {
  sender.close();
  vi.useRealTimers();
});

describe('motion', () => {
  it('is sent at once, each move with the next sequence', () => {
    sender.moveTo({ x: 1, y: 2 });
    now += 2;
    sender.moveTo({ x: 3, y: 4 });
    expect(channel.sent).toEqual([
      { kind: 'pointer', x: 1, y: 2, sequence: 0 },
      { kind: 'pointer', x: 3, y: 4, sequence: 1 },
    ]);
  });

  it('keeps the fractions of small moves', () => {
    for (let i = 0; i < 8; i++) {
      sender.moveBy(0.25, -0.5);
      now += 2;
    }
    const sum = channel.sent.reduce(
      (total, move) => (move.kind === 'motion' ? { x: total.x + move.dx, y: total.y + move.dy } : total),
      { x: 0, y: 0 },
    );
    expect(sum).toEqual({ x: 2, y: -4 });
  });

  it('merges while the channel is busy and sends the rest by itself', () => {
    channel.bufferedAmount = 1000;
    sender.moveBy(5, 0);
    sender.moveBy(6, 1);
    sender.moveTo({ x: 1, y: 1 });
    sender.moveTo({ x: 9, y: 9 });
    expect(channel.sent).toEqual([]);
    channel.bufferedAmount = 0;
    now += 4;
    vi.advanceTimersByTime(4);
    expect(channel.sent).toEqual([
      { kind: 'pointer', x: 9, y: 9, sequence: 0 },
      { kind: 'motion', dx: 11, dy: 1 },
    ]);
  });

  it('loses nothing of a mouse that reports faster than the limit', () => {
    for (let i = 0; i < 80; i++) {
      sender.moveBy(1, 0);
      now += 0.125;
    }
    now += 4;
    vi.advanceTimersByTime(10);
    expect(channel.sent.length).toBeLessThanOrEqual(12);
    expect(channel.sent.reduce((sum, move) => sum + (move.kind === 'motion' ? move.dx : 0), 0)).toBe(80);
  });
});
