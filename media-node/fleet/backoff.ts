/** Milliseconds before try number `attempt` (from 0): doubling from `first` to `most`, with half of it random so that nodes spread. */
export function backoffMs(attempt: number, first: number, most: number, random: () => number): number {
  const full = Math.min(most, first * 2 ** Math.min(attempt, 30));
  return full / 2 + (random() * full) / 2;
}
