import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod';
import {
  eventsRequestSchema,
  fleetApi,
  type HeartbeatRequest,
  heartbeatRequestSchema,
  type NodeEvent,
  type NodeName,
  type NodeNameRequest,
  nodeNameRequestSchema,
  type RegisterNodeRequest,
  registerNodeRequestSchema,
} from '#shared/api/fleet.ts';
import {
  CONTROL_PATH,
  CONTROL_PING,
  CONTROL_PONG,
  type NodeOrder,
  type OrderBody,
} from '#shared/api/orders.ts';
import { TICKET_TTL_S } from '#shared/limits.ts';
import { RELAY_TOKEN } from '#shared/relay.ts';
import { TICKET_ISSUER, TICKET_TYPE, type TicketClaims } from '#shared/ticket.ts';
import { WHEP_TOKEN, type WhepWayRequest, whepWayRequestSchema } from '#shared/whep.ts';
import { TestKeys } from './test-keys.ts';
import { TestRecordings } from './test-recordings.ts';
import { TestSaves } from './test-saves.ts';

export const FLEET_KEY = 'the fleet key of the test';

/** The edge as a node sees it: an HTTP server that registers, takes heartbeats and events, and signs tickets with a key of its own. */
export class TestEdge {
  readonly #http: Server;
  readonly #keys: TestKeys;
  readonly registrations: RegisterNodeRequest[] = [];
  readonly heartbeats: HeartbeatRequest[] = [];
  readonly events: NodeEvent[] = [];
  /** Sessions that the next heartbeat's answer tells the node to end. */
  endSessions: string[] = [];
  /** Orders that each heartbeat's answer brings until they are acknowledged. */
  orders: NodeOrder[] = [];
  /** What each heartbeat's answer says of slots that are kept for hosts who have not come. */
  reservedUntil: number | null = null;
  /** How far the edge's clock is ahead of this machine's, in milliseconds. */
  clockAheadMs = 0;
  hasLeft = false;
  /** What it lets nodes register by, and what they have tried in vain. */
  fleetKey = FLEET_KEY;
  readonly refusedKeys: (string | undefined)[] = [];
  readonly #control = new WebSocketServer({ noServer: true });
  /** While true every request fails as if the edge were down. */
  down = false;
  refusedWhileDown = 0;
  /** Bearer tokens of the nodes' newest starts, by node. */
  readonly #controlOf = new Map<string, WebSocket>();
  readonly #nodeTokens = new Map<string, string>();
  /** Sessions that nodes may relay: where they are. */
  readonly relayed = new Map<string, { nodeId: string; epoch: number; slot: number }>();

  /** The name that a node gets that asks for one; undefined: none are given. */
  nameNode: ((request: NodeNameRequest) => Promise<NodeName>) | undefined;

  /** Where a standard player is sent to that comes to a node. */
  whepWay: (request: WhepWayRequest) => Promise<string | null> = () => Promise.resolve(null);

  /** What the edge knows of saved games, and the store that has them. */
  readonly saves: TestSaves;
  readonly recordings: TestRecordings;

