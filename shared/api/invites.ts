import { z } from 'zod';
import { roleSchema } from '../ticket.ts';
import { endpoint } from './endpoint.ts';
import { pageOf, pageQuerySchema } from './page.ts';
import { entrySchema } from './play.ts';

/** What a link leads to. */
export const INVITE_TARGETS = ['session', 'party', 'club'] as const;
export type InviteTarget = (typeof INVITE_TARGETS)[number];
const targetSchema = z.enum(INVITE_TARGETS);

export const inviteTokenSchema = z.string().regex(/^[A-Za-z0-9_-]{22}$/, 'the last part of an invite link');

/** A link is good for a minute at least and thirty days at most, a day unless said otherwise. */
const lifetimeSchema = z
  .int()
  .min(60)
  .max(30 * 24 * 3600)
  .default(24 * 3600);

export const createInviteRequestSchema = z.object({
  to: targetSchema,
  /** The session's, party's or club's. */
  id: z.uuid(),
  /** As what a session is joined. */
  role: roleSchema.default('player'),
  /** Players who may come by it. */
  uses: z.int().min(1).max(1000).default(10),
  /** Seconds that it is good for. */
  expiresIn: lifetimeSchema,
});

export const inviteSchema = z.object({
  id: z.uuid(),
  to: targetSchema,
  targetId: z.uuid(),
  role: roleSchema,
  /** The link is `/invite/<token>`. Null when it can't be shown again: the keys that it was made with are out of use. */
  token: inviteTokenSchema.nullable(),
  uses: z.int().positive(),
  usesLeft: z.int().nonnegative(),
  createdAt: z.string(),
  expiresAt: z.string(),
});
export type Invite = z.infer<typeof inviteSchema>;

export const invitePreviewSchema = z.object({
  to: targetSchema,
  role: roleSchema,
  /** The game's, or the club's name; null for a party. */
  title: z.string().nullable(),
  from: z.object({ id: z.uuid(), displayName: z.string() }),
  expiresAt: z.string(),
});

export const invitedSchema = z.object({
  to: targetSchema,
  id: z.uuid(),
  /** The way into a session. */
  entry: entrySchema.nullable(),
});

const invites = { tag: 'Invite links', access: 'player' } as const;
const withToken = z.object({ token: inviteTokenSchema });

export const invitesApi = {
  create: endpoint({
    ...invites,
    method: 'post',
    path: '/v1/invites',
    summary: 'Make a link into my session, my party or a club of which I am an officer',
    idempotent: true,
    body: createInviteRequestSchema,
    status: 201,
    response: inviteSchema,
  }),
  mine: endpoint({
    ...invites,
    method: 'get',
    path: '/v1/invites',
    summary: 'My links that are still good, the newest first',
    query: pageQuerySchema,
    response: pageOf(inviteSchema),
  }),
  revoke: endpoint({
    ...invites,
    method: 'delete',
    path: '/v1/invites/{id}',
    summary: 'Make a link of mine good for nothing',
    params: z.object({ id: z.uuid() }),
  }),
  preview: endpoint({
    ...invites,
    method: 'post',
    path: '/v1/invites/preview',
    summary: 'What a link leads to and whose it is',
    body: withToken,
    response: invitePreviewSchema,
  }),
  use: endpoint({
    ...invites,
    method: 'post',
    path: '/v1/invites/use',
    summary: 'Come in by a link. Whoever has come by it once may again, without using it up',
    idempotent: true,
    body: withToken,
    response: invitedSchema,
  }),
} as const;
