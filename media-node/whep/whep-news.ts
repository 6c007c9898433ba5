import type { ServerResponse } from 'node:http';
import { z } from 'zod';
import type { ServerMessage } from '#shared/signal.ts';

/**
 * What a standard player can be told by the Server-Sent Events extension of WHEP (draft-ietf-wish-whep, "Server Sent Events extension").
 * `active`, `inactive` and `viewercount` are the draft's; `recording` is ours: `{"recording":true,"by":"Ada","since":1700000000000}`.
 */
const EVENTS = ['active', 'inactive', 'viewercount', 'recording'] as const;
type EventName = (typeof EVENTS)[number];

/** The relation of the link that says where events can be asked for. */
const EVENTS_RELATION = 'urn:ietf:params:whep:ext:core:server-sent-events';

/** What a player asks for: the names that we do not know are passed over, as the draft has it. */
export const eventsWantedSchema = z.array(z.string().max(64)).max(32);

/** Milliseconds between comments that keep proxies from closing a stream on which nothing happens. */
const KEEP_ALIVE_MS = 15_000;

/** Event streams of one player: one, and its next one while the first is not given up yet. */
const MAX_STREAMS = 2;

/** The field of an answer that says whether the session is being recorded (RFC 9651): `?0`, or `?1;since=<seconds since 1970>`. */
export const RECORDING_FIELD = 'nearcade-recording';

export function eventsLink(url: string): string {
  return `<${url}>; rel="${EVENTS_RELATION}"; events="${EVENTS.join()}"`;
}

/** What one standard player would be told if it were a page of ours, kept for whoever asks, and sent on to those who listen. */
export class WhepNews {
  readonly #streams = new Set<ServerResponse>();
  readonly #last = new Map<EventName, unknown>();
  readonly #keepAlive: NodeJS.Timeout;
  #wanted: ReadonlySet<string> = new Set();
  #since: number | undefined;
  #closed = false;

  constructor() {
    this.#note('recording', { recording: false, by: null, since: null });
    this.#keepAlive = setInterval(() => this.#write(':\n\n'), KEEP_ALIVE_MS);
    this.#keepAlive.unref();
  }

  /** Of RECORDING_FIELD, as of now. */
  get recording(): string {
    return this.#since === undefined ? '?0' : `?1;since=${Math.floor(this.#since / 1000)}`;
  }

  /** Which events the player wants from now on. */
  want(events: readonly string[]): void {
    this.#wanted = new Set(events);
  }

  hear(message: ServerMessage): void {
    switch (message.type) {
      case 'recording': {
        const { by, since } = message;
        this.#since = since ?? undefined;
        this.#tell('recording', { recording: by !== null, by, since });
        break;
      }
      case 'seats':
        this.#tell('viewercount', { viewercount: message.spectators });
        break;
      case 'welcome':
      case 'phase': {
        const isActive = message.phase !== 'starting';
        this.#last.delete(isActive ? 'inactive' : 'active');
        this.#tell(isActive ? 'active' : 'inactive', {});
        break;
      }
      case 'ended':
        this.#last.delete('active');
        this.#tell('inactive', {});
        break;
      default:
    }
  }

  /** Streams to the response how things stand and what changes, until either side closes (HTML, Server-sent events). */
  stream(response: ServerResponse): void {
    const [oldest] = this.#streams;
    if (this.#streams.size >= MAX_STREAMS) oldest?.end();
    this.#streams.add(response);
    response.on('close', () => this.#streams.delete(response));
    for (const [name, data] of this.#last) {
      if (this.#wanted.has(name)) response.write(textOf(name, data));
    }
    if (this.#closed) response.end();
  }

  /** Idempotent. */
  close(): void {
    this.#closed = true;
    clearInterval(this.#keepAlive);
    for (const stream of this.#streams) stream.end();
  }

  #tell(name: EventName, data: unknown): void {
    this.#note(name, data);
    if (this.#wanted.has(name)) this.#write(textOf(name, data));
  }

  #note(name: EventName, data: unknown): void {
    this.#last.delete(name);
    this.#last.set(name, data);
  }

  #write(text: string): void {
    // A player that no longer reads is not waited for: its stream comes again with how things stand then.
    for (const stream of this.#streams) if (!stream.write(text)) stream.end();
  }
}

function textOf(name: EventName, data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
