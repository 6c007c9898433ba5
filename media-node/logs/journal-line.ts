import { z } from 'zod';

/**
 * What of an entry of the journal is kept (systemd: Journal Export Formats, JSON). Text that is no UTF-8 comes as a list of bytes, text that
 * is too long as null.
 */
const lineSchema = z.looseObject({
  __CURSOR: z.string(),
  __REALTIME_TIMESTAMP: z.coerce.number(),
  _SYSTEMD_UNIT: z.string().optional(),
  MESSAGE: z.union([z.string(), z.array(z.int().min(0).max(255)), z.null()]).optional(),
});

export interface JournalEntry {
  /** Where in the journal it stands. */
  cursor: string;
  /** Milliseconds since 1970. */
  at: number;
  /** Without `.service`. */
  unit: string;
  text: string;
}

/** Reads a line of `journalctl --output=json`; undefined: it is none. */
export function readJournalLine(line: string): JournalEntry | undefined {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return undefined;
  }
  const { data } = lineSchema.safeParse(json);
  if (data === undefined) return undefined;
  const { MESSAGE: message } = data;
  return {
    cursor: data.__CURSOR,
    at: Math.floor(data.__REALTIME_TIMESTAMP / 1000),
    unit: (data._SYSTEMD_UNIT ?? 'other').replace(/\.service$/, ''),
    text: Array.isArray(message) ? Buffer.from(message).toString() : (message ?? ''),
  };
}
