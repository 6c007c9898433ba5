import { z } from 'zod';
import { boardIdSchema, MAX_BOARDS, scoreSchema } from '../leaderboards.ts';
import { endReasonSchema } from '../lifecycles.ts';
import { MAX_SEATS } from '../manifest.ts';
import { relayWaySchema } from '../relay.ts';
import { whepWayRequestSchema, whepWaySchema } from '../whep.ts';
import { endpoint } from './endpoint.ts';
import { CONTROL_PATH, MAX_ORDERS_AT_ONCE, nodeOrderSchema } from './orders.ts';

/** Between node and edge, under /node/v1. Never a player's token: registration takes the fleet's key, all else the node's own. */

export const nodeIdSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'lower-case letters, digits and hyphens');

export const registerNodeRequestSchema = z.object({
  nodeId: nodeIdSchema,
  /** New at each start of the program: an older boot's token stops working. */
  bootId: z.uuid(),
  region: z.string().min(1).max(32),
  /** WebSocket address that players reach. */
  signalUrl: z.url({ protocol: /^wss?$/ }),
  slots: z.int().min(1).max(256),
  version: z.string().max(64),
  games: z.array(z.object({ slug: z.string(), version: z.string() })).max(1000),
  /** Shows sessions of other nodes to spectators (shared/relay.ts). Nodes of before do not say so. */
  canRelay: z.boolean().optional(),
});
export type RegisterNodeRequest = z.infer<typeof registerNodeRequestSchema>;

/** JSON Web Key (RFC 7517) of kind OKP/Ed25519 (RFC 8037), public part. */
export const publicJwkSchema = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string(),
  kid: z.string(),
  alg: z.literal('EdDSA').optional(),
  use: z.literal('sig').optional(),
});
export const jwksSchema = z.object({ keys: z.array(publicJwkSchema) });
export type Jwks = z.infer<typeof jwksSchema>;

export const registerNodeResponseSchema = z.object({
  /** Bearer token for heartbeat and events of this boot. */
  nodeToken: z.string(),
  /** Keys that tickets are signed with. */
  jwks: jwksSchema,
  heartbeatSeconds: z.number(),
  leaseSeconds: z.number(),
  /** The edge's clock, milliseconds since 1970: the node goes by it, so that its own may be wrong. */
  now: z.int(),
});
export type RegisterNodeResponse = z.infer<typeof registerNodeResponseSchema>;

export const nodeNameRequestSchema = z.object({
  /** Becomes a DNS label (RFC 1035, 2.3.1): no hyphen at its end. */
  nodeId: nodeIdSchema.refine(id => !id.endsWith('-'), 'no hyphen at its end'),
  bootId: z.uuid(),
  /** Public, and the one that the request comes from. Another of the other family is another request, by the same start. */
  address: z.union([z.ipv4(), z.ipv6()]),
});
export type NodeNameRequest = z.infer<typeof nodeNameRequestSchema>;

export const nodeNameSchema = z.object({
  hostname: z.hostname(),
  /** Seconds for which the zone has had it as it is now: a resolver far away may not know the newest yet. */
  ageSeconds: z.number().nonnegative(),
});
export type NodeName = z.infer<typeof nodeNameSchema>;

export const nodeLoadSchema = z.object({
  /** 0 to 1 of all cores. */
  cpu: z.number().min(0).max(1),
  /** Cores that new sessions may still take together, by the node's own measurement. */
  freeCores: z.number().optional(),
  sessions: z.int().nonnegative(),
  viewers: z.int().nonnegative(),
});
export type NodeLoad = z.infer<typeof nodeLoadSchema>;

export const heartbeatRequestSchema = z.object({
  state: z.enum(['ready', 'draining']),
  load: nodeLoadSchema,
  /** Sessions that the node holds, with the epoch it knows: the edge answers which of them it no longer counts as live. */
  sessions: z.array(z.object({ sessionId: z.uuid(), epoch: z.int() })).max(256),
  /** Slugs of games of which one more session would be felt by those who play: it is given none. */
  fullFor: z.array(z.string().max(64)).max(1000).default([]),
  /** Sessions whose host came and was refused for that: they go elsewhere. */
  turnedAway: z
    .array(z.object({ sessionId: z.uuid(), epoch: z.int() }))
    .max(256)
    .default([]),
  /** Orders that were carried out since the last heartbeat that was answered. */
  doneOrders: z.array(z.uuid()).max(MAX_ORDERS_AT_ONCE).default([]),
});
export type HeartbeatRequest = z.input<typeof heartbeatRequestSchema>;

export const heartbeatResponseSchema = z.object({
  leaseSeconds: z.number(),
  jwks: jwksSchema,
  /** Sessions to end: the edge has given them up or a newer epoch holds the slot. */
  endSessions: z.array(z.uuid()),
  /** Orders that were not acknowledged yet, oldest first. */
  orders: z.array(nodeOrderSchema),
  /** Until when slots of it are kept for hosts who have not come yet, milliseconds since 1970 by the edge's clock; null: none is. */
  reservedUntil: z.int().nullable().default(null),
  /** The edge's clock, milliseconds since 1970. */
  now: z.int(),
});
export type HeartbeatResponse = z.infer<typeof heartbeatResponseSchema>;

