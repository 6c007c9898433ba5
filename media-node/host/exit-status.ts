import { constants } from 'node:os';

/** A shell's way to tell of a signal, which bwrap follows. */
const SIGNAL_BASE = 128;

/** How a program in a sandbox ended, by the exit code of bwrap. */
export function fromStatus(code: number | null): { code: number | null; signal: string | null } {
  if (code === null || code <= SIGNAL_BASE) return { code, signal: null };
  const found = Object.entries(constants.signals).find(([, number]) => number === code - SIGNAL_BASE);
  return found === undefined ? { code, signal: null } : { code: null, signal: found[0] };
}
