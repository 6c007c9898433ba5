import { and, eq, isNull, type SQL, sql } from 'drizzle-orm';
import type { Database } from '#edge/store/database.ts';
import { users } from '#edge/store/schema.ts';
import type { User } from '#shared/api/accounts.ts';
import { NearcadeError } from '#shared/errors.ts';

/** What a user's own answers tell of them. */
export const publicUser = {
  id: users.id,
  email: users.email,
  emailVerified: sql<boolean>`${users.emailVerifiedAt} is not null`,
  displayName: users.displayName,
  role: users.role,
  guest: users.guest,
};

/** Condition on a row of users: no ban, or one that has run out. */
export const notBanned = sql`(${users.bannedAt} is null or coalesce(${users.bannedUntil} <= now(), false))`;

/** A query with the column user_id: the account, if it is neither a guest's nor deleted, and its address, if it has one, was verified. */
export function verifiedAccount(userId: string): SQL {
  return sql`
    select id as user_id from ${users}
    where id = ${userId}::uuid and not guest and deleted_at is null and (email is null or email_verified_at is not null)`;
}

/** Undefined for an account that was deleted. */
export async function findUser(db: Database, id: string): Promise<User | undefined> {
  const [user] = await db
    .select(publicUser)
    .from(users)
    .where(and(eq(users.id, id), isNull(users.deletedAt)));
  return user;
}

/** Gives the account another name to show. Access tokens that are out keep the old one. Throws `unauthenticated`. */
export async function rename(db: Database, id: string, displayName: string): Promise<User> {
  const [user] = await db
    .update(users)
    .set({ displayName })
    .where(and(eq(users.id, id), isNull(users.deletedAt)))
    .returning(publicUser);
  if (user === undefined) throw new NearcadeError('unauthenticated');
  return user;
}

/** Why a user may not sign in: `banned` with details.until and details.reason, or `unauthenticated`. */
export async function refusalOf(db: Database, userId: string): Promise<NearcadeError> {
  const [user] = await db
    .select({
      allowed: sql<boolean>`${notBanned}`,
      until: users.bannedUntil,
      reason: users.banReason,
    })
    .from(users)
    .where(eq(users.id, userId));
  if (user === undefined || user.allowed) return new NearcadeError('unauthenticated');
  const until = user.until?.toISOString() ?? null;
  const when = until === null ? '' : ` until ${until.slice(0, 16).replace('T', ' ')} UTC`;
  return new NearcadeError('banned', `This account is banned${when}: ${user.reason ?? ''}`, {
    details: { until, reason: user.reason },
  });
}
