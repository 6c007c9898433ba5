import { DurableObject } from 'cloudflare:workers';
import { verifyAccessToken } from '#edge/accounts/access-tokens.ts';
import { Allowance } from '#edge/allowance.ts';
import type { Bindings } from '#edge/bindings.ts';
import { describeError, log, loggedAs } from '#edge/http/log.ts';
import { placeOf } from '#edge/presence/places.ts';
import { PlayerPresence } from '#edge/presence/player-presence.ts';
import { openServices } from '#edge/services.ts';
import type { PresencePlace } from '#shared/api/presence.ts';
import { LIVE_SESSION_STATES } from '#shared/lifecycles.ts';
import type { CutReason, LiveEvent } from '#shared/live.ts';
import {
  LIVE_CLIENT_MAX_CHARS,
  LIVE_CLOSE,
  LIVE_EVENT_MAX_CHARS,
  LIVE_HEARTBEAT_S,
  LIVE_MAX_DEVICES,
  LIVE_PING,
  LIVE_PONG,
  LIVE_PROTOCOL,
  LIVE_RESUME_WINDOW_S,
  LIVE_SUBPROTOCOL,
  type LiveClientMessage,
  liveClientMessageSchema,
} from '#shared/live-protocol.ts';
import { Directory } from './directory.ts';
import { EventStream } from './event-stream.ts';
import { HubSockets, type Member } from './hub-sockets.ts';
import { Listing } from './listing.ts';
import { Revocations } from './revocations.ts';
import { readVisitor } from './visitor.ts';

/** Sockets that may be open before their hello, beyond the devices: two pages that load at once, and some to spare. */
const MAX_STRANGERS = 4;

/** Sockets that a player may open at once, and then one in two seconds: a client that comes back in a loop is slowed. */
const CONNECT_BURST = 40;
const CONNECTS_PER_S = 0.5;

/** Milliseconds without a socket until the player counts as gone: a page that is loaded again is back before. */
const GONE_AFTER_MS = 8_000;

/** Milliseconds until upkeep that failed is tried again. */
const UPKEEP_RETRY_MS = 15_000;

const USER = 'user';
/** When the last socket went, ms since 1970; absent while there is one. */
const LEFT_AT = 'left-at';

/**
 * The live sockets of one player, by hibernating WebSockets: between events it is not in memory. What it tells others
 * (presence, the directory) it tells from its alarm only, so one at a time and in order.
 */
