import { type SQL, sql } from 'drizzle-orm';
import { log } from '#edge/http/log.ts';
import type { Services } from '#edge/services.ts';
import type { Database } from '#edge/store/database.ts';
import { walletCheckouts, walletPayments } from '#edge/store/schema.ts';
import { NearcadeError } from '#shared/errors.ts';
import { tellWallets } from '../balance.ts';
import { type Balance, lockWallet, moveColumns, openWallets, post, selectMoved } from '../ledger.ts';
import type { PaymentEvent } from './provider.ts';
import { paymentProvider } from './providers.ts';

/** Takes a webhook of the payment provider. Throws what its adapter and `applyPayment` throw. */
export async function receivePayment(services: Services, body: string, headers: Headers): Promise<void> {
  const provider = paymentProvider(services);
  const event = await provider.readEvent(body, headers);
  if (event !== undefined) await applyPayment(services, provider.name, event);
}

/**
 * Brings the ledger up to what the provider tells, in one transaction; each piece of news counts once, in whatever order they come. A
 * payment's credits come when it has succeeded; when money went back so do they, in proportion, and what was spent of them is owed. Throws
 * `payment_mismatch` when it is not what the checkout asked for: nothing is credited, and the provider will show and repeat it.
 */
export async function applyPayment(services: Services, provider: string, event: PaymentEvent): Promise<void> {
  const { db } = services;
  const payment = sql`provider = ${provider} and payment_id = ${event.paymentId}`;
  const [, , credited, returned, { rows }] = await db.batch([
    db.execute(noteEvent(provider, event)),
    db.execute(
      openWallets(sql`select user_id from ${walletPayments} where ${payment} and user_id is not null`),
    ),
    creditPayment(db, payment),
    returnPayment(db, payment),
    db.execute<{ credited: boolean }>(sql`
      select exists (select from ${walletPayments} where ${payment} and credited_at is not null) as credited`),
  ]);
  const { type, paymentId } = event;
  const moved = { credited: credited.rows.length === 1, returned: returned.rows.length === 1 };
  log('info', 'payment event', { type, provider, paymentId, ...moved });
  await tellWallets(services, moved.returned ? returned.rows : credited.rows);
  if (type === 'payment_succeeded' && rows[0]?.credited !== true) throw new NearcadeError('payment_mismatch');
}

/** What is known of the payment from now on. A success counts if it is what the checkout asked for. */
function noteEvent(provider: string, event: PaymentEvent): SQL {
  const { type, paymentId } = event;
  if (type === 'payment_succeeded') {
    return sql`
      insert into ${walletPayments} as payment (provider, payment_id, checkout_id, user_id, credits, amount)
      select ${provider}, ${paymentId}, id, user_id, credits, amount from ${walletCheckouts}
      where id = ${event.checkoutId}::uuid and amount = ${event.amount} and currency = ${event.currency}
      on conflict (provider, payment_id) do update set checkout_id = excluded.checkout_id,
        user_id = excluded.user_id, credits = excluded.credits, amount = excluded.amount
      where payment.user_id is null`;
  }
  const column = sql.raw(type === 'chargeback' ? 'charged_back' : 'refunded');
  return sql`
    insert into ${walletPayments} as payment (provider, payment_id, ${column})
    values (${provider}, ${paymentId}, ${event.amountSoFar})
    on conflict (provider, payment_id) do update set ${column} = greatest(payment.${column}, excluded.${column})`;
}

/** Credits a payment whose payer is known, if it was not yet. */
function creditPayment(db: Database, payment: SQL) {
  return db.execute<Balance>(sql`
    with payment as (
      update ${walletPayments} set credited_at = now()
      where ${payment} and user_id is not null and credited_at is null
      returning provider, payment_id, user_id, credits
    ), locked as (${lockWallet(sql`(select user_id from payment)`)}
    ), wallet_move as (
      select ${moveColumns({
        userId: sql`payment.user_id`,
        kind: sql`'payment'`,
        key: sql`'payment:' || provider || ':' || payment_id`,
        source: sql`'payments'`,
        target: sql`'available'`,
        amount: sql`credits`,
      })} from payment, locked
    ), ${post(sql`wallet_move`)}
    ${selectMoved}`);
}

/** Takes back the credits of money that went back, as far as that was not done: what is there, and the rest is owed. */
function returnPayment(db: Database, payment: SQL) {
  const due = sql`(credits::numeric * least(refunded + charged_back, amount) / amount)::bigint`;
  return db.execute<Balance>(sql`
    with payment as (
      update ${walletPayments} set returned = ${due}
      where ${payment} and credited_at is not null and returned < ${due}
      returning provider, payment_id, user_id, new.returned - old.returned as credits, new.returned
    ), locked as (${lockWallet(sql`(select user_id from payment)`)}
    ), wallet_move as (
      select ${moveColumns({
        userId: sql`payment.user_id`,
        kind: sql`'payment_refund'`,
        key: sql`'payment_refund:' || provider || ':' || payment_id || ':' || returned`,
        source: sql`part.source`,
        target: sql`'payments'`,
        amount: sql`part.amount`,
      })} from payment, locked, lateral (values
        ('available', least(credits, locked.available)),
        ('debt', greatest(credits - locked.available, 0))
      ) as part(source, amount)
    ), ${post(sql`wallet_move`)}
    ${selectMoved}`);
}
