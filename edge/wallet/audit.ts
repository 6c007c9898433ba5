import { type SQL, sql } from 'drizzle-orm';
import { log } from '#edge/http/log.ts';
import type { Services } from '#edge/services.ts';
import type { Database } from '#edge/store/database.ts';
import {
  ACCOUNTS,
  WALLET_SLICES,
  walletHolds,
  walletPostings,
  walletSlice,
  wallets,
  walletTransfers,
} from '#edge/store/schema.ts';

/** Seconds back in which a changed wallet is looked at by the next run: a few runs of cron, should one be left out. */
const RECENT_S = 300;

/** Something in the books that cannot be: `account` by a balance that its postings do not make, `transfer` without postings, `held` by credits that no hold explains. */
export type Fault = {
  fault: 'account' | 'transfer' | 'held';
  userId: string;
  /** The account, or the transfer's id. */
  what: string;
  stored: number;
  derived: number;
};

/** Proves the books of some players (a query with the column user_id) from their postings: none is wrong when there is no row. */
export async function faultsIn(db: Database, users: SQL): Promise<Fault[]> {
  const stored = ACCOUNTS.map(
    account => sql`select user_id, ${account}::text as account, ${sql.raw(account)} as amount from mine`,
  );
  const { rows } = await db.execute<Fault>(sql`
    with mine as (
      select wallet.* from ${wallets} as wallet where wallet.user_id in (${users})
    ), entry as (
      select user_id, source as account, -amount as amount from ${walletPostings} where user_id in (select user_id from mine)
      union all
      select user_id, target, amount from ${walletPostings} where user_id in (select user_id from mine)
    ), derived as (
      select user_id, account, sum(amount) as amount from entry group by user_id, account
    ), stored as (${sql.join(stored, sql` union all `)}
    ), held as (
      select user_id, sum(amount) as amount from ${walletHolds} where settled_at is null group by user_id
    ), fault as (
      select 'account' as fault, user_id, stored.account as what, stored.amount as stored, coalesce(derived.amount, 0) as derived
      from stored left join derived using (user_id, account)
      union all
      select 'held', user_id, 'held', mine.held, coalesce(held.amount, 0) from mine left join held using (user_id)
      union all
      select 'transfer', user_id, transfer.id::text, 1, (
        select count(*) from ${walletPostings} as posting where posting.transfer_id = transfer.id)
      from mine join ${walletTransfers} as transfer using (user_id)
    )
    select fault, user_id as "userId", what, stored::float8, derived::float8 from fault
    where case fault when 'transfer' then derived = 0 else stored <> derived end`);
  return rows;
}

/**
 * Cron: proves the wallets that changed lately, and a slice of all the others, so that each is proved every few hours. What is wrong is an
 * alarm in the log; nothing is put right by itself, since only people can tell which side is.
 */
export async function auditWallets({ db, now }: Services): Promise<Fault[]> {
  const slice = Math.floor(now().getTime() / 60_000) % WALLET_SLICES;
  const faults = await faultsIn(
    db,
    sql`
      select user_id from ${wallets} where updated_at > now() - make_interval(secs => ${RECENT_S}::float8)
      union select user_id from ${wallets} where ${walletSlice} = ${slice}`,
  );
  for (const fault of faults) log('error', 'ALARM: the ledger does not add up', { ...fault });
  return faults;
}
