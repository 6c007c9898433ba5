import { sql } from 'drizzle-orm';
import { describeError, log } from '#edge/http/log.ts';
import { deleteMailsOf } from '#edge/mail/outbox.ts';
import { deletionOfRecordings } from '#edge/recordings/own.ts';
import { deletionOfSaves } from '#edge/saves/own.ts';
import type { Services } from '#edge/services.ts';
import { forgetSocially } from '#edge/social/forget.ts';
import { accountLinks, signIns, users } from '#edge/store/schema.ts';
import type { AccessClaims } from '#shared/api/accounts.ts';
import { NearcadeError } from '#shared/errors.ts';
import { leaveEverything } from './finish-deletion.ts';
import { requireProof } from './password-check.ts';
import { isLastAdmin, lockAdmins } from './standing.ts';
import { findUser } from './users.ts';
import { removeWaysIn } from './ways-in.ts';

/** What others see of an account that is gone. */
export const DELETED_NAME = 'Deleted player';

/**
 * Deletes the caller's account: every sign-in ends, and all that is personal goes; the bare row stays, since the ledger and the
 * history of others refer to it. By the password or a recent proof; a guest has nothing to prove with. What it plays ends, and others
 * lead its party and clubs. Throws `credentials_wrong`, `sign_in_locked`, `proof_needed`, `last_admin` or `unauthenticated`.
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
  const [, deleted, ended] = await db.batch([
    lockAdmins(db, claims.sub),
    db.execute(sql`
      update ${users}
      set deleted_at = now(), email = null, email_verified_at = null, password_hash = null, guest = false, role = 'player',
        display_name = ${DELETED_NAME}
      where id = ${claims.sub}::uuid and deleted_at is null and not ${isLastAdmin(claims.sub)}
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
  if (deleted.rows.length === 0) {
    throw new NearcadeError(user.role === 'admin' ? 'last_admin' : 'unauthenticated');
  }
  const endedNow = ended.rows.filter(({ now }) => now).map(({ id }) => id);
  await services.live.cut(claims.sub, endedNow, 'account_deleted');
  try {
    await leaveEverything(services, claims.sub);
  } catch (error) {
    // The account is gone; cron does the rest.
    log('warn', 'deletion not finished yet', { userId: claims.sub, ...describeError(error) });
  }
}
