import { z } from 'zod';
import { actBodySchema, adminActs, adminReads } from './admin.ts';
import { endpoint } from './endpoint.ts';
import { pageOf, pageQuerySchema } from './page.ts';

/** What was given up and waits for an operator: nodes' events that nobody could take, mails that nobody could send. */

const momentSchema = z.iso.datetime();

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
  /** Until when it can be sent again: after that its link has run out. Null when its text is gone. */
  sendableUntil: momentSchema.nullable(),
  error: z.string().nullable(),
});
export type UnsentMail = z.infer<typeof unsentMailSchema>;

const letterParams = z.object({ letterId: z.string().min(1).max(128) });

export const adminBacklogApi = {
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
    params: letterParams,
    body: actBodySchema,
  }),
  discard: endpoint({
    ...adminActs,
    path: '/v1/admin/dead-letters/{letterId}/discard',
    summary: 'Throw a dead letter away; the audit log keeps what it said',
    params: letterParams,
    body: actBodySchema,
  }),
  unsentMails: endpoint({
    ...adminReads,
    path: '/v1/admin/unsent-mails',
    summary: 'Mails that were given up, newest first, with what kept them from being sent',
    query: pageQuerySchema,
    response: pageOf(unsentMailSchema),
  }),
  requeueMail: endpoint({
    ...adminActs,
    path: '/v1/admin/unsent-mails/{mailId}/requeue',
    summary: 'Try a mail again that was given up, unless it has run out',
    params: z.object({ mailId: z.uuid() }),
    body: actBodySchema,
  }),
  requeueMails: endpoint({
    ...adminActs,
    path: '/v1/admin/unsent-mails/requeue',
    summary: 'Try all mails again that were given up and have not run out',
    body: actBodySchema,
  }),
} as const;
