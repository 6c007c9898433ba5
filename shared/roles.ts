import { z } from 'zod';

/** What an account may do beside playing. Everybody is a player; an account has one of these. */
export const ROLES_OF_ACCOUNTS = ['player', 'developer', 'operator', 'admin'] as const;
export const accountRoleSchema = z.enum(ROLES_OF_ACCOUNTS);
export type AccountRole = z.infer<typeof accountRoleSchema>;

/** Reads and acts are apart, so that somebody can watch the numbers without being able to touch anything. */
export const PERMISSIONS = [
  /** Register games, upload and publish builds. */
  'builds:write',
  /** The same for the games of every developer, and the platform's own. */
  'builds:write_all',
  /** Numbers, players' states, the audit log. */
  'admin:read',
  /** Kick, ban, reset, announce, drain, end, maintenance, lists. */
  'admin:act',
  /** Put credits into a wallet. */
  'wallet:top_up',
  /** Give and take roles. */
  'roles:grant',
] as const;
export type Permission = (typeof PERMISSIONS)[number];

export const PERMISSIONS_OF_ROLE: Readonly<Record<AccountRole, readonly Permission[]>> = {
  player: [],
  developer: ['builds:write'],
  operator: ['admin:read', 'admin:act', 'wallet:top_up'],
  admin: PERMISSIONS,
};

export function hasPermission(role: AccountRole, permission: Permission): boolean {
  return PERMISSIONS_OF_ROLE[role].includes(permission);
}
