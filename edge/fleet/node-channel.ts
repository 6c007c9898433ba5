import { DurableObject } from 'cloudflare:workers';
import { sql } from 'drizzle-orm';
import type { Bindings } from '#edge/bindings.ts';
import { describeError, log, loggedAs } from '#edge/http/log.ts';
import { openServices } from '#edge/services.ts';
import type { Database } from '#edge/store/database.ts';
import { nodes } from '#edge/store/schema.ts';
import {
  CONTROL_CLOSE,
  CONTROL_PING,
  CONTROL_PONG,
  type ControlFromEdge,
  controlFromNodeSchema,
} from '#shared/api/orders.ts';
import { parseWith } from '#shared/errors.ts';
import { forgetOrders, selectOrders, toOrders } from './orders.ts';
import { nodeLost } from './reconcile.ts';
import { noteWatch } from './watch.ts';

/** Milliseconds after a lease's end at which it is looked at: the clocks of Postgres and of this place may differ a little. */
const LEASE_MARGIN_MS = 500;

/** Bytes of a node's message: a hundred acknowledgements are 4 kB. */
const MAX_MESSAGE_BYTES = 16 * 1024;

/**
 * One node's control channel, named by the node's id: its WebSocket (hibernating), and the alarm that notices that its lease
 * has run out. It decides nothing: orders and leases are in Postgres.
 */
export class NodeChannel extends DurableObject<Bindings> {
  constructor(context: DurableObjectState, bindings: Bindings) {
    super(context, bindings);
    context.setWebSocketAutoResponse(new WebSocketRequestResponsePair(CONTROL_PING, CONTROL_PONG));
  }

  /** The upgrade of a node that the Worker has let in; `nodeId` names it. A newer socket takes the older one's place. */
  override async fetch(request: Request): Promise<Response> {
    const nodeId = new URL(request.url).searchParams.get('nodeId') ?? '';
    for (const older of this.ctx.getWebSockets()) older.close(CONTROL_CLOSE.replaced, 'replaced');
    const { 0: client, 1: server } = new WebSocketPair();
    server.serializeAttachment(nodeId);
    this.ctx.acceptWebSocket(server);
    await this.#sendOrders(server);
    return new Response(null, { status: 101, webSocket: client });
  }

  /** Sends what waits to the node, if it is connected. */
  async push(): Promise<void> {
    const [socket] = this.#openSockets();
    if (socket !== undefined) await this.#sendOrders(socket);
  }

  /** From now on the end of this node's lease is noticed when it comes, and not with the next cron. */
  async watch(nodeId: string): Promise<void> {
    await this.ctx.storage.put('nodeId', nodeId);
    await this.ctx.storage.setAlarm(Date.now());
  }

  override async alarm(): Promise<void> {
    await loggedAs(undefined, () => this.#lookAtLease());
  }

  async #lookAtLease(): Promise<void> {
    const nodeId = await this.ctx.storage.get<string>('nodeId');
    if (nodeId === undefined) return;
    const services = await openServices(this.env);
    const held = await leaseOf(services.db, nodeId);
    if (held !== undefined && held <= 0) await nodeLost(services, nodeId);
    else await noteWatch(services.db);
    const ms = held !== undefined && held <= 0 ? await leaseOf(services.db, nodeId) : held;
    if (ms !== undefined) await this.ctx.storage.setAlarm(Date.now() + Math.max(0, ms) + LEASE_MARGIN_MS);
  }

  override async webSocketMessage(socket: WebSocket, data: string | ArrayBuffer): Promise<void> {
    await loggedAs(undefined, () => this.#hear(socket, data));
  }

  async #hear(socket: WebSocket, data: string | ArrayBuffer): Promise<void> {
    try {
      if (typeof data !== 'string' || data.length > MAX_MESSAGE_BYTES) throw new Error('too large or binary');
      const { ids } = parseWith(controlFromNodeSchema, JSON.parse(data), 'signal_protocol');
      const { db } = await openServices(this.env);
      await forgetOrders(db, nodeOf(socket), ids);
    } catch (error) {
      log('warn', 'control message refused', { nodeId: nodeOf(socket), ...describeError(error) });
      socket.close(CONTROL_CLOSE.protocol, 'protocol');
    }
  }

  override async webSocketClose(socket: WebSocket, code: number, reason: string): Promise<void> {
    // 1005 and 1006 say that there was no close message: they can't be sent (RFC 6455, 7.4.1).
    socket.close(code === 1005 || code === 1006 ? 1000 : code, reason);
  }

  async #sendOrders(socket: WebSocket): Promise<void> {
    const { db } = await openServices(this.env);
    const orders = toOrders((await selectOrders(db, nodeOf(socket))).rows);
    if (orders.length === 0) return;
    const message: ControlFromEdge = { type: 'orders', orders };
    socket.send(JSON.stringify(message));
  }

  #openSockets(): WebSocket[] {
    return this.ctx.getWebSockets().filter(socket => socket.readyState === WebSocket.READY_STATE_OPEN);
  }
}

/** Milliseconds that the node's lease, or the grace after it, still holds; undefined when it has none any more. */
async function leaseOf(db: Database, nodeId: string): Promise<number | undefined> {
  const { rows } = await db.execute<{ ms: number }>(sql`
    select extract(epoch from greatest(lease_expires_at, grace_until) - now())::float8 * 1000 as ms from ${nodes}
    where id = ${nodeId} and state in ('ready', 'draining')`);
  return rows[0]?.ms;
}

function nodeOf(socket: WebSocket): string {
  return String(socket.deserializeAttachment());
}
