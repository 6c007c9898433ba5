import type { SeatsPlayed } from '../../input/gamepads.ts';

export interface PadsHere {
  /** Hands that have a pad, 0 is the reader's own. */
  inHand: readonly number[];
  /** The reader's seat. */
  own: number;
  /** By hand from 1. */
  seats: SeatsPlayed;
  /** Pads that nobody has pressed yet. */
  waiting: number;
}

/** Which pad at this page plays whom, a line each. */
export function padLines({ inHand, own, seats, waiting }: PadsHere): string[] {
  const lines = inHand.map(hand => {
    if (hand === 0) return `Your gamepad plays seat ${own}`;
    const seat = seats[hand - 1] ?? null;
    return seat === null
      ? `Gamepad ${hand + 1} waits for a free seat`
      : `Gamepad ${hand + 1} plays seat ${seat}`;
  });
  if (waiting === 0) return lines;
  return [...lines, 'Press a button of another gamepad to play beside you'];
}
