import type { JournalEntry } from './journal.ts';

/** What CloudWatch Logs is given of an entry. */
export interface LogEvent {
  /** Milliseconds since 1970. */
  timestamp: number;
  message: string;
}

/** What one PutLogEvents may hold (Amazon CloudWatch Logs API Reference): bytes in all, each event counting so many more, and events. */
const BATCH_BYTES = 1_048_576;
const EVENT_OVERHEAD_BYTES = 26;
const BATCH_EVENTS = 10_000;

/** A little less than the day that its events may span. */
const BATCH_SPAN_MS = 23 * 60 * 60 * 1000;

/** Bytes of one message; the service takes a quarter of a megabyte everywhere. What is longer is cut, and says so. */
export const MESSAGE_BYTES = 250_000;

/** Entries that go in one request. */
export class Batch {
  readonly #events: LogEvent[] = [];
  #bytes = 0;
  #first = Number.POSITIVE_INFINITY;
  #last = Number.NEGATIVE_INFINITY;
  #cursor: string | undefined;

  get isEmpty(): boolean {
    return this.#events.length === 0;
  }

  /** Of the entry that was added last. */
  get cursor(): string | undefined {
    return this.#cursor;
  }

  /** In the order of their times, as the service wants them: the journal's own differs where a clock was set. */
  get events(): readonly LogEvent[] {
    return this.#events.toSorted((a, b) => a.timestamp - b.timestamp);
  }

  /** False when it does not fit any more: it belongs in the next one. */
  add(entry: JournalEntry): boolean {
    const event = { timestamp: entry.timestamp, message: messageOf(entry) };
    const bytes = Buffer.byteLength(event.message) + EVENT_OVERHEAD_BYTES;
    const first = Math.min(this.#first, event.timestamp);
    const last = Math.max(this.#last, event.timestamp);
    const isTooMuch =
      this.#bytes + bytes > BATCH_BYTES ||
      this.#events.length === BATCH_EVENTS ||
      last - first > BATCH_SPAN_MS;
    if (isTooMuch) return false;
    this.#events.push(event);
    this.#bytes += bytes;
    this.#first = first;
    this.#last = last;
    this.#cursor = entry.cursor;
    return true;
  }
}

/** The node's lines are JSON already, and searched by their fields; those of others become so. */
function messageOf({ source, priority, message }: JournalEntry): string {
  const isObject = message.startsWith('{') && message.endsWith('}');
  const text = isObject ? message : JSON.stringify({ source, priority, msg: message });
  if (Buffer.byteLength(text) <= MESSAGE_BYTES) return text;
  // Quotes and line ends take two bytes or more in JSON: half of it is sure to fit.
  const start = Buffer.from(message)
    .subarray(0, MESSAGE_BYTES / 8)
    .toString('utf8');
  return JSON.stringify({ source, priority, msg: start, cut: true });
}
