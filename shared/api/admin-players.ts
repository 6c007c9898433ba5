import { z } from 'zod';
import { accountRoleSchema } from '../roles.ts';
import { actBody, actBodySchema, adminActs, adminReads } from './admin.ts';
import { endpoint } from './endpoint.ts';
import { pageOf, pageQuery } from './page.ts';
import { currentPlaceSchema } from './play.ts';
import { presenceSchema } from './presence.ts';
import { walletSchema } from './wallet.ts';

const momentSchema = z.iso.datetime();

/** An account as operators see it. */
export const adminAccountSchema = z.object({
  id: z.uuid(),
  email: z.string().nullable(),
  emailVerified: z.boolean(),
  displayName: z.string(),
  role: accountRoleSchema,
  guest: z.boolean(),
  createdAt: momentSchema,
  deletedAt: momentSchema.nullable(),
  banned: z.boolean(),
  /** Null: without end, or no ban. */
  bannedUntil: momentSchema.nullable(),
  banReason: z.string().nullable(),
  /** Devices that are signed in. */
  signIns: z.int().nonnegative(),
  lastUsedAt: momentSchema.nullable(),
});
export type AdminAccount = z.infer<typeof adminAccountSchema>;

/** All that operators look at when a player asks for help. */
export const playerStateSchema = z.object({
  account: adminAccountSchema,
  /** Where they are signed in, the last used first. */
  devices: z.array(
    z.object({ id: z.uuid(), device: z.string(), createdAt: momentSchema, lastUsedAt: momentSchema }),
  ),
  /** The session that they are in, or wait for. */
  current: currentPlaceSchema.nullable(),
  /** Null when Redis can't be asked. */
  presence: presenceSchema.nullable(),
  wallet: walletSchema,
  partyId: z.uuid().nullable(),
});
export type PlayerState = z.infer<typeof playerStateSchema>;

const params = z.object({ userId: z.uuid() });

export const adminPlayersApi = {
  find: endpoint({
    ...adminReads,
    path: '/v1/admin/players',
    summary: 'Accounts by id, or by the beginning of their e-mail address or name',
    query: z.object({ ...pageQuery, q: z.string().max(320).default('') }),
    response: pageOf(adminAccountSchema),
  }),
  state: endpoint({
    ...adminReads,
    path: '/v1/admin/players/{userId}',
    summary:
      "A player's whole state: account, devices, session or place in the queue, presence, credits, party",
    params,
    response: playerStateSchema,
  }),
  reset: endpoint({
    ...adminActs,
    path: '/v1/admin/players/{userId}/reset',
    summary: 'Free a player who is stuck: out of session, queue and party',
    params,
    body: actBodySchema,
  }),
  kick: endpoint({
    ...adminActs,
    path: '/v1/admin/players/{userId}/kick',
    summary: 'Put a player out of their session, or off the platform: then every device is signed out too',
    params,
    body: z.object({ ...actBody, from: z.enum(['session', 'platform']) }),
  }),
  ban: endpoint({
    ...adminActs,
    path: '/v1/admin/players/{userId}/ban',
    summary: 'Keep a player out until a moment, or without end. The reason is shown to them',
    params,
    body: z.object({ ...actBody, until: z.iso.datetime({ offset: true }).nullable() }),
  }),
  unban: endpoint({
    ...adminActs,
    path: '/v1/admin/players/{userId}/unban',
    summary: 'Lift a ban',
    params,
    body: actBodySchema,
  }),
  signOut: endpoint({
    ...adminActs,
    path: '/v1/admin/players/{userId}/sign-out',
    summary: 'Sign a player out on every device',
    params,
    body: actBodySchema,
  }),
  setRole: endpoint({
    ...adminActs,
    access: 'roles:grant',
    path: '/v1/admin/players/{userId}/role',
    summary: 'Give an account a role; nobody gives or takes more than they have',
    params,
    body: z.object({ ...actBody, role: accountRoleSchema }),
  }),
} as const;
