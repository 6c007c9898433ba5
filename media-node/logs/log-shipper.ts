import { setTimeout as sleep } from 'node:timers/promises';
import { backoffMs } from '../fleet/backoff.ts';
import { type JournalEntry, readJournalLine } from './journal-line.ts';
import type { LogEvent } from './log-group.ts';

/** Milliseconds that lines wait for others to go with. */
const GATHER_MS = 2000;

/** Lines that are held at most; what comes beyond that waits in the journal. */
const MAX_LINES = 2000;

const RETRY_FIRST_MS = 1000;
const RETRY_MOST_MS = 60_000;

export interface LogShipperOptions {
  /** Writes a stream's events; may reject. */
  put: (stream: string, events: readonly LogEvent[]) => Promise<void>;
  /** Streams are `<instance>/<unit>`. */
  instance: string;
  /** Keeps the place in the journal up to which all is written. */
  keep: (cursor: string) => Promise<void>;
  /** Told when writing begins to fail and when it works again. */
  say: (message: string) => void;
  signal: AbortSignal;
  gatherMs?: number;
  retryFirstMs?: number;
}

/**
 * Takes lines of the journal to where they outlive the machine. What cannot be written is tried again for as long as it takes, and the journal
 * keeps what comes meanwhile; a line may come twice after a crash, and none is left out.
 */
export async function shipLogs(lines: AsyncIterable<string>, options: LogShipperOptions): Promise<void> {
  const { signal, gatherMs = GATHER_MS } = options;
  const source = lines[Symbol.asyncIterator]();
  const stopped = new Promise<'stopped'>(resolve => {
    signal.addEventListener('abort', () => resolve('stopped'), { once: true });
  });
  let next = source.next();
  try {
    for (let isOver = false; !isOver && !signal.aborted; ) {
      const first = await Promise.race([next, stopped]);
      if (first === 'stopped' || first.done === true) return;
      const gathered = [first.value];
      next = source.next();
      const enough = sleep(gatherMs, 'enough' as const, { signal }).catch(() => 'enough' as const);
      while (gathered.length < MAX_LINES) {
        const more = await Promise.race([next, enough]);
        if (more === 'enough') break;
        isOver = more.done === true;
        if (more.done === true) break;
        gathered.push(more.value);
        next = source.next();
      }
      await write(gathered, options);
    }
  } finally {
    // The one that was asked for is not waited for: a quiet journal has none.
    void next.catch(() => {});
    void source.return?.(undefined).catch(() => {});
  }
}

async function write(lines: readonly string[], options: LogShipperOptions): Promise<void> {
  const entries = lines.flatMap(line => readJournalLine(line) ?? []);
  const last = entries.at(-1);
  if (last === undefined) return;
  for (const [unit, ofUnit] of Map.groupBy(entries, ({ unit }: JournalEntry) => unit)) {
    if (!(await putForSure(`${options.instance}/${unit}`, ofUnit, options))) return;
  }
  await options.keep(last.cursor);
}

/** False: it was stopped before. */
async function putForSure(
  stream: string,
  events: readonly LogEvent[],
  options: LogShipperOptions,
): Promise<boolean> {
  const { put, say, signal, retryFirstMs = RETRY_FIRST_MS } = options;
  for (let attempt = 0; ; attempt += 1) {
    try {
      await put(stream, events);
      if (attempt > 0) say('logs are written again');
      return true;
    } catch (error) {
      if (attempt === 0) say(`logs cannot be written, and wait in the journal: ${String(error)}`);
      const wait = backoffMs(attempt, retryFirstMs, RETRY_MOST_MS, Math.random);
      await sleep(wait, undefined, { signal }).catch(() => {});
      if (signal.aborted) return false;
    }
  }
}
