import { and, asc, eq } from 'drizzle-orm';
import { hasOtherWayIn, lockAccount } from '#edge/accounts/ways-in.ts';
import type { Database } from '#edge/store/database.ts';
import { passkeys } from '#edge/store/schema.ts';
import type { Passkey } from '#shared/api/passkeys.ts';
import { NearcadeError } from '#shared/errors.ts';

/** What its owner sees of a passkey. */
export const passkeyColumns = {
  id: passkeys.id,
  name: passkeys.name,
  createdAt: passkeys.createdAt,
  lastUsedAt: passkeys.lastUsedAt,
  backedUp: passkeys.backedUp,
  cloneSuspectedAt: passkeys.cloneSuspectedAt,
};

type PasskeyRow = Pick<typeof passkeys.$inferSelect, keyof typeof passkeyColumns>;

export function publicPasskey({ createdAt, lastUsedAt, cloneSuspectedAt, ...row }: PasskeyRow): Passkey {
  return {
    ...row,
    createdAt: createdAt.toISOString(),
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
    cloneSuspected: cloneSuspectedAt !== null,
  };
}

/** The account's id in its 16 bytes: what a passkey keeps of its owner, and names when it signs in. */
export function userHandle(userId: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(userId.replaceAll('-', ''), 'hex'));
}

/** Oldest first; their number is bounded. */
export async function listPasskeys(db: Database, userId: string): Promise<Passkey[]> {
  const rows = await db
    .select(passkeyColumns)
    .from(passkeys)
    .where(eq(passkeys.userId, userId))
    .orderBy(asc(passkeys.id));
  return rows.map(publicPasskey);
}

/** Throws `passkey_not_found`, also when it is another account's. */
export async function renamePasskey(
  db: Database,
  userId: string,
  id: string,
  name: string,
): Promise<Passkey> {
  const [passkey] = await db
    .update(passkeys)
    .set({ name })
    .where(and(eq(passkeys.id, id), eq(passkeys.userId, userId)))
    .returning(passkeyColumns);
  if (passkey === undefined) throw new NearcadeError('passkey_not_found');
  return publicPasskey(passkey);
}

/** Throws `passkey_not_found`, or `last_sign_in_method` when nothing else lets its owner in. */
export async function removePasskey(db: Database, userId: string, id: string): Promise<void> {
  const mine = and(eq(passkeys.id, id), eq(passkeys.userId, userId));
  const [, [found], removed] = await db.batch([
    lockAccount(db, userId),
    db.select({ id: passkeys.id }).from(passkeys).where(mine),
    db
      .delete(passkeys)
      .where(and(mine, hasOtherWayIn(userId, id)))
      .returning({ id: passkeys.id }),
  ]);
  if (found === undefined) throw new NearcadeError('passkey_not_found');
  if (removed.length === 0) throw new NearcadeError('last_sign_in_method');
}
