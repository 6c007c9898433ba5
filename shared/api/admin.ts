import { z } from 'zod';
import { errorCodeSchema } from '../errors.ts';
import { endpoint } from './endpoint.ts';
import { pageOf, pageQuery } from './page.ts';
import { lineSchema } from './text.ts';
import { momentSchema } from './time.ts';

/** What operators do. Each of them goes into the audit log, also when it fails. */
export const ACTS = [
  'player.reset',
  'player.kick',
  'player.ban',
  'player.unban',
  'player.sign_out',
  'player.role',
  'wallet.top_up',
  'wallet.reverse',
  'session.end',
  'node.drain',
  'node.undrain',
  'dead_letter.replay',
  'dead_letter.discard',
  'mail.requeue',
  'mail.requeue_all',
  'platform.announce',
  'platform.maintenance',
  'platform.minimum_version',
  'platform.allow_only',
  'access_rule.add',
  'access_rule.remove',
] as const;
export type ActName = (typeof ACTS)[number];

/** What they are done to. */
export const TARGET_KINDS = [
  'player',
  'session',
  'node',
  'dead_letter',
  'mail',
  'platform',
  'access_rule',
] as const;
export type TargetKind = (typeof TARGET_KINDS)[number];

/**
 * `begun`: noted before it is done, so that no act is without its entry. `unknown`: whoever did it was cut off; look at the target.
 */
export const ACT_OUTCOMES = ['begun', 'done', 'failed', 'unknown'] as const;
export type ActOutcome = (typeof ACT_OUTCOMES)[number];

/** Why an act is done: for the log, and where a player is told, for the player. */
export const actReasonSchema = lineSchema(1, 500);

/** What an act needs beside its own fields. */
export const actBody = { reason: actReasonSchema };
export const actBodySchema = z.object(actBody);

const targetIdSchema = z.string().min(1).max(128);
const stateSchema = z.record(z.string(), z.unknown()).nullable();

export const auditEntrySchema = z.object({
  id: z.uuid(),
  actor: z.object({ id: z.uuid(), displayName: z.string() }),
  act: z.enum(ACTS),
  target: z.object({ kind: z.enum(TARGET_KINDS), id: z.string() }),
  /** The target's state, as far as the act changes it; null when there is none. */
  before: stateSchema,
  after: stateSchema,
  reason: z.string(),
  outcome: z.enum(ACT_OUTCOMES),
  /** Why it failed. */
  error: errorCodeSchema.nullable(),
  /** Of the request that it came with, as in the logs. */
  requestId: z.string(),
  at: z.iso.datetime(),
  finishedAt: z.iso.datetime().nullable(),
});
export type AuditEntry = z.infer<typeof auditEntrySchema>;

export const auditQuerySchema = z.object({
  ...pageQuery,
  actor: z.uuid().optional(),
  act: z.enum(ACTS).optional(),
  targetKind: z.enum(TARGET_KINDS).optional(),
  targetId: targetIdSchema.optional(),
  outcome: z.enum(ACT_OUTCOMES).optional(),
  /** ISO 8601: entries from then on, and before then. */
  from: momentSchema.optional(),
  to: momentSchema.optional(),
});
export type AuditQuery = z.output<typeof auditQuerySchema>;

export const adminReads = { tag: 'Admin', access: 'admin:read', method: 'get' } as const;
/** An act answers its entry in the audit log; done twice, the first one. */
export const adminActs = {
  tag: 'Admin',
  access: 'admin:act',
  method: 'post',
  idempotent: true,
  response: auditEntrySchema,
} as const;

export const adminAuditApi = {
  audit: endpoint({
    ...adminReads,
    path: '/v1/admin/audit',
    summary: 'The audit log, newest first: who did what, with what before and after',
    query: auditQuerySchema,
    response: pageOf(auditEntrySchema),
  }),
} as const;
