import { and, eq, isNull, sql } from 'drizzle-orm';
import type { Services } from '#edge/services.ts';
import type { Database } from '#edge/store/database.ts';
import { signIns, users } from '#edge/store/schema.ts';
import { NearcadeError } from '#shared/errors.ts';
import type { AccountRole } from '#shared/roles.ts';

/**
 * Acts of operators and admins on an account. Each answers what was before, and its statements can be had for a transaction that
 * does more, such as the audit log's entry.
 */

export interface Ban {
  /** Null: without end. */
  until: Date | null;
  /** For the player to read, and for other operators. */
  reason: string;
}

/**
 * Ends every sign-in of the account and refuses new ones until the ban is over; who is connected is cut off. An earlier ban is
 * replaced. Answers the earlier one. Throws `not_found`.
 */
export async function ban(services: Services, userId: string, { until, reason }: Ban): Promise<Ban | null> {
  const [before] = await services.db.batch(banStatements(services.db, userId, { until, reason }));
  const earlier = banOf(before.rows[0]);
  await services.live.cut(userId, 'all', 'banned');
  return earlier;
}

/** What `ban` does in Postgres; cut the player's sockets afterwards. The first answers a row unless there is no such account. */
export function banStatements(db: Database, userId: string, { until, reason }: Ban) {
  return [
    db.execute<BanRow>(sql`
      with before as (
        select id, banned_at, banned_until, ban_reason from ${users}
        where id = ${userId}::uuid and deleted_at is null for update
      )
      update ${users} as account
      set banned_at = now(), banned_until = ${until?.toISOString() ?? null}::timestamptz, ban_reason = ${reason}
      from before where account.id = before.id
      returning before.banned_at, before.banned_until, before.ban_reason`),
    db
      .update(signIns)
      .set({ endedAt: sql`now()`, endReason: 'banned' })
      .where(
        and(
          eq(signIns.userId, userId),
          isNull(signIns.endedAt),
          sql`exists (select 1 from ${users} where id = ${userId}::uuid and banned_at is not null)`,
        ),
      ),
  ] as const;
}

/** Lifts a ban; answers it, or null when there was none. Throws `not_found`. */
export async function unban(db: Database, userId: string): Promise<Ban | null> {
  const { rows } = await unbanStatement(db, userId);
  return banOf(rows[0]);
}

export function unbanStatement(db: Database, userId: string) {
  return db.execute<BanRow>(sql`
    with before as (
      select id, banned_at, banned_until, ban_reason from ${users}
      where id = ${userId}::uuid and deleted_at is null for update
    )
    update ${users} as account set banned_at = null, banned_until = null, ban_reason = null
    from before where account.id = before.id
    returning before.banned_at, before.banned_until, before.ban_reason`);
}

/**
 * Gives an account a role, and answers the one before. What a role gives beyond playing is for who has shown that they read their
 * address: throws `email_unverified` otherwise, and `not_found`. A role that was taken is refused at once; one that was given
 * works from the next refresh on.
 */
export async function setRole(db: Database, userId: string, role: AccountRole): Promise<AccountRole> {
  const { rows } = await roleStatement(db, userId, role);
  const [found] = rows;
  if (found === undefined) throw new NearcadeError('not_found', 'No such account');
  if (!found.done) throw new NearcadeError('email_unverified', 'Their e-mail address is not verified');
  return found.before;
}

/** What `setRole` does. Answers no row without such an account, and `done` false when the address is not verified. */
export function roleStatement(db: Database, userId: string, role: AccountRole) {
  return db.execute<{ before: AccountRole; done: boolean }>(sql`
    with before as (
      select id, role, email_verified_at is not null as verified from ${users}
      where id = ${userId}::uuid and deleted_at is null for update
    ), account as (
      update ${users} as account set role = ${role}
      from before where account.id = before.id and (before.verified or ${role}::text = 'player')
      returning account.id
    )
    select before.role as before, exists (select 1 from account) as done from before`);
}

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
