import { type LiveEvent, liveEventSchema } from '#shared/live.ts';
import { LIVE_BUFFER_EVENTS } from '#shared/live-protocol.ts';

const STREAM = 'stream';

interface Stream {
  id: string;
  /** Of the newest event. */
  seq: number;
}

export interface StreamedEvent {
  seq: number;
  at: string;
  event: LiveEvent;
}

/**
 * A player's events in the order in which they get them, the newest kept for who was cut off for a moment. There is a
 * stream only from the first socket until some time after the last: nothing is written for who is not there.
 */
export class EventStream {
  readonly #storage: DurableObjectStorage;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
  }

  get current(): Stream | undefined {
    return this.#storage.kv.get<Stream>(STREAM);
  }

  /** The stream that there is, or a new one. */
  open(): Stream {
    const current = this.current;
    if (current !== undefined) return current;
    this.#storage.sql.exec(
      'create table if not exists events (seq integer primary key, at text not null, event text not null)',
    );
    this.#storage.sql.exec('delete from events');
    const stream = { id: crypto.randomUUID(), seq: 0 };
    this.#storage.kv.put<Stream>(STREAM, stream);
    return stream;
  }

  /** Undefined when there is no stream, and so nobody to tell. */
  append(event: LiveEvent, now: Date): StreamedEvent | undefined {
    const stream = this.current;
    if (stream === undefined) return undefined;
    const seq = stream.seq + 1;
    const at = now.toISOString();
    this.#storage.kv.put<Stream>(STREAM, { ...stream, seq });
    this.#storage.sql.exec('insert into events values (?, ?, ?)', seq, at, JSON.stringify(event));
    this.#storage.sql.exec('delete from events where seq <= ?', seq - LIVE_BUFFER_EVENTS);
    return { seq, at, event };
  }

  /** What came after `from`; undefined when that is another stream, or more was missed than is kept. */
  since(from: { streamId: string; seq: number }): StreamedEvent[] | undefined {
    const stream = this.current;
    if (stream === undefined || stream.id !== from.streamId || from.seq > stream.seq) return undefined;
    if (from.seq < stream.seq - LIVE_BUFFER_EVENTS) return undefined;
    return this.#storage.sql
      .exec<{ seq: number; at: string; event: string }>(
        'select seq, at, event from events where seq > ? order by seq',
        from.seq,
      )
      .toArray()
      .map(({ seq, at, event }) => ({ seq, at, event: liveEventSchema.parse(JSON.parse(event)) }));
  }

  close(): void {
    if (this.current === undefined) return;
    this.#storage.kv.delete(STREAM);
    this.#storage.sql.exec('delete from events');
  }
}
