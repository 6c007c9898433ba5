import type { SeatRight } from '#shared/seat-rights.ts';

/** `0:09`, `12:30`: a second that has begun counts. */
export function clockOf(ms: number): string {
  const seconds = Math.ceil(Math.max(0, ms) / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** `30 s`, `5 min`. */
export function lengthOf(seconds: number): string {
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`;
}

/** What hosts may choose from, in seconds. */
export const TURN_LENGTHS = [30, 60, 120, 300, 600, 900, 1800] as const;

export const RIGHT_WORDS: Record<SeatRight, string> = {
  keyboard: 'Keyboard',
  mouse: 'Mouse',
  pad: 'Gamepad',
  voice: 'Voice',
};

/** `Ada, Bob and Cleo`. */
export function listOf(names: readonly string[]): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}
