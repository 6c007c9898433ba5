import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { pageOf, pageQuerySchema } from './page.ts';
import { saveSchema } from './saves.ts';

/** Shared moments of one player that are good at a time. */
export const SAVE_SHARES_MAX = 50;

export const saveShareTokenSchema = z.string().regex(/^[A-Za-z0-9_-]{22}$/, 'the last part of a moment link');

export const createSaveShareRequestSchema = z.object({
  /** Players who may begin with it. */
  uses: z.int().min(1).max(1000).default(100),
  /** Seconds that the link is good for: a minute at least, thirty days at most, a week unless said otherwise. */
  expiresIn: z
    .int()
    .min(60)
    .max(30 * 24 * 3600)
    .default(7 * 24 * 3600),
});

export const saveShareSchema = z.object({
  id: z.uuid(),
  game: z.string(),
  /** The link is `/moment/<token>`. Null when it can't be shown again: the keys that it was made with are out of use. */
  token: saveShareTokenSchema.nullable(),
  uses: z.int().positive(),
  usesLeft: z.int().nonnegative(),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
});
export type SaveShare = z.infer<typeof saveShareSchema>;

export const saveSharePreviewSchema = z.object({
  game: z.string(),
  gameTitle: z.string(),
  from: z.object({ id: z.uuid(), displayName: z.string() }),
  /** When the moment was shared. */
  sharedAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
});
export type SaveSharePreview = z.infer<typeof saveSharePreviewSchema>;

const shares = { tag: 'Shared moments', access: 'player' } as const;
const withToken = z.object({ token: saveShareTokenSchema });

/** A link to a save, from which others begin with a copy of their own. */
export const saveSharesApi = {
  create: endpoint({
    ...shares,
    method: 'post',
    path: '/v1/saves/{id}/shares',
    summary: 'Make a link to one of my saves as it is now; it stays good when I save on, or delete the save',
    idempotent: true,
    params: z.object({ id: z.uuid() }),
    body: createSaveShareRequestSchema,
    status: 201,
    response: saveShareSchema,
  }),
  mine: endpoint({
    ...shares,
    method: 'get',
    path: '/v1/save-shares',
    summary: 'My shared moments that are still good, the newest first',
    query: pageQuerySchema,
    response: pageOf(saveShareSchema),
  }),
  revoke: endpoint({
    ...shares,
    method: 'delete',
    path: '/v1/save-shares/{id}',
    summary: 'Make a link of mine good for nothing; copies that were made stay',
    params: z.object({ id: z.uuid() }),
  }),
  preview: endpoint({
    ...shares,
    method: 'post',
    path: '/v1/save-shares/preview',
    summary: 'Which game a link is of, and whose',
    body: withToken,
    response: saveSharePreviewSchema,
  }),
  use: endpoint({
    ...shares,
    method: 'post',
    path: '/v1/save-shares/use',
    summary:
      'Have a copy among my own saves, to begin a session with. Asked again while I have it, it is the same one',
    body: withToken,
    response: saveSchema,
  }),
} as const;