const eventBase = {
  /** Unique: the consumer deduplicates by it. */
  id: z.uuid(),
  sessionId: z.uuid(),
  epoch: z.int(),
  /** Counts up from 1 within a session and epoch; delivery may reorder. */
  seq: z.int().positive(),
  /** ISO 8601, the node's clock. */
  at: z.iso.datetime(),
};

export const nodeEventSchema = z.discriminatedUnion('type', [
  z.object({ ...eventBase, type: z.literal('session_starting') }),
  z.object({ ...eventBase, type: z.literal('session_playing') }),
  z.object({ ...eventBase, type: z.literal('session_reconnecting') }),
  z.object({ ...eventBase, type: z.literal('session_ended'), reason: endReasonSchema }),
  z.object({ ...eventBase, type: z.literal('viewer_joined'), userId: z.uuid(), seat: z.int().nullable() }),
  z.object({
    ...eventBase,
    type: z.literal('viewer_left'),
    userId: z.uuid(),
    seat: z.int().nullable(),
    /** True when a player gave the seat up (`quit`): it is free for others, and they may start another game. */
    quit: z.boolean().optional(),
  }),
  /** The game has reported the end of a match. */
  z.object({
    ...eventBase,
    type: z.literal('match_ended'),
    matchId: z.uuid(),
    startedAt: z.iso.datetime(),
    players: z
      .array(
        z.object({
          userId: z.uuid(),
          seat: z.int().positive(),
          /** 1 is the winner's. */
          place: z.int().positive().nullable(),
          scores: z.array(z.object({ board: boardIdSchema, value: scoreSchema })).max(MAX_BOARDS),
        }),
      )
      .min(1)
      .max(MAX_SEATS),
  }),
]);
export type NodeEvent = z.infer<typeof nodeEventSchema>;
/** The events that a session's state follows. */
export type SessionReport = Exclude<NodeEvent, { type: 'match_ended' }>;

/** Events in one request; a node that was cut off sends its backlog in several. */
export const MAX_EVENTS_PER_REQUEST = 100;

export const eventsRequestSchema = z.object({
  events: z.array(nodeEventSchema).min(1).max(MAX_EVENTS_PER_REQUEST),
});
export const eventsResponseSchema = z.object({ accepted: z.int() });

const nodes = { tag: 'Nodes' } as const;

export const fleetApi = {
  name: endpoint({
    ...nodes,
    method: 'post',
    path: '/node/v1/name',
    summary:
      'A media node asks for its public name, which leads to its address from then on; may be asked again',
    access: 'registration',
    body: nodeNameRequestSchema,
    response: nodeNameSchema,
  }),
  register: endpoint({
    ...nodes,
    method: 'post',
    path: '/node/v1/register',
    summary: 'A media node has started: its own token and the keys of tickets',
    access: 'registration',
    body: registerNodeRequestSchema,
    response: registerNodeResponseSchema,
  }),
  heartbeat: endpoint({
    ...nodes,
    method: 'post',
    path: '/node/v1/heartbeat',
    summary: 'Extend the lease; learn which sessions to end',
    access: 'node',
    body: heartbeatRequestSchema,
    response: heartbeatResponseSchema,
  }),
  events: endpoint({
    ...nodes,
    method: 'post',
    path: '/node/v1/events',
    summary: 'What happened in sessions; may be sent again',
    access: 'node',
    remembered: true,
    body: eventsRequestSchema,
    status: 202,
    response: eventsResponseSchema,
  }),
  relays: endpoint({
    ...nodes,
    method: 'post',
    path: '/node/v1/relays',
    summary: 'The way to a session of another node, for whose spectators this one is the relay',
    access: 'node',
    /** `ticket`: of a standard player that was sent on to here, who is no member of the session. */
    body: z.object({ sessionId: z.uuid(), ticket: z.string().max(4096).optional() }),
    response: relayWaySchema,
  }),
  whepWays: endpoint({
    ...nodes,
    method: 'post',
    path: '/node/v1/whep-ways',
    summary: 'Where a standard player (WHEP) had better watch from that has come to this node',
    access: 'node',
    body: whepWayRequestSchema,
    response: whepWaySchema,
  }),
  /** What goes over it: shared/api/orders.ts. */
  control: endpoint({
    ...nodes,
    method: 'get',
    path: CONTROL_PATH,
    summary: "The node's WebSocket, by which orders reach it at once",
    access: 'node',
    upgrade: true,
  }),
  leave: endpoint({
    ...nodes,
    method: 'post',
    path: '/node/v1/leave',
    summary: 'The node goes for good: what it still held has ended',
    access: 'node',
  }),
} as const;
