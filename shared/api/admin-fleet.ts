import { z } from 'zod';
import { endReasonSchema, nodeStateSchema, sessionStateSchema } from '../lifecycles.ts';
import { actBody, actBodySchema, adminActs, adminReads } from './admin.ts';
import { endpoint } from './endpoint.ts';
import { nodeIdSchema, nodeLoadSchema } from './fleet.ts';
import { pageOf, pageQuery, pageQuerySchema } from './page.ts';

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

/** What the queue of nodes' events gave up. */
export const deadLetterSchema = z.object({
  id: z.string(),
  body: z.unknown(),
  createdAt: momentSchema,
  replayedAt: momentSchema.nullable(),
});
export type DeadLetter = z.infer<typeof deadLetterSchema>;

export const unsentMailSchema = z.object({
  id: z.uuid(),
  recipient: z.string(),
  subject: z.string(),
  attempts: z.int(),
  createdAt: momentSchema,
  failedAt: momentSchema,
  error: z.string().nullable(),
});
export type UnsentMail = z.infer<typeof unsentMailSchema>;

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
  deadLetters: endpoint({
    ...adminReads,
    path: '/v1/admin/dead-letters',
    summary: "Nodes' events that the queue gave up, newest first",
    query: pageQuerySchema,
    response: pageOf(deadLetterSchema),
  }),
  replay: endpoint({
    ...adminActs,
    path: '/v1/admin/dead-letters/{letterId}/replay',
    summary: 'Put a dead letter into the queue again',
    params: z.object({ letterId: z.string().min(1).max(128) }),
    body: actBodySchema,
  }),
  unsentMails: endpoint({
    ...adminReads,
    path: '/v1/admin/unsent-mails',
    summary: 'Mails that were given up, newest first, with what kept them from being sent',
    query: pageQuerySchema,
    response: pageOf(unsentMailSchema),
  }),
} as const;
