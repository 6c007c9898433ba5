import { backoffMs } from '../fleet/backoff.ts';
import type { Logger } from '../log.ts';
import { Batch } from './batch.ts';
import type { JournalEntry } from './journal.ts';
import type { LogStream } from './log-stream.ts';

/** Milliseconds that an entry waits for others: five requests a second are what a stream takes. */
const LINGER_MS = 1000;

const RETRY_FIRST_MS = 500;
const RETRY_MOST_MS = 60_000;

export interface ShipperOptions {
  journal: AsyncIterable<JournalEntry>;
  stream: Pick<LogStream, 'put'>;
  /** Keeps where the last entry that arrived stands. */
  keep: (cursor: string) => Promise<void>;
  /** Resolves after so long, or at once when `hurry` is aborted. */
  sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Gives up on what does not get through: the journal still has it at the next start. */
  hurry: AbortSignal;
  random: () => number;
  log: Logger;
}

/**
 * Puts the journal's entries up in batches, at least once and in order, until the journal ends. While the service is away it waits and reads no further:
 * what it has not taken stays in the journal.
 */
export async function ship(options: ShipperOptions): Promise<void> {
  const { journal, sleep, hurry } = options;
  const entries = journal[Symbol.asyncIterator]();
  let next = entries.next();
  let batch = new Batch();
  let due: Promise<void> | undefined;
  const flush = async () => {
    const full = batch;
    batch = new Batch();
    due = undefined;
    if (!full.isEmpty) await putUntilTaken(full, options);
  };
  try {
    while (!hurry.aborted) {
      const entry = await Promise.race(due === undefined ? [next] : [next, due]);
      if (entry === undefined) {
        await flush();
        continue;
      }
      if (entry.done === true) break;
      if (!batch.add(entry.value)) {
        await flush();
        batch.add(entry.value);
      }
      due ??= sleep(LINGER_MS, hurry);
      next = entries.next();
    }
    await flush();
  } finally {
    void next.catch(() => undefined);
  }
}

async function putUntilTaken(batch: Batch, options: ShipperOptions): Promise<void> {
  const { stream, keep, sleep, hurry, random, log } = options;
  for (let attempt = 0; ; attempt++) {
    try {
      const rejected = await stream.put(batch.events);
      if (rejected > 0) log.warn({ rejected }, 'log entries were too old or too new to be taken');
      if (attempt > 0) log.info({ attempt }, 'logs are taken again');
      break;
    } catch (err) {
      if (attempt === 0) log.warn({ err }, 'logs are not taken: will retry');
      if (hurry.aborted) return;
      await sleep(backoffMs(attempt, RETRY_FIRST_MS, RETRY_MOST_MS, random), hurry);
    }
  }
  if (batch.cursor !== undefined) await keep(batch.cursor);
}
