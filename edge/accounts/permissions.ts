import { and, eq, isNull } from 'drizzle-orm';
import type { Services } from '#edge/services.ts';
import { signIns, users } from '#edge/store/schema.ts';
import type { AccessClaims } from '#shared/api/accounts.ts';
import { NearcadeError } from '#shared/errors.ts';
import { hasPermission, type Permission } from '#shared/roles.ts';

/**
 * Throws `forbidden` unless the account's role gives `permission`, and `unauthenticated` when its sign-in has ended:
 * what operators may do is taken from them at once, not when their token runs out.
 */
export async function requirePermission(
  { db }: Pick<Services, 'db'>,
  claims: AccessClaims,
  permission: Permission,
): Promise<void> {
  // The token's own role first: who was never let in costs no query.
  if (!hasPermission(claims.role, permission)) throw new NearcadeError('forbidden');
  const [account] = await db
    .select({ role: users.role })
    .from(signIns)
    .innerJoin(users, eq(users.id, signIns.userId))
    .where(and(eq(signIns.id, claims.sid), isNull(signIns.endedAt)));
  if (account === undefined) throw new NearcadeError('unauthenticated');
  if (!hasPermission(account.role, permission)) throw new NearcadeError('forbidden');
}

/** Throws `unauthenticated` when the sign-in that the access token came from has ended. */
export async function requireSignIn({ db }: Pick<Services, 'db'>, { sid }: AccessClaims): Promise<void> {
  const [lasting] = await db
    .select({ id: signIns.id })
    .from(signIns)
    .where(and(eq(signIns.id, sid), isNull(signIns.endedAt)));
  if (lasting === undefined) throw new NearcadeError('unauthenticated');
}
