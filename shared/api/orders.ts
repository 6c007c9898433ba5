import { z } from 'zod';
import { END_REASONS } from '../lifecycles.ts';
import { seatRightsSchema } from '../seat-rights.ts';
import { roleSchema } from '../ticket.ts';

/**
 * What the edge orders a node to do with what runs already. An order is kept in Postgres until the node has acknowledged
 * it, and reaches it by its control channel at once or with the next heartbeat: at least once, so applying it twice changes nothing.
 */
const orderBase = {
  id: z.uuid(),
  /** When it was given, ISO 8601: tickets that were signed before it do not undo it. */
  at: z.iso.datetime(),
};

/** Why somebody is put out of a session that runs. */
export const REVOKE_REASONS = ['kicked', 'banned', 'access_denied', 'signed_out', 'left'] as const;
export type RevokeReason = (typeof REVOKE_REASONS)[number];

export const nodeOrderSchema = z.discriminatedUnion('type', [
  /** Take no new session, tell players; what still plays at `deadline` (ISO 8601) ends. Null: whenever it ends by itself. */
  z.object({ ...orderBase, type: z.literal('drain'), deadline: z.iso.datetime().nullable() }),
  z.object({ ...orderBase, type: z.literal('undrain') }),
  z.object({
    ...orderBase,
    type: z.literal('end_session'),
    sessionId: z.uuid(),
    epoch: z.int().positive(),
    reason: z.enum(END_REASONS),
  }),
  /** Cuts the user's sockets: in one session, or in all when `sessionId` is null. */
  z.object({
    ...orderBase,
    type: z.literal('revoke'),
    userId: z.uuid(),
    sessionId: z.uuid().nullable(),
    reason: z.enum(REVOKE_REASONS),
  }),
  /** The links to the session for standard players (WHEP) that the user has made until now are worth nothing any more; who watches by one is cut. */
  z.object({ ...orderBase, type: z.literal('void_links'), sessionId: z.uuid(), userId: z.uuid() }),
  /** The user has another place now, or became or ceased to be the host: on the connection that they have, if they have one. */
  z.object({
    ...orderBase,
    type: z.literal('set_place'),
    sessionId: z.uuid(),
    userId: z.uuid(),
    role: roleSchema,
    seat: z.int().positive().nullable(),
    host: z.boolean(),
    /** What the seat may do; nothing where there is none. */
    rights: seatRightsSchema,
    /** The state of the session's seating that this is of: older ones do not count. */
    seating: z.int().nonnegative(),
  }),
  /** What a seat may do from now on, whoever has it, without a new ticket. */
  z.object({
    ...orderBase,
    type: z.literal('set_rights'),
    sessionId: z.uuid(),
    seat: z.int().positive(),
    rights: seatRightsSchema,
    /** The state of the session's seating that they are of: older ones do not count. */
    seating: z.int().nonnegative(),
  }),
]);
export type NodeOrder = z.infer<typeof nodeOrderSchema>;

/** An order before it was given. */
export type OrderBody = NodeOrder extends infer Order
  ? Order extends NodeOrder
    ? Omit<Order, 'id' | 'at'>
    : never
  : never;

/** Orders in one message or answer; the rest follows when these are acknowledged. */
export const MAX_ORDERS_AT_ONCE = 100;

/**
 * The node's control channel: a WebSocket to this path with the node's bearer token, JSON messages. `ping` and
 * `pong` are bare text: the edge answers them without waking up.
 */
export const CONTROL_PATH = '/node/v1/control';
export const CONTROL_PING = 'ping';
export const CONTROL_PONG = 'pong';

/** Seconds between the node's pings, and without an answer after which it connects anew. */
export const CONTROL_PING_S = 10;
export const CONTROL_TIMEOUT_S = 25;

/** Close codes (RFC 6455: 4000-4999 are ours). */
export const CONTROL_CLOSE = { replaced: 4002, protocol: 4004 } as const;

export const controlFromEdgeSchema = z.object({
  type: z.literal('orders'),
  orders: z.array(nodeOrderSchema).max(MAX_ORDERS_AT_ONCE),
});
export type ControlFromEdge = z.infer<typeof controlFromEdgeSchema>;

export const controlFromNodeSchema = z.object({
  type: z.literal('done'),
  ids: z.array(z.uuid()).max(MAX_ORDERS_AT_ONCE),
});
export type ControlFromNode = z.infer<typeof controlFromNodeSchema>;
