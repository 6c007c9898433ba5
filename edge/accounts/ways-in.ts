import { eq, type SQL, sql } from 'drizzle-orm';
import type { Database } from '#edge/store/database.ts';
import { identities, passkeys, users } from '#edge/store/schema.ts';

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
