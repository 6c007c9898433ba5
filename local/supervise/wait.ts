import { NearcadeError } from '#shared/errors.ts';
import type { Child } from './child.ts';

const FIRST_POLL_MS = 10;
const MAX_POLL_MS = 200;

/**
 * Polls `ready` until it answers true. Throws the child's failure when it ends meanwhile, `service_failed` with what
 * `ready` last threw when `timeoutMs` runs out, and the signal's reason when that is aborted.
 */
export async function waitUntilReady(
  child: Child,
  ready: () => Promise<boolean>,
  options: { timeoutMs: number; signal: AbortSignal },
): Promise<void> {
  const deadline = Date.now() + options.timeoutMs;
  let ended: NearcadeError | undefined;
  let last: unknown;
  void child.exited.then(exit => {
    ended = child.failure(exit);
  });
  for (let pause = FIRST_POLL_MS; ; pause = Math.min(pause * 1.5, MAX_POLL_MS)) {
    options.signal.throwIfAborted();
    if (ended !== undefined) throw ended;
    try {
      if (await ready()) return;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) {
      const why = last instanceof Error ? ` (${last.message})` : '';
      const tail = child.logTail;
      throw new NearcadeError(
        'service_failed',
        `${child.name} was not ready after ${options.timeoutMs / 1000} s${why}.${tail === '' ? '' : `\n${tail}`}`,
        { cause: last },
      );
    }
    await new Promise(resolve => setTimeout(resolve, pause));
  }
}
