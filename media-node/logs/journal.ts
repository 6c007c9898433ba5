import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { NearcadeError } from '#shared/errors.ts';

/** One line that a program of this machine wrote. */
export interface JournalEntry {
  /** Where it stands: what comes after it is read by it. */
  cursor: string;
  /** Milliseconds since 1970. */
  timestamp: number;
  /** systemd's unit, or what else wrote it: kernel, sshd ... */
  source: string;
  /** syslog's, 0 (worst) to 7. */
  priority: number;
  message: string;
}

export interface JournalOptions {
  /** The last entry that is known; none: from the journal's beginning. */
  after: string | undefined;
  /** Another journal than the machine's. */
  directory?: string | undefined;
  /** Ends it. */
  signal: AbortSignal;
}

/** A field may come as bytes, where it is no UTF-8, or several times. */
const textSchema = z
  .union([z.string(), z.array(z.int().min(0).max(255)), z.array(z.string()), z.null()])
  .transform(field => {
    if (field === null) return '';
    if (typeof field === 'string') return field;
    const [first] = field;
    return typeof first === 'string' ? field.join('\n') : Buffer.from(field as number[]).toString('utf8');
  });

/** A line of `journalctl --output=json` (systemd.journal-fields(7)); microseconds since 1970. */
const lineSchema = z.object({
  __CURSOR: z.string().min(1),
  __REALTIME_TIMESTAMP: z.coerce.number(),
  MESSAGE: textSchema.default(''),
  PRIORITY: z.coerce.number().int().min(0).max(7).catch(6),
  UNIT: z.string().optional().catch(undefined),
  _SYSTEMD_UNIT: z.string().optional().catch(undefined),
  SYSLOG_IDENTIFIER: z.string().optional().catch(undefined),
});

/** An entry out of a line; undefined for one that journalctl did not write whole. */
export function parseEntry(line: string): JournalEntry | undefined {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return undefined;
  }
  const result = lineSchema.safeParse(json);
  if (!result.success) return undefined;
  const entry = result.data;
  return {
    cursor: entry.__CURSOR,
    timestamp: Math.floor(entry.__REALTIME_TIMESTAMP / 1000),
    // What systemd says of a unit is found with what the unit says.
    source: entry.UNIT ?? entry._SYSTEMD_UNIT ?? entry.SYSLOG_IDENTIFIER ?? 'unknown',
    priority: entry.PRIORITY,
    message: entry.MESSAGE,
  };
}

/**
 * The journal's entries from there on, and each new one as it is written; after `signal` those that are there by then, and the end.
 * Rejects with `service_failed` when journalctl fails.
 */
export async function* followJournal(options: JournalOptions): AsyncGenerator<JournalEntry> {
  const { directory, signal } = options;
  let last = options.after;
  const read = async function* (mode: readonly string[], until: AbortSignal | undefined) {
    for await (const entry of entriesOf(last, directory, mode, until)) {
      last = entry.cursor;
      yield entry;
    }
  };
  if (!signal.aborted) yield* read(['--follow'], signal);
  yield* read([], undefined);
}

/** What journalctl prints of the entries after that one, or of all. A cursor that has been rotated away stands for the next that there is. */
async function* entriesOf(
  after: string | undefined,
  directory: string | undefined,
  mode: readonly string[],
  until: AbortSignal | undefined,
): AsyncGenerator<JournalEntry> {
  const args = [...mode, '--output=json', '--all', '--no-pager', '--quiet'];
  args.push(after === undefined ? '--lines=all' : `--after-cursor=${after}`);
  if (directory !== undefined) args.push(`--directory=${directory}`);
  const child = spawn('journalctl', args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<string | undefined>(resolve => {
    child.once('error', error => resolve(error.message));
    child.once('close', (code, name) => resolve(code === 0 ? undefined : `it ended by ${name ?? code}`));
  });
  let complaint = '';
  child.stderr.on('data', chunk => {
    complaint = `${complaint}${chunk}`.slice(-1000);
  });
  const stop = () => child.kill();
  until?.addEventListener('abort', stop, { once: true });
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      const entry = parseEntry(line);
      if (entry !== undefined) yield entry;
    }
    const failure = await ended;
    if (failure !== undefined && until?.aborted !== true) {
      throw new NearcadeError('service_failed', `journalctl: ${complaint.trim() || failure}`);
    }
  } finally {
    until?.removeEventListener('abort', stop);
    child.kill();
    await ended;
  }
}
