import type { GameManifest } from '#shared/manifest.ts';

/** Open files a process: Wine wants 4096, others a few hundred. */
const MAX_OPEN_FILES = 4096;

/** So large a file may be that a game keeps outside of its home (shared memory, /tmp), however small the home is. */
const LEAST_FILE_BYTES = 256 * 1024 * 1024;

/**
 * What is held per process (setrlimit(2)), beside the control groups.
 * A core dump is refused by its size of 1: with 0 a machine that pipes them to a program (core(5)) would still take one.
 */
export function underProcessLimits(needs: GameManifest['needs'], argv: readonly string[]): string[] {
  const fileBytes = Math.max(LEAST_FILE_BYTES, needs.diskMb * 1024 * 1024);
  return ['prlimit', '--core=1', `--fsize=${fileBytes}`, `--nofile=${MAX_OPEN_FILES}`, '--', ...argv];
}
