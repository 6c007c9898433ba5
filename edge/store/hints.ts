import { Redis } from '@upstash/redis/cloudflare';
import type { Settings } from '#edge/env.ts';
import { NearcadeError } from '#shared/errors.ts';

/** How long Redis may take: it holds hints, so better go without; but longer than a busy isolate may hash passwords. */
const TIMEOUT_MS = 3000;

/** Upstash over HTTP. One for each request, since a Worker's requests share no I/O. */
export type Hints = Redis;

export function openHints(
  settings: Pick<Settings, 'UPSTASH_REDIS_REST_URL' | 'UPSTASH_REDIS_REST_TOKEN'>,
): Hints {
  return new Redis({
    url: settings.UPSTASH_REDIS_REST_URL,
    token: settings.UPSTASH_REDIS_REST_TOKEN,
    // It gives no order between the reads and writes of one tick.
    enableAutoPipelining: false,
    enableTelemetry: false,
    retry: false,
    signal: () => AbortSignal.timeout(TIMEOUT_MS),
  });
}

/** Runs what needs Redis; whatever goes wrong with it becomes `unavailable`. */
export async function orUnavailable<T>(what: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (cause) {
    if (cause instanceof NearcadeError) throw cause;
    throw new NearcadeError('unavailable', `${what} is not available right now`, { cause });
  }
}
