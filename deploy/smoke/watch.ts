import { catalogApi } from '#shared/api/catalog.ts';
import { serviceApi } from '#shared/api/service.ts';
import { NearcadeError } from '#shared/errors.ts';
import { expectReady } from './ready.ts';
import type { Visitor } from './visitor.ts';

/** Looks while a share of the requests goes to the new version. */
const LOOKS = 12;

/**
 * Requests of all looks that may fail: one, since any network loses one now and then. A version that fails one request in ten fails two of
 * these 36 with a probability of 0.89.
 */
const FAILURES_MAX = 1;

export interface WatchOptions {
  visitor: Visitor;
  /** By the version before. With no request left for it, as at 100%, the new one answers, which the shares before were compared for. */
  other: Visitor;
  /** Seconds to watch for. */
  seconds: number;
  sleep: (ms: number) => Promise<void>;
  signal: AbortSignal;
}

/**
 * Looks at the new version again and again for a while: whether it lives, serves, and is let in at what it works with. Redis or the store of saves
 * does not count while the version before lacks it too. Throws `smoke_test_failed`.
 */
export async function watch({ visitor, other, seconds, sleep, signal }: WatchOptions): Promise<string> {
  const failures: string[] = [];
  const away = new Set<string>();
  let asked = 0;
  for (let look = 0; look < LOOKS; look++) {
    const answers = await Promise.allSettled([
      visitor.call(serviceApi.health, {}),
      expectReady(visitor, other).then(parts => {
        for (const part of parts) away.add(part);
      }),
      visitor.call(catalogApi.list, {}),
    ]);
    signal.throwIfAborted();
    asked += answers.length;
    for (const answer of answers) {
      if (answer.status === 'rejected') failures.push(String((answer.reason as Error).message));
    }
    if (failures.length > FAILURES_MAX) {
      throw new NearcadeError(
        'smoke_test_failed',
        `${failures.length} of ${asked} requests failed while it was watched: ${[...new Set(failures)].join('; ')}`,
      );
    }
    await sleep((seconds * 1000) / LOOKS);
  }
  const right = `${asked - failures.length} of ${asked} requests are right`;
  return away.size === 0
    ? right
    : `${right}; BUT NOT THERE, also for what served before: ${[...away].join(', ')}`;
}
