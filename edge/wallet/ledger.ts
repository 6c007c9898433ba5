import { type SQL, sql } from 'drizzle-orm';
import { ACCOUNTS, type Account, walletPostings, wallets, walletTransfers } from '#edge/store/schema.ts';

/** A player's credits after a move. */
export type Balance = { userId: string; available: number; held: number; debt: number };

/** One move of credits within a player's book; SQL each. An amount of 0 moves nothing. */
export interface Move {
  userId: SQL;
  kind: SQL;
  /** What it does; moves with the same key are one transfer, posted once for all time. */
  key: SQL;
  source: SQL;
  target: SQL;
  amount: SQL;
  /** Of the transfer; a new one if not given. */
  id?: SQL;
  sessionId?: SQL;
  reverses?: SQL;
  reason?: SQL;
  actorId?: SQL;
}

/** The select list of a query of moves. */
export function moveColumns(move: Move): SQL {
  const absent = sql`null`;
  return sql`(${move.userId})::uuid as user_id, (${move.kind})::text as kind, (${move.key})::text as key,
    (${move.source})::text as source, (${move.target})::text as target, (${move.amount})::bigint as amount,
    (${move.id ?? absent})::uuid as id, (${move.sessionId ?? absent})::uuid as session_id,
    (${move.reverses ?? absent})::uuid as reverses, (${move.reason ?? absent})::text as reason,
    (${move.actorId ?? absent})::uuid as actor_id`;
}

/**
 * Posts the transfers in the CTE `moves` (`moveColumns`): CTEs named `wallet_...`, to stand in the same `with` after it, once a
 * statement, without a comma at either end. Lock the wallets before, in the order of user_id. A key that was posted before moves nothing.
 *
 * What comes in pays the player's debt first, by a transfer of its own. `wallet_moved` has each wallet that changed
 * (`selectMoved`). Runs into a constraint, so that nothing has happened, when credits are short.
 */
export function post(moves: SQL): SQL {
  return sql`
    wallet_transfer as (
      insert into ${walletTransfers} (id, user_id, kind, key, session_id, reverses, reason, actor_id)
      select distinct on (key) coalesce(id, uuidv7()), user_id, kind, key, session_id, reverses, reason, actor_id
      from ${moves} where amount > 0
      on conflict (key) do nothing
      returning id, user_id, key
    ), wallet_posting as (
      insert into ${walletPostings} (transfer_id, user_id, source, target, amount)
      select transfer.id, transfer.user_id, move.source, move.target, move.amount
      from ${moves} as move join wallet_transfer as transfer on transfer.key = move.key
      where move.amount > 0
      returning user_id, source, target, amount
    ), wallet_change as (
      select user_id, ${each(sumOf)} from wallet_posting group by user_id
    ), wallet_moved as (
      update ${wallets} as wallet set ${each(newBalance)}, updated_at = now()
      from wallet_change as change where wallet.user_id = change.user_id
      returning wallet.user_id, new.available, new.held, new.debt, new.debt - old.debt - change.debt as debt_paid
    ), wallet_debt as (
      insert into ${walletTransfers} (user_id, kind, key)
      select user_id, 'debt_paid', 'debt:' || uuidv7() from wallet_moved where debt_paid > 0
      returning id, user_id
    ), wallet_debt_posting as (
      insert into ${walletPostings} (transfer_id, user_id, source, target, amount)
      select debt.id, debt.user_id, 'available', 'debt', moved.debt_paid
      from wallet_debt as debt join wallet_moved as moved on moved.user_id = debt.user_id
    )`;
}

/** Ends a statement with `post` in it: a row of `Balance` for each wallet that changed. */
export const selectMoved = sql`
  select user_id as "userId", available::float8, held::float8, debt::float8 from wallet_moved`;

/** Makes the wallet of each user of the query `users` (column user_id) who has none: a statement before the one that moves credits. */
export function openWallets(users: SQL): SQL {
  return sql`insert into ${wallets} (user_id) select user_id from (${users}) as opened on conflict do nothing`;
}

/** A query that locks a player's wallet. */
export function lockWallet(userId: string | SQL): SQL {
  return sql`select * from ${wallets} where user_id = ${userId}::uuid for update`;
}

/** Something for each account, as a list. */
function each(part: (account: Account) => SQL): SQL {
  return sql.join(ACCOUNTS.map(part), sql`, `);
}

function sumOf(account: Account): SQL {
  const name = sql.raw(account);
  const sum = (side: string) =>
    sql`coalesce(sum(amount) filter (where ${sql.raw(side)} = '${name}'), 0)::bigint`;
  return sql`${sum('target')} - ${sum('source')} as ${name}`;
}

/** What can be spent after the change goes to the debt, as far as there is one. */
function newBalance(account: Account): SQL {
  const name = sql.raw(account);
  const changed = sql`wallet.${name} + change.${name}`;
  const debtPaid = sql`least(wallet.available + change.available, -(wallet.debt + change.debt))`;
  switch (account) {
    case 'available':
      return sql`available = ${changed} - ${debtPaid}`;
    case 'debt':
      return sql`debt = ${changed} + ${debtPaid}`;
    default:
      return sql`${name} = ${changed}`;
  }
}
