import { z } from 'zod';
import { Allowance } from '#edge/allowance.ts';
import { presencePlaceSchema } from '#shared/api/presence.ts';
import {
  LIVE_CLIENT_BURST,
  LIVE_CLOSE,
  LIVE_SILENT_S,
  LIVE_TOKEN_GRACE_S,
  type LiveCloseCode,
  type LiveServerMessage,
} from '#shared/live-protocol.ts';

/** Milliseconds that a socket may be open before its `hello`. */
const HELLO_TIMEOUT_MS = 10_000;

/** Characters that may be under way to a client from one ping of its to the next: a whole buffer's worth and as much again. */
const UNHEARD_MAX_CHARS = 4 * 1024 * 1024;

/** What is known of a socket; it is attached to the socket and so outlives the hub's hibernation. Times: ms since 1970. */
const memberSchema = z.object({
  signInId: z.string(),
  tokenExpiresAt: z.number(),
  connectedAt: z.number(),
  /** Null before `hello`. */
  device: z
    .object({
      id: z.string(),
      place: presencePlaceSchema,
      placedAt: z.number(),
    })
    .nullable(),
  /** The region nearest to the client. */
  region: z.string().nullable(),
});
export type Member = z.infer<typeof memberSchema>;
export type Device = NonNullable<Member['device']>;

/** What a socket has done lately; it may be forgotten in hibernation, which nothing that floods lets come about. */
interface Traffic {
  messages: Allowance;
  heardAt: number;
  unheardChars: number;
}

/** The sockets of one player: who each is, and the bounds on what it may do. */
export class HubSockets {
  readonly #ctx: DurableObjectState;
  readonly #members = new Map<WebSocket, Member>();
  readonly #traffic = new WeakMap<WebSocket, Traffic>();

  constructor(ctx: DurableObjectState) {
    this.#ctx = ctx;
    for (const socket of ctx.getWebSockets()) {
      const member = memberSchema.safeParse(socket.deserializeAttachment());
      if (member.success) this.#members.set(socket, member.data);
    }
  }

  get size(): number {
    return this.#members.size;
  }

  /** Those that have said hello. */
  get devices(): Device[] {
    return [...this.#members.values()].flatMap(({ device }) => (device === null ? [] : [device]));
  }

  /** Of the device that spoke last of where it is. */
  get region(): string | null {
    const [newest] = [...this.#members.values()].toSorted(
      (a, b) => (b.device?.placedAt ?? 0) - (a.device?.placedAt ?? 0),
    );
    return newest?.region ?? null;
  }

  entries(): [WebSocket, Member][] {
    return [...this.#members];
  }

  /** Undefined for a socket that is being closed. */
  get(socket: WebSocket): Member | undefined {
    return this.#members.get(socket);
  }

  accept(socket: WebSocket, member: Member): void {
    this.#ctx.acceptWebSocket(socket);
    this.set(socket, member);
  }

  set(socket: WebSocket, member: Member): void {
    socket.serializeAttachment(member);
    this.#members.set(socket, member);
  }

  /** True when the socket was one of the hub's until now. */
  remove(socket: WebSocket): boolean {
    return this.#members.delete(socket);
  }

  /** The session is over, whatever its devices have not said yet. */
  leaveSession(sessionId: string): void {
    for (const [socket, member] of this.entries()) {
      if (member.device?.place.sessionId !== sessionId) continue;
      const place = { status: 'online' as const, sessionId: null, joinable: false };
      this.set(socket, { ...member, device: { ...member.device, place } });
    }
  }

  send(socket: WebSocket, message: LiveServerMessage): void {
    this.#sendText(socket, JSON.stringify(message));
  }

  sendToDevices(message: LiveServerMessage): void {
    const text = JSON.stringify(message);
    for (const [socket, { device }] of this.entries()) if (device !== null) this.#sendText(socket, text);
  }

  /** Says why and closes; from here on the socket is none of the hub's. */
  dismiss(socket: WebSocket, code: LiveCloseCode, reason: string): void {
    if (!this.#members.delete(socket)) return;
    socket.serializeAttachment(null);
    try {
      socket.send(JSON.stringify({ type: 'closing', code, reason } satisfies LiveServerMessage));
      socket.close(code, reason);
    } catch {
      // It is gone already.
    }
  }

  /** Counts a message from the client; false when it sends more than it may. */
  countMessage(socket: WebSocket, now: number): boolean {
    const traffic = this.#trafficOf(socket);
    traffic.heardAt = now;
    traffic.unheardChars = 0;
    return traffic.messages.take(now);
  }

  /** Closes what has not said hello, is silent, or has a token that ran out. */
  sweep(now: number): void {
    for (const [socket, member] of this.entries()) {
      if (now < this.#dueAt(socket, member)) continue;
      if (member.device === null) this.dismiss(socket, LIVE_CLOSE.protocol, 'no hello');
      else if (now >= member.tokenExpiresAt + LIVE_TOKEN_GRACE_S * 1000) {
        this.dismiss(socket, LIVE_CLOSE.tokenExpired, 'token_expired');
      } else this.dismiss(socket, LIVE_CLOSE.slow, 'silent');
    }
  }

  /** When `sweep` has something to close unless it is heard of before. */
  nextSweepAt(): number {
    return Math.min(...this.entries().map(([socket, member]) => this.#dueAt(socket, member)));
  }

  #dueAt(socket: WebSocket, member: Member): number {
    if (member.device === null) return member.connectedAt + HELLO_TIMEOUT_MS;
    const pingedAt = this.#ctx.getWebSocketAutoResponseTimestamp(socket)?.getTime() ?? 0;
    const heardAt = Math.max(member.connectedAt, pingedAt, this.#traffic.get(socket)?.heardAt ?? 0);
    return Math.min(heardAt + LIVE_SILENT_S * 1000, member.tokenExpiresAt + LIVE_TOKEN_GRACE_S * 1000);
  }

  #sendText(socket: WebSocket, text: string): void {
    const traffic = this.#trafficOf(socket);
    const pingedAt = this.#ctx.getWebSocketAutoResponseTimestamp(socket)?.getTime() ?? 0;
    if (pingedAt > traffic.heardAt) {
      traffic.heardAt = pingedAt;
      traffic.unheardChars = 0;
    }
    traffic.unheardChars += text.length;
    if (traffic.unheardChars > UNHEARD_MAX_CHARS) {
      this.dismiss(socket, LIVE_CLOSE.slow, 'slow');
      return;
    }
    try {
      socket.send(text);
    } catch {
      // It is gone; its close is about to be heard of.
    }
  }

  #trafficOf(socket: WebSocket): Traffic {
    let traffic = this.#traffic.get(socket);
    if (traffic === undefined) {
      traffic = { messages: new Allowance(LIVE_CLIENT_BURST, 1), heardAt: 0, unheardChars: 0 };
      this.#traffic.set(socket, traffic);
    }
    return traffic;
  }
}