export class PlayerHub extends DurableObject<Bindings> {
  readonly #kv = this.ctx.storage.kv;
  readonly #sockets = new HubSockets(this.ctx);
  readonly #stream = new EventStream(this.ctx.storage);
  readonly #revocations = new Revocations(this.ctx.storage);
  readonly #presence = new PlayerPresence(this.ctx.storage);
  readonly #listing = new Listing(this.ctx.storage);
  readonly #connects = new Allowance(CONNECT_BURST, CONNECTS_PER_S);
  /** What the alarm is set to, as far as this instance knows: setting it costs a write. */
  #alarmAt: number | undefined;

  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env);
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair(LIVE_PING, LIVE_PONG));
  }

  /** Takes a socket from the Worker, which has checked its token and says whose it is (edge/live/visitor.ts). */
  override async fetch(request: Request): Promise<Response> {
    const visitor = readVisitor(request);
    const tooMany = this.#sockets.size >= LIVE_MAX_DEVICES + MAX_STRANGERS;
    if (tooMany || !this.#connects.take(Date.now())) return new Response(null, { status: 429 });
    this.#kv.put(USER, visitor.userId);
    const { 0: client, 1: server } = new WebSocketPair();
    const { signInId, tokenExpiresAt, region } = visitor;
    const now = Date.now();
    this.#sockets.accept(server, { signInId, tokenExpiresAt, region, connectedAt: now, device: null });
    const refusal = this.#revocations.refusal(signInId, tokenExpiresAt, now);
    if (refusal !== undefined) this.#sockets.dismiss(server, LIVE_CLOSE.cut, refusal);
    await this.#schedule();
    const headers = { 'Sec-WebSocket-Protocol': LIVE_SUBPROTOCOL };
    return new Response(null, { status: 101, webSocket: client, headers });
  }

  /** Sends an event to every device of the player, and keeps it for those that are cut off for a moment. `requestId`: for the log. */
  async deliver(event: LiveEvent, requestId?: string): Promise<void> {
    const length = JSON.stringify(event).length;
    if (length > LIVE_EVENT_MAX_CHARS) {
      await loggedAs(requestId, async () =>
        log('error', 'live event is too long', { type: event.type, length }),
      );
      return;
    }
    const streamed = this.#stream.append(event, new Date());
    if (streamed === undefined) return;
    this.#sockets.sendToDevices({ type: 'event', ...streamed });
    if (event.type === 'session_changed' && !LIVE_SESSION_STATES.some(state => state === event.state)) {
      this.#sockets.leaveSession(event.sessionId);
    }
    await this.#schedule();
  }

  /** See `Live.cut`. */
  async cut(signInIds: readonly string[], reason: CutReason, seconds?: number): Promise<void> {
    this.#revocations.add(signInIds, reason, Date.now(), seconds);
    for (const [socket, { signInId }] of this.#sockets.entries()) {
      if (signInIds.includes(signInId)) this.#sockets.dismiss(socket, LIVE_CLOSE.cut, reason);
    }
    await this.#schedule();
  }

  override async webSocketMessage(socket: WebSocket, data: string | ArrayBuffer): Promise<void> {
    await loggedAs(undefined, () => this.#hear(socket, data));
  }

  async #hear(socket: WebSocket, data: string | ArrayBuffer): Promise<void> {
    const member = this.#sockets.get(socket);
    if (member === undefined) return;
    const tooLong = typeof data !== 'string' || data.length > LIVE_CLIENT_MAX_CHARS;
    if (tooLong || !this.#sockets.countMessage(socket, Date.now())) {
      this.#sockets.dismiss(socket, LIVE_CLOSE.tooFast, tooLong ? 'too long' : 'too many');
    } else {
      const message = parse(data);
      const expected = (message?.type === 'hello') === (member.device === null);
      if (message === undefined || !expected) {
        this.#sockets.dismiss(socket, LIVE_CLOSE.protocol, 'not valid here');
      } else await this.#heed(socket, member, message);
    }
    await this.#schedule();
  }

  override async webSocketClose(socket: WebSocket): Promise<void> {
    this.#sockets.remove(socket);
    await this.#schedule();
  }

  override async webSocketError(socket: WebSocket): Promise<void> {
    await this.webSocketClose(socket);
  }

  /** Everything that is due: sockets to close, presence and directory to tell, a stream to end. Never throws. */
  override async alarm(): Promise<void> {
    await loggedAs(undefined, () => this.#keepUp());
  }

  async #keepUp(): Promise<void> {
    this.#alarmAt = undefined;
    try {
      this.#sockets.sweep(Date.now());
      this.#noteWhetherLeft();
      const userId = this.#kv.get<string>(USER);
      if (userId !== undefined) await this.#tellOthers(userId);
      if (Date.now() >= this.#streamEndsAt) {
        this.#stream.close();
        this.#kv.delete(LEFT_AT);
      }
    } catch (error) {
      log('error', 'upkeep of a player hub failed', describeError(error));
      await this.ctx.storage.setAlarm(Date.now() + UPKEEP_RETRY_MS);
      return;
    }
    await this.#schedule();
  }

  async #heed(socket: WebSocket, member: Member, message: LiveClientMessage): Promise<void> {
    switch (message.type) {
      case 'hello':
        this.#greet(socket, member, message);
        return;
      case 'place':
        if (member.device === null) return;
        this.#sockets.set(socket, {
          ...member,
          device: { ...member.device, place: message.place, placedAt: Date.now() },
        });
        return;
      case 'renew':
        return this.#renew(socket, message.token);
      case 'ping':
        this.#sockets.send(socket, { type: 'pong' });
    }
  }

  #greet(socket: WebSocket, member: Member, hello: Extract<LiveClientMessage, { type: 'hello' }>): void {
    for (const [other, { device }] of this.#sockets.entries()) {
      if (device?.id === hello.deviceId) this.#sockets.dismiss(other, LIVE_CLOSE.replaced, 'replaced');
    }
    if (hello.protocol !== LIVE_PROTOCOL) {
      this.#sockets.dismiss(socket, LIVE_CLOSE.outdated, 'outdated');
    } else if (this.#sockets.devices.length >= LIVE_MAX_DEVICES) {
      this.#sockets.dismiss(socket, LIVE_CLOSE.tooManyDevices, 'too many devices');
    } else {
      const device = { id: hello.deviceId, place: hello.place, placedAt: Date.now() };
      this.#sockets.set(socket, { ...member, region: hello.region ?? member.region, device });
      this.#welcome(socket, hello.resume);
    }
  }

  #welcome(socket: WebSocket, resume: Extract<LiveClientMessage, { type: 'hello' }>['resume']): void {
    const { id: streamId, seq } = this.#stream.open();
    const missed = resume === null ? undefined : this.#stream.since(resume);
    this.#sockets.send(socket, {
      type: 'welcome',
      protocol: LIVE_PROTOCOL,
      streamId,
      seq,
      resumed: missed !== undefined,
      heartbeatSeconds: LIVE_HEARTBEAT_S,
    });
    for (const event of missed ?? []) this.#sockets.send(socket, { type: 'event', ...event });
  }

  async #renew(socket: WebSocket, token: string): Promise<void> {
    const claims = await verifyAccessToken(await openServices(this.env), token).catch(() => undefined);
    const member = this.#sockets.get(socket);
    if (member === undefined) return;
    if (claims === undefined || claims.sub !== this.#kv.get(USER)) {
      this.#sockets.dismiss(socket, LIVE_CLOSE.tokenExpired, 'the new token is not valid');
      return;
    }
    const tokenExpiresAt = claims.exp * 1000;
    const refusal = this.#revocations.refusal(claims.sid, tokenExpiresAt, Date.now());
    if (refusal === undefined) {
      this.#sockets.set(socket, { ...member, signInId: claims.sid, tokenExpiresAt });
      this.#sockets.send(socket, { type: 'renewed' });
    } else {
      this.#sockets.dismiss(socket, LIVE_CLOSE.cut, refusal);
    }
  }

  async #tellOthers(userId: string): Promise<void> {
    const services = await openServices(this.env);
    await this.#presence.settle(services, userId, this.#place);
    const listing = this.#listingWanted;
    if (listing !== undefined) await this.#listing.settle(new Directory(this.env), userId, listing);
  }

  get #isHere(): boolean {
    return this.#sockets.devices.length > 0;
  }

  get #goneAt(): number {
    return this.#isHere ? Number.POSITIVE_INFINITY : (this.#kv.get<number>(LEFT_AT) ?? 0) + GONE_AFTER_MS;
  }

  get #streamEndsAt(): number {
    if (this.#isHere || this.#stream.current === undefined) return Number.POSITIVE_INFINITY;
    return (this.#kv.get<number>(LEFT_AT) ?? 0) + LIVE_RESUME_WINDOW_S * 1000;
  }

  /** Who has just left is still where they were. */
  get #place(): PresencePlace | null {
    if (this.#isHere) return placeOf(this.#sockets.devices);
    return Date.now() >= this.#goneAt ? null : this.#presence.place;
  }

  /** Null: to be taken off. Undefined: as it is. */
  get #listingWanted(): { region: string | null } | null | undefined {
    if (this.#isHere) return { region: this.#sockets.region };
    return Date.now() >= this.#goneAt ? null : undefined;
  }

  #noteWhetherLeft(): void {
    const leftAt = this.#kv.get<number>(LEFT_AT);
    if (this.#isHere) {
      if (leftAt !== undefined) this.#kv.delete(LEFT_AT);
    } else if (leftAt === undefined && this.#stream.current !== undefined) {
      this.#kv.put(LEFT_AT, Date.now());
    }
  }

  /** Sets the alarm to what is due next. When nothing is, the hub forgets everything: an absent player costs no storage. */
  async #schedule(): Promise<void> {
    this.#noteWhetherLeft();
    const now = Date.now();
    const listing = this.#listingWanted;
    const due = Math.min(
      this.#sockets.nextSweepAt(),
      now < this.#goneAt ? this.#goneAt : Number.POSITIVE_INFINITY,
      this.#presence.nextAt(this.#place),
      listing === undefined ? Number.POSITIVE_INFINITY : this.#listing.nextAt(listing !== null),
      this.#streamEndsAt,
      this.#revocations.forgottenAt(now) ?? Number.POSITIVE_INFINITY,
    );
    if (due === Number.POSITIVE_INFINITY) {
      this.#alarmAt = undefined;
      await this.ctx.storage.deleteAll();
    } else if (due !== this.#alarmAt) {
      this.#alarmAt = due;
      await this.ctx.storage.setAlarm(Math.max(due, now));
    }
  }
}

function parse(data: string): LiveClientMessage | undefined {
  try {
    return liveClientMessageSchema.safeParse(JSON.parse(data)).data;
  } catch {
    return undefined;
  }
}