  private constructor(saves: TestSaves, keys: TestKeys) {
    this.saves = saves;
    this.recordings = new TestRecordings(saves.store);
    this.#keys = keys;
    this.#http = createServer((request, response) => {
      this.#answer(request).then(
        ([status, body]) => response.writeHead(status).end(status === 204 ? undefined : JSON.stringify(body)),
        (error: unknown) => response.writeHead(500).end(String(error)),
      );
    });
  }

  static async open(): Promise<TestEdge> {
    const edge = new TestEdge(await TestSaves.open(), await TestKeys.make());
    edge.#http.on('upgrade', (request, socket, head) => {
      if (edge.down || request.url !== CONTROL_PATH) socket.destroy();
      else edge.#control.handleUpgrade(request, socket, head, control => edge.#onControl(control, request));
    });
    await new Promise<void>(resolve => edge.#http.listen(0, '127.0.0.1', resolve));
    return edge;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  /** Where players reach the node that registered last. */
  get signalUrl(): string {
    const last = this.registrations.at(-1);
    if (last === undefined) throw new Error('no node has registered');
    return last.signalUrl;
  }

  signalUrlOf(nodeId: string): string {
    const found = this.registrations.findLast(registration => registration.nodeId === nodeId);
    if (found === undefined) throw new Error(`${nodeId} has not registered`);
    return found.signalUrl;
  }

  #signRelayTicket(relay: string, origin: string, of: object): Promise<string> {
    const now = Math.floor((Date.now() + this.clockAheadMs) / 1000);
    const { issuer: iss, type } = RELAY_TOKEN;
    const claims = { iss, aud: origin, sub: relay, jti: randomUUID(), iat: now, exp: now + TICKET_TTL_S };
    return this.#keys.sign({ ...claims, ...of }, 'test-key', type);
  }

  /** The token of a WHEP link. */
  whepToken(claims: Partial<TicketClaims>): Promise<string> {
    return this.ticket({ role: 'spectator', seat: null, ...claims }, 'test-key', WHEP_TOKEN.type);
  }

  ticket(claims: Partial<TicketClaims> = {}, kid = 'test-key', typ: string = TICKET_TYPE): Promise<string> {
    const now = Math.floor((Date.now() + this.clockAheadMs) / 1000);
    const { sessionId, sub, ownerId = sub, game = 'probe' } = claims;
    if (sessionId !== undefined && ownerId !== undefined) this.saves.note(sessionId, ownerId, game);
    return this.#keys.sign(
      {
        iss: TICKET_ISSUER,
        aud: this.registrations.at(-1)?.nodeId ?? 'node',
        sub: randomUUID(),
        jti: randomUUID(),
        iat: now,
        exp: now + TICKET_TTL_S,
        sessionId: randomUUID(),
        epoch: 1,
        slot: 0,
        role: 'player',
        seat: 1,
        displayName: 'Ada',
        game: 'probe',
        gameVersion: '1',
        ...claims,
      },
      kid,
      typ,
    );
  }

  /** Types of the events of one session, in order. */
  eventsOf(sessionId: string): string[] {
    return this.events
      .filter(event => event.sessionId === sessionId)
      .sort((a, b) => a.seq - b.seq)
      .map(event => (event.type === 'session_ended' ? `${event.type} ${event.reason}` : event.type));
  }

  /** Sends an order over the control channel; resolves when the node says that it was done. */
  async order(body: OrderBody, nodeId?: string): Promise<void> {
    const order = { ...body, id: randomUUID(), at: new Date(Date.now() + this.clockAheadMs).toISOString() };
    const done = Promise.withResolvers<void>();
    const control = this.#controlOf.get(nodeId ?? this.registrations.at(-1)?.nodeId ?? '');
    if (control === undefined) throw new Error('the node has no control channel');
    const hear = (data: unknown) => {
      if (String(data).includes(order.id)) done.resolve();
    };
    control.on('message', hear);
    control.send(JSON.stringify({ type: 'orders', orders: [order] }));
    await done.promise;
    control.off('message', hear);
  }

  /** No token of a node is good any more, as after its lease was lost. */
  forgetNodes(): void {
    this.#nodeTokens.clear();
  }

  /** Whether the node's control channel is up. */
  get hasControl(): boolean {
    return this.#control.clients.size > 0;
  }

  #onControl(control: WebSocket, request: IncomingMessage): void {
    const bearer = request.headers.authorization?.replace('Bearer ', '');
    const [nodeId = ''] = [...this.#nodeTokens].find(([, token]) => token === bearer) ?? [];
    this.#controlOf.set(nodeId, control);
    control.on('close', () => this.#controlOf.delete(nodeId));
    control.on('message', data => {
      if (String(data) === CONTROL_PING) control.send(CONTROL_PONG);
    });
  }

  async close(): Promise<void> {
    for (const control of this.#control.clients) control.terminate();
    this.#http.closeAllConnections();
    await new Promise(resolve => this.#http.close(resolve));
    await this.saves.close();
  }

  async #answer(request: IncomingMessage): Promise<[number, object]> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const body: unknown = text === '' ? undefined : JSON.parse(text);
    const bearer = request.headers.authorization?.replace('Bearer ', '');
    if (this.down) {
      this.refusedWhileDown += 1;
      return [503, {}];
    }
    if (request.url === fleetApi.name.path) {
      if (bearer !== this.fleetKey) {
        this.refusedKeys.push(bearer);
        return problem(401, 'node_unknown');
      }
      if (this.nameNode === undefined) return problem(404, 'naming_off');
      return [200, await this.nameNode(nodeNameRequestSchema.parse(body))];
    }
    if (request.url === '/node/v1/register') {
      if (bearer !== this.fleetKey) {
        this.refusedKeys.push(bearer);
        return problem(401, 'node_unknown');
      }
      const registration = registerNodeRequestSchema.parse(body);
      this.registrations.push(registration);
      const nodeToken = randomUUID();
      this.#nodeTokens.set(registration.nodeId, nodeToken);
      return [
        200,
        {
          nodeToken,
          jwks: this.#keys.jwks,
          heartbeatSeconds: 0.3,
          leaseSeconds: 15,
          now: Date.now() + this.clockAheadMs,
        },
      ];
    }
    const [nodeId] = [...this.#nodeTokens].find(([, token]) => token === bearer) ?? [];
    if (nodeId === undefined) return problem(401, 'node_unknown');
    if (request.url === '/node/v1/relays') {
      const { sessionId } = z.object({ sessionId: z.uuid() }).parse(body);
      const origin = this.relayed.get(sessionId);
      if (origin === undefined) return problem(409, 'session_not_held');
      const { epoch, slot } = origin;
      const signalUrl = this.signalUrlOf(origin.nodeId);
      const ticket = await this.#signRelayTicket(nodeId, origin.nodeId, { sessionId, epoch, slot });
      return [200, { ticket, signalUrl, epoch }];
    }
    if (request.url === '/node/v1/whep-ways') {
      const asked = whepWayRequestSchema.parse(body);
      return [200, { url: await this.whepWay(asked) }];
    }
    if (request.url === '/node/v1/heartbeat') {
      const heartbeat = heartbeatRequestSchema.parse(body);
      this.heartbeats.push(heartbeat);
      this.orders = this.orders.filter(({ id }) => !heartbeat.doneOrders.includes(id));
      return [
        200,
        {
          leaseSeconds: 15,
          jwks: this.#keys.jwks,
          endSessions: this.endSessions,
          orders: this.orders,
          reservedUntil: this.reservedUntil,
          now: Date.now() + this.clockAheadMs,
        },
      ];
    }
    if (request.url?.startsWith('/node/v1/saves')) {
      return this.saves.answer(request.method ?? '', request.url, body);
    }
    if (request.url?.startsWith('/node/v1/recordings')) return this.recordings.answer(request.url, body);
    if (request.url === '/node/v1/events') {
      const { events } = eventsRequestSchema.parse(body);
      this.events.push(...events);
      return [202, { accepted: events.length }];
    }
    if (request.url === '/node/v1/leave') {
      this.hasLeft = true;
      return [204, {}];
    }
    return problem(404, 'not_found');
  }
}

function problem(status: number, code: string): [number, object] {
  return [status, { type: `urn:nearcade:error:${code}`, title: code, status, detail: code, code }];
}
