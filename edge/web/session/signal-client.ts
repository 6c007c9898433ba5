import { NearcadeError } from '#shared/errors.ts';
import { SIGNAL_PING_S, SIGNAL_TIMEOUT_S } from '#shared/limits.ts';
import {
  type ClientMessage,
  type ClientRequest,
  type ServerMessage,
  SIGNAL_PROTOCOL,
  serverMessageSchema,
} from '#shared/signal.ts';

/** A request without its id, which the client gives. */
export type Ask = ClientRequest extends infer R ? (R extends { id: number } ? Omit<R, 'id'> : never) : never;

/** Everything the node says by itself. */
export type Notice = Exclude<ServerMessage, { type: 'response' | 'pong' }>;

export interface SignalEvents {
  notice(message: Notice): void;
  /** Milliseconds there and back. */
  roundTrip(ms: number): void;
  /** Once, whoever closed: the WebSocket's close code and reason; 1006 when it went silent. */
  closed(code: number, reason: string): void;
}

interface Pending {
  resolve(data: unknown): void;
  reject(error: NearcadeError): void;
}

/** The WebSocket to the media node: hello with the ticket, requests paired with responses, a ping against silence. */
export class SignalClient {
  readonly #socket: WebSocket;
  readonly #events: SignalEvents;
  readonly #pending = new Map<number, Pending>();
  readonly #ping: ReturnType<typeof setInterval>;
  #nextId = 0;
  #heardAt = performance.now();
  #closed = false;

  constructor(url: string, ticket: string, events: SignalEvents) {
    this.#events = events;
    this.#socket = new WebSocket(url);
    this.#socket.addEventListener('open', () =>
      this.send({ type: 'hello', protocol: SIGNAL_PROTOCOL, ticket }),
    );
    this.#socket.addEventListener('message', event => this.#hear(event.data));
    this.#socket.addEventListener('close', event => this.#finish(event.code, event.reason));
    this.#ping = setInterval(() => this.#checkPulse(), SIGNAL_PING_S * 1000);
  }

  /** Messages before the socket opens or after it closed are lost, as they would be a moment later. */
  send(message: ClientMessage): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  /** Answers the response's data; rejects with the node's error, or `unavailable` when the socket closes first. */
  request(ask: Ask): Promise<unknown> {
    if (this.#closed) return Promise.reject(new NearcadeError('unavailable', 'The connection was closed'));
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.send({ ...ask, id });
    });
  }

  close(): void {
    this.#socket.close(1000);
    this.#finish(1000, '');
  }

  #hear(data: unknown): void {
    if (this.#closed) return;
    this.#heardAt = performance.now();
    const message = parse(data);
    if (!message) {
      console.warn('The media node said what this page does not understand; reload it');
      return;
    }
    if (message.type === 'pong') this.#events.roundTrip(performance.now() - message.sentAt);
    else if (message.type === 'response') this.#settle(message);
    else this.#events.notice(message);
  }

  #settle(message: Extract<ServerMessage, { type: 'response' }>): void {
    const pending = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    if (message.ok) pending?.resolve(message.data);
    else pending?.reject(new NearcadeError(message.error.code, message.error.message));
  }

  #checkPulse(): void {
    if (performance.now() - this.#heardAt > SIGNAL_TIMEOUT_S * 1000) {
      this.#socket.close();
      this.#finish(1006, '');
      return;
    }
    this.send({ type: 'ping', sentAt: performance.now() });
  }

  #finish(code: number, reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#ping);
    for (const pending of this.#pending.values()) {
      pending.reject(new NearcadeError('unavailable', 'The connection was closed'));
    }
    this.#pending.clear();
    this.#events.closed(code, reason);
  }
}

function parse(data: unknown): ServerMessage | undefined {
  if (typeof data !== 'string') return undefined;
  try {
    const result = serverMessageSchema.safeParse(JSON.parse(data));
    return result.success ? result.data : undefined;
  } catch {
    return undefined;
  }
}
