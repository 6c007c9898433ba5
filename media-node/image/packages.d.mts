/** What the sets are called. */
export const SETS: string[];

/** The names of the Debian packages in those sets, sorted, each once. `games`: slugs; all when absent. */
export function packagesOf(
  sets: readonly string[],
  options?: { root?: string; games?: readonly string[] },
): string[];
