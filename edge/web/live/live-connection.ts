import { z } from 'zod';
import {
  LIVE_PING,
  type LiveClientMessage,
  type LiveServerMessage,
  liveServerMessageSchema,
} from '#shared/live-protocol.ts';

/** Milliseconds in which a socket has to be open, and then welcomed: longer than any hub that is worth waiting for takes. */
const OPEN_TIMEOUT_MS = 15_000;

/** Any event, also one that a newer server has and this page does not know. */
const unknownEventSchema = z.object({ type: z.literal('event'), seq: z.int().positive() });

/** What the hub says, or the number of an event that this page does not understand. */
export type LiveNotice = Exclude<LiveServerMessage, { type: 'pong' }> | { type: 'unknown'; seq: number };

export interface LiveConnectionEvents {
  opened(): void;
  notice(message: LiveNotice): void;
  /** Once, whoever closed: the WebSocket's close code and reason; 1006 when it went silent. */
  closed(code: number, reason: string): void;
}

/** One live WebSocket: its heartbeat and its messages. */
export class LiveConnection {
  readonly #socket: WebSocket;
  readonly #events: LiveConnectionEvents;
  readonly #pongTimeoutMs: number;
  #closed = false;
  #heartbeat: ReturnType<typeof setInterval> | undefined;
  /** Runs while something has to come: the handshake, the welcome, a pong. */
  #deadline: ReturnType<typeof setTimeout> | undefined;

  constructor(socket: WebSocket, events: LiveConnectionEvents, pongTimeoutMs: number) {
    this.#socket = socket;
    this.#events = events;
    this.#pongTimeoutMs = pongTimeoutMs;
    this.#expect(OPEN_TIMEOUT_MS);
    socket.addEventListener('open', () => this.#open());
    socket.addEventListener('message', ({ data }: MessageEvent<unknown>) => this.#hear(data));
    socket.addEventListener('close', ({ code, reason }) => this.#finish(code, reason));
  }

  send(message: LiveClientMessage): void {
    if (this.#socket.readyState === SOCKET_OPEN) this.#socket.send(JSON.stringify(message));
  }

  /** Asks whether the other side is there, now rather than at the next beat. */
  ping(): void {
    if (this.#closed || this.#socket.readyState !== SOCKET_OPEN) return;
    this.#socket.send(LIVE_PING);
    this.#expect(this.#pongTimeoutMs);
  }

  close(): void {
    this.#socket.close(1000);
    this.#finish(1000, '');
  }

  #open(): void {
    if (this.#closed) return;
    this.#expect(OPEN_TIMEOUT_MS);
    this.#events.opened();
  }

  #hear(data: unknown): void {
    if (this.#closed) return;
    clearTimeout(this.#deadline);
    const message = parse(data);
    if (message?.type === 'welcome') {
      clearInterval(this.#heartbeat);
      this.#heartbeat = setInterval(() => this.ping(), message.heartbeatSeconds * 1000);
    }
    if (message === undefined) console.warn('The live socket said what this page does not understand');
    else if (message.type !== 'pong') this.#events.notice(message);
  }

  /** Closes unless something comes within that time. */
  #expect(ms: number): void {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => {
      this.#socket.close();
      this.#finish(1006, '');
    }, ms);
  }

  #finish(code: number, reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#deadline);
    clearInterval(this.#heartbeat);
    this.#events.closed(code, reason);
  }
}

const SOCKET_OPEN = 1;

function parse(data: unknown): LiveServerMessage | { type: 'unknown'; seq: number } | undefined {
  if (typeof data !== 'string') return undefined;
  try {
    const json: unknown = JSON.parse(data);
    const message = liveServerMessageSchema.safeParse(json);
    if (message.success) return message.data;
    const event = unknownEventSchema.safeParse(json);
    return event.success ? { type: 'unknown', seq: event.data.seq } : undefined;
  } catch {
    return undefined;
  }
}
