/** What a session's save paths looked like, and when that was noted. Times in milliseconds. */
export interface SaveWatch {
  /** Signature of the files as they are in the newest save; null before there is one. */
  readonly saved: string | null;
  /** Signature of the files as they were last seen. */
  readonly seen: string | null;
  /** When that was first seen so. */
  readonly since: number;
  /** When they first were other than in the save; null: they are not. */
  readonly dirtySince: number | null;
  /** When a snapshot was last tried, whatever became of it. */
  readonly triedAt: number;
}

/** Milliseconds. */
export interface SaveTimes {
  /** The files must have been left alone for this long. */
  quiet: number;
  /** At least this between two snapshots. */
  interval: number;
  /** After this, files that never come to rest are taken as they are. */
  restless: number;
}

export function saveTimes(seconds: {
  quietSeconds: number;
  intervalSeconds: number;
  restlessSeconds: number;
}): SaveTimes {
  return {
    quiet: seconds.quietSeconds * 1000,
    interval: seconds.intervalSeconds * 1000,
    restless: seconds.restlessSeconds * 1000,
  };
}

/** Files as they are at the start, being those of `saved`. */
export function startWatch(saved: string | null, now: number): SaveWatch {
  return { saved, seen: saved, since: now, dirtySince: null, triedAt: Number.NEGATIVE_INFINITY };
}

/** The files look like `signature` now. */
export function seen(watch: SaveWatch, signature: string, now: number): SaveWatch {
  const isDirty = signature !== watch.saved;
  return {
    ...watch,
    seen: signature,
    since: signature === watch.seen ? watch.since : now,
    dirtySince: isDirty ? (watch.dirtySince ?? now) : null,
  };
}

/** A snapshot is being taken. */
export function tried(watch: SaveWatch, now: number): SaveWatch {
  return { ...watch, triedAt: now };
}

/** The files as they were at `signature` are safe. */
export function saved(watch: SaveWatch, signature: string, now: number): SaveWatch {
  return { ...watch, saved: signature, dirtySince: watch.seen === signature ? null : now };
}

/** Whether to take a snapshot now: not while the game writes, not too often, not never. */
export function isDue({ dirtySince, since, triedAt }: SaveWatch, times: SaveTimes, now: number): boolean {
  if (dirtySince === null || now - triedAt < times.interval) return false;
  return now - since >= times.quiet || isRestless({ dirtySince }, times, now);
}

/** Whether they have not come to rest for so long that they are taken as they are. */
export function isRestless(
  { dirtySince }: Pick<SaveWatch, 'dirtySince'>,
  times: SaveTimes,
  now: number,
): boolean {
  return dirtySince !== null && now - dirtySince >= times.restless;
}
