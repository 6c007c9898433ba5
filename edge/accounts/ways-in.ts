import { and, eq, isNull, type SQL, sql } from 'drizzle-orm';
import type { Database } from '#edge/store/database.ts';
import { identities, passkeys, signIns, users } from '#edge/store/schema.ts';
import type { AccessClaims } from '#shared/api/accounts.ts';
import { NearcadeError } from '#shared/errors.ts';
import { recentlyProved } from './sign-ins.ts';

/**
 * The statement that holds the account while one of its ways to sign in is taken away. First in a batch: what comes after it
 * sees what any other such batch has done, so that two of them never take the last two.
 */
export function lockAccount(db: Database, userId: string) {
  return db.select({ id: users.id }).from(users).where(eq(users.id, userId)).for('update');
}

/** Whether the account has a way to sign in beside the passkey or identity `id`. */
export function hasOtherWayIn(userId: string, id: string): SQL {
  const other = (table: typeof passkeys | typeof identities) =>
    sql`exists (select 1 from ${table} as other where other.user_id = ${userId}::uuid and other.id <> ${id}::uuid)`;
  return sql`(
    exists (select 1 from ${users} as owner where owner.id = ${userId}::uuid and owner.password_hash is not null)
    or ${other(passkeys)} or ${other(identities)})`;
}

/**
 * Before a way to sign in is added or taken away. Throws `proof_needed` unless the caller has shown a short while ago who they
 * are; a guest who has no way yet has nothing to show it with. Throws `unauthenticated` when the sign-in has ended.
 */
export async function requireProofIfPossible(db: Database, claims: AccessClaims): Promise<void> {
  const [found] = await db
    .select({
      enough: sql<boolean>`(${recentlyProved} or ${users.guest} and not ${hasPasskeyOrIdentity(sql`${users.id}`)})`,
    })
    .from(signIns)
    .innerJoin(users, eq(users.id, signIns.userId))
    .where(and(eq(signIns.id, claims.sid), isNull(signIns.endedAt)));
  if (found === undefined) throw new NearcadeError('unauthenticated');
  if (!found.enough) throw new NearcadeError('proof_needed');
}

/** Condition on the id of a user: they can sign in by something else than a password. */
export const hasPasskeyOrIdentity = (userId: SQL) => sql`(
  exists (select 1 from ${passkeys} where user_id = ${userId})
  or exists (select 1 from ${identities} where user_id = ${userId}))`;

/** The statements that take every passkey and identity from the account that the subquery `account` gives, if it gives one. */
export function removeWaysIn(db: Database, account: SQL) {
  return [
    db.execute(sql`delete from ${passkeys} where user_id = ${account}`),
    db.execute(sql`delete from ${identities} where user_id = ${account}`),
  ] as const;
}
