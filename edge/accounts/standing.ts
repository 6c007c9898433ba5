import { and, eq, isNull, type SQL, sql } from 'drizzle-orm';
import type { Settings } from '#edge/env.ts';
import type { Services } from '#edge/services.ts';
import type { Database } from '#edge/store/database.ts';
import { signIns, users } from '#edge/store/schema.ts';
import { NearcadeError } from '#shared/errors.ts';
import type { AccountRole } from '#shared/roles.ts';
import { notBanned } from './users.ts';

/** Acts of operators and admins on an account. Each answers what was before, for the audit log. */

export interface Ban {
  /** Null: without end. */
  until: Date | null;
  /** For the player to read, and for other operators. */
  reason: string;
}

/**
 * Ends every sign-in of the account and refuses new ones until the ban is over; who is connected is cut off. An earlier ban is
 * replaced. Answers the earlier one. Throws `not_found`, or `last_admin`.
 */
export async function ban(services: Services, userId: string, { until, reason }: Ban): Promise<Ban | null> {
  const { db } = services;
  const [, before, ended] = await db.batch([
    lockAdmins(db, userId),
    db.execute<BanRow & { done: boolean }>(sql`
      with before as (
        select id, banned_at, banned_until, ban_reason from ${users}
        where id = ${userId}::uuid and deleted_at is null for update
      ), banned as (
        update ${users} as account
        set banned_at = now(), banned_until = ${until?.toISOString() ?? null}::timestamptz, ban_reason = ${reason}
        from before where account.id = before.id and not ${isLastAdmin(userId)}
        returning account.id
      )
      select banned_at, banned_until, ban_reason, exists (select 1 from banned) as done from before`),
    db
      .update(signIns)
      .set({ endedAt: sql`now()`, endReason: 'banned' })
      .where(
        and(
          eq(signIns.userId, userId),
          isNull(signIns.endedAt),
          sql`exists (select 1 from ${users} where id = ${userId}::uuid and banned_at is not null)`,
        ),
      )
      .returning({ id: signIns.id }),
  ]);
  const [row] = before.rows;
  const earlier = banOf(row);
  if (row?.done !== true) throw new NearcadeError('last_admin');
  await services.live.cut(
    userId,
    ended.map(({ id }) => id),
    'banned',
  );
  return earlier;
}

/** Lifts a ban; answers it, or null when there was none. Throws `not_found`. */
export async function unban(db: Database, userId: string): Promise<Ban | null> {
  const { rows } = await db.execute<BanRow>(sql`
    with before as (
      select id, banned_at, banned_until, ban_reason from ${users}
      where id = ${userId}::uuid and deleted_at is null for update
    )
    update ${users} as account set banned_at = null, banned_until = null, ban_reason = null
    from before where account.id = before.id
    returning before.banned_at, before.banned_until, before.ban_reason`);
  return banOf(rows[0]);
}

/**
 * Gives an account a role, and answers the one before. What a role gives beyond playing is for who has shown that they read their
 * address: throws `email_unverified` otherwise, `not_found`, and `last_admin` rather than leave nobody who can give roles. A role that was taken is refused at once; one that was given
 * works from the next refresh on.
 */
export async function setRole(db: Database, userId: string, role: AccountRole): Promise<AccountRole> {
  const [, { rows }] = await db.batch([
    lockAdmins(db, userId),
    db.execute<{ before: AccountRole; verified: boolean; done: boolean }>(sql`
      with before as (
        select id, role, email_verified_at is not null as verified from ${users}
        where id = ${userId}::uuid and deleted_at is null for update
      ), account as (
        update ${users} as account set role = ${role}
        from before where account.id = before.id and (before.verified or ${role}::text = 'player')
          and (${role}::text = 'admin' or not ${isLastAdmin(userId)})
        returning account.id
      )
      select before.role as before, before.verified, exists (select 1 from account) as done from before`),
  ]);
  const [found] = rows;
  if (found === undefined) throw new NearcadeError('not_found', 'No such account');
  if (found.done) return found.before;
  if (!found.verified && role !== 'player') {
    throw new NearcadeError('email_unverified', 'Their e-mail address is not verified');
  }
  throw new NearcadeError('last_admin');
}

const isAdmin = sql`role = 'admin' and deleted_at is null`;

/** Condition: the settings name this address as the first admin's. */
export const isFirstAdmin = ({ FIRST_ADMIN_EMAIL }: Pick<Settings, 'FIRST_ADMIN_EMAIL'>, email: SQL) =>
  sql`coalesce(${email} = ${FIRST_ADMIN_EMAIL ?? null}::text, false)`;

/** Condition: there is no admin yet. */
export const noAdminYet = sql`not exists (select 1 from ${users} where ${isAdmin})`;

/** Two that would each take an admin away take turns, so that the second sees whether one is left. A statement for a transaction. */
export const lockAdmins = (db: Database, userId: string) =>
  db.execute(sql`
    select id from ${users} where ${isAdmin}
      and exists (select 1 from ${users} as target where target.id = ${userId}::uuid and target.role = 'admin')
    order by id for update`);

/** Condition: without this account nobody could give roles. After `lockAdmins`. */
export const isLastAdmin = (userId: string) => sql`(
  exists (select 1 from ${users} where id = ${userId}::uuid and ${isAdmin})
  and not exists (select 1 from ${users} where id <> ${userId}::uuid and ${isAdmin} and ${notBanned}))`;

interface BanRow extends Record<string, unknown> {
  banned_at: string | null;
  banned_until: string | null;
  ban_reason: string | null;
}

function banOf(row: BanRow | undefined): Ban | null {
  if (row === undefined) throw new NearcadeError('not_found', 'No such account');
  if (row.banned_at === null) return null;
  return {
    until: row.banned_until === null ? null : new Date(row.banned_until),
    reason: row.ban_reason ?? '',
  };
}
