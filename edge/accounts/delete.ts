import { sql } from 'drizzle-orm';
import { deleteMailsOf } from '#edge/mail/outbox.ts';
import { deletionOfRecordings } from '#edge/recordings/own.ts';
import { deletionOfSaves } from '#edge/saves/own.ts';
import type { Services } from '#edge/services.ts';
import { leaveClubs } from '#edge/social/clubs/forget.ts';
import { forgetSocially, leaveParties } from '#edge/social/forget.ts';
import { accountLinks, signIns, users } from '#edge/store/schema.ts';
import type { AccessClaims } from '#shared/api/accounts.ts';
import { NearcadeError } from '#shared/errors.ts';
import { requireProof } from './password-check.ts';
import { findUser } from './users.ts';
import { removeWaysIn } from './ways-in.ts';

/** What others see of an account that is gone. */
export const DELETED_NAME = 'Deleted player';

/**
 * Deletes the caller's account: every sign-in ends, and all that is personal goes; the bare row stays, since the ledger and the
 * history of others refer to it. By the password or a recent proof; a guest has nothing to prove with. Throws `credentials_wrong`,
 * `sign_in_locked`, `proof_needed` or `unauthenticated`.
 */
export async function deleteAccount(
  services: Services,
  claims: AccessClaims,
  password: string | undefined,
): Promise<void> {
  const { db } = services;
  const user = await findUser(db, claims.sub);
  if (user === undefined) throw new NearcadeError('unauthenticated');
  if (!user.guest) await requireProof(services, claims, password);
  const gone = sql`(select id from ${users} where id = ${claims.sub}::uuid and deleted_at is not null)`;
  // First the user's row, which every new sign-in has to lock: none begins after this.
  const [deleted, ended] = await db.batch([
    db.execute(sql`
      update ${users}
      set deleted_at = now(), email = null, email_verified_at = null, password_hash = null, guest = false, role = 'player',
        display_name = ${DELETED_NAME}
      where id = ${claims.sub}::uuid and deleted_at is null
        and exists (select 1 from ${signIns} where id = ${claims.sid}::uuid and ended_at is null)
      returning id`),
    db.execute<{ id: string; now: boolean }>(sql`
      update ${signIns}
      set ended_at = coalesce(ended_at, now()), end_reason = coalesce(end_reason, 'account_deleted'),
        device_hash = null, device_name = '', address = null
      where user_id = ${gone}
      returning id, ended_at = now() as now`),
    db.execute(sql`delete from ${accountLinks} where user_id = ${gone}`),
    deleteMailsOf(db, gone),
    ...removeWaysIn(db, gone),
    ...forgetSocially(db, gone),
    db.execute(deletionOfSaves(gone)),
    db.execute(deletionOfRecordings(gone)),
  ]);
  if (deleted.rows.length === 0) throw new NearcadeError('unauthenticated');
  await leaveParties(services, claims.sub);
  await leaveClubs(services, claims.sub);
  const endedNow = ended.rows.filter(({ now }) => now).map(({ id }) => id);
  await services.live.cut(claims.sub, endedNow, 'account_deleted');
}
