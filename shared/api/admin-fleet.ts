import { z } from 'zod';
import { endReasonSchema, nodeStateSchema, sessionStateSchema } from '../lifecycles.ts';
import { actBody, actBodySchema, adminActs, adminReads } from './admin.ts';
import { endpoint } from './endpoint.ts';
import { nodeIdSchema, nodeLoadSchema } from './fleet.ts';
import { pageOf, pageQuery } from './page.ts';

const momentSchema = z.iso.datetime();
const regionSchema = z.string().min(1).max(32);

export const adminNodeSchema = z.object({
  id: z.string(),
  region: z.string(),
  state: nodeStateSchema,
  version: z.string(),
  slots: z.int(),
  slotsInUse: z.int(),
  sessions: z.array(z.uuid()),
  /** Null when the node was not heard of lately. */
  load: nodeLoadSchema.nullable(),
  leaseExpiresAt: momentSchema,
  registeredAt: momentSchema,
  /** Set when an operator has drained it. */
  drainOrderedAt: momentSchema.nullable(),
  drainDeadline: momentSchema.nullable(),
});
export type AdminNode = z.infer<typeof adminNodeSchema>;

export const adminSessionSchema = z.object({
  id: z.uuid(),
  game: z.string(),
  gameVersion: z.string(),
  state: sessionStateSchema,
  endReason: endReasonSchema.nullable(),
  /** Null before it had a node. */
  region: z.string().nullable(),
  nodeId: z.string().nullable(),
  ownerId: z.uuid(),
  roomNumber: z.string(),
  players: z.int(),
  spectators: z.int(),
  createdAt: momentSchema,
  startedAt: momentSchema.nullable(),
  endedAt: momentSchema.nullable(),
});
export type AdminSession = z.infer<typeof adminSessionSchema>;

export const nodesQuerySchema = z.object({
  ...pageQuery,
  state: nodeStateSchema.optional(),
  region: regionSchema.optional(),
});

export const sessionsQuerySchema = z.object({
  ...pageQuery,
  /** `live`: all that have not ended. */
  state: z.union([sessionStateSchema, z.literal('live')]).optional(),
  game: z.string().min(1).max(64).optional(),
  region: regionSchema.optional(),
  node: nodeIdSchema.optional(),
});

const nodeParams = z.object({ nodeId: nodeIdSchema });

export const adminFleetApi = {
  nodes: endpoint({
    ...adminReads,
    path: '/v1/admin/nodes',
    summary: 'Media nodes with their slots, load and sessions',
    query: nodesQuerySchema,
    response: pageOf(adminNodeSchema),
  }),
  drain: endpoint({
    ...adminActs,
    path: '/v1/admin/nodes/{nodeId}/drain',
    summary: 'Give a node no new sessions; what still plays at the deadline ends (null: by itself)',
    params: nodeParams,
    body: z.object({ ...actBody, deadline: z.iso.datetime({ offset: true }).nullable() }),
  }),
  undrain: endpoint({
    ...adminActs,
    path: '/v1/admin/nodes/{nodeId}/undrain',
    summary: 'Let a drained node take sessions again',
    params: nodeParams,
    body: actBodySchema,
  }),
  sessions: endpoint({
    ...adminReads,
    path: '/v1/admin/sessions',
    summary: 'Sessions, newest first',
    query: sessionsQuerySchema,
    response: pageOf(adminSessionSchema),
  }),
  endSession: endpoint({
    ...adminActs,
    path: '/v1/admin/sessions/{sessionId}/end',
    summary: 'End a session, or take it out of the queue',
    params: z.object({ sessionId: z.uuid() }),
    body: actBodySchema,
  }),
} as const;
