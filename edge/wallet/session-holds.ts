import { type SQL, sql } from 'drizzle-orm';
import type { Database } from '#edge/store/database.ts';
import { walletHolds, wallets } from '#edge/store/schema.ts';
import { type Balance, moveColumns, post, selectMoved } from './ledger.ts';

/**
 * Minutes that are held ahead of play that is paid by the minute: the one that runs, the one until cron comes again, and one
 * in which the player can be warned.
 */
export const MINUTES_AHEAD = 3;

/** One scalar each, e.g. sql`(select price from picked)`. */
export interface PriceExpressions {
  /** Whole credits; 0: free. No row or null: nobody can pay. */
  price: SQL;
  /** 'session' or 'minute'. */
  unit: SQL;
}

/**
 * A query that has one row if, and only if, the payer can pay: columns price, unit, amount (what is to be held: the price of a session, or
 * of the first minutes, as many of `MINUTES_AHEAD` as the credits are good for). It locks the payer's wallet, unless the price is 0. In a statement that
 * notes an idempotency key, let the key depend on this, so that everybody locks the wallet first and nobody deadlocks.
 */
export function affordable(payerId: string | SQL, { price, unit }: PriceExpressions): SQL {
  const offer = sql`(select ${price}::bigint as price, ${unit}::text as unit) as offer`;
  return sql`
    select price, unit, amount from (
      select offer.price, offer.unit, 0::bigint as amount from ${offer} where offer.price = 0
      union all
      select * from (
        select offer.price, offer.unit, offer.price * case offer.unit
          when 'minute' then least(${MINUTES_AHEAD}::bigint, wallet.available / offer.price) else 1 end
        from ${wallets} as wallet, ${offer}
        where wallet.user_id = ${payerId}::uuid and offer.price > 0 and wallet.available >= offer.price
        for update of wallet
      ) as paid
    ) as payable`;
}

/**
 * Holds the credits for a session: CTEs named `wallet_...`, to stand in the `with` after those that it names, without a comma
 * at either end. `payable`: the CTE made of `affordable`. `from`: a CTE that has one row if, and only if, the session was made. A
 * price of 0, or a session that has its hold already, moves nothing. `wallet_moved` has the payer's wallet if it changed.
 *
 *   payable as (${affordable(userId, { price: sql`(select price from picked)`, unit: sql`(select price_unit from picked)` })}
 *   ), first_time as (insert ... select ... from picked, payable ...
 *   ), session as (insert ... returning id
 *   ), ${holdForSession({ payerId: userId, sessionId, payable: sql`payable`, from: sql`session` })}
 */
export function holdForSession(hold: {
  payerId: string | SQL;
  sessionId: string | SQL;
  payable: SQL;
  from: SQL;
}): SQL {
  return sql`
    wallet_hold as (
      insert into ${walletHolds} (session_id, user_id, price, unit, amount)
      select ${hold.sessionId}::uuid, ${hold.payerId}::uuid, payable.price, payable.unit, payable.amount
      from ${hold.payable} as payable, ${hold.from} as made
      where payable.amount > 0
      on conflict do nothing
      returning session_id, user_id, amount
    ), wallet_move as (
      select ${moveColumns({
        userId: sql`user_id`,
        kind: sql`'session_hold'`,
        key: sql`'hold:' || session_id`,
        source: sql`'available'`,
        target: sql`'held'`,
        amount: sql`amount`,
        sessionId: sql`session_id`,
      })} from wallet_hold
    ), ${post(sql`wallet_move`)}`;
}

/**
 * Settles the open hold of each session that has ended: a statement for the transaction that ends them, after all that end any, at most once
 * a transaction. `ended`: a query with a row a session, columns session_id, played_seconds (null: play never began), failed (by the platform's
 * fault: all goes back). A session's price is due once play began, a minute's for each minute begun of what was played in all
 * (edge/play/played.ts), at least one, at most what is held. A
 * session that was settled before is left alone, so `ended` may name any that are over. Give the rows to `tellWallets`.
 */
export function settleHolds(db: Database, ended: SQL) {
  return db.execute<Balance>(settlement(ended));
}

/** As a condition: whether any of these sessions has a hold that is not settled. `sessionIds`: for a FROM clause, with a column id. */
export const isHeldFor = (sessionIds: SQL): SQL => sql`exists (
  select 1 from ${sessionIds} as wanted cross join lateral (
    select 1 from ${walletHolds} as hold where hold.session_id = wanted.id and hold.settled_at is null offset 0) as held)`;

/** The same as a query over `ended`. */
export function settlement(ended: SQL): SQL {
  return sql`
    with ended as (${ended}
    ), due as (
      select hold.session_id, hold.user_id, hold.amount, least(hold.amount, case
        when ended.failed or ended.played_seconds is null then 0
        when hold.unit = 'session' then hold.price
        else hold.price * greatest(1, ceil(ended.played_seconds / 60.0)) end)::bigint as charge
      from ${walletHolds} as hold join ended on ended.session_id = hold.session_id
      where hold.settled_at is null
      order by hold.session_id for update of hold
    ), settled as (
      update ${walletHolds} as hold set settled_at = now(), charged = due.charge
      from due where hold.session_id = due.session_id
      returning hold.session_id, hold.user_id, hold.amount, due.charge
    ), payer as (
      select user_id from ${wallets} where user_id in (select user_id from settled)
      order by user_id for update
    ), wallet_move as (
      select ${moveColumns({
        userId: sql`settled.user_id`,
        kind: sql`case when charge = 0 then 'session_refund' else 'session_charge' end`,
        key: sql`'settle:' || session_id`,
        source: sql`'held'`,
        target: sql`part.target`,
        amount: sql`part.amount`,
        sessionId: sql`session_id`,
      })}
      from settled join payer on payer.user_id = settled.user_id,
        lateral (values ('revenue', charge), ('available', settled.amount - charge)) as part(target, amount)
    ), ${post(sql`wallet_move`)}
    ${selectMoved}`;
}

/** As a condition: whether this player's credits are held for the session. */
export const paysFor = (sessionId: string, userId: string): SQL => sql`exists (
  select 1 from ${walletHolds} as hold
  where hold.session_id = ${sessionId}::uuid and hold.user_id = ${userId}::uuid and hold.settled_at is null)`;
