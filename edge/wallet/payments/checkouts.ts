import { eq, sql } from 'drizzle-orm';
import type { Settings } from '#edge/env.ts';
import type { IdempotentRequest } from '#edge/http/idempotency.ts';
import type { Services } from '#edge/services.ts';
import type { Database } from '#edge/store/database.ts';
import { resultOfRequest } from '#edge/store/requests.ts';
import { idempotencyKeys, walletCheckouts, walletPayments } from '#edge/store/schema.ts';
import type { Checkout, CreditPack } from '#shared/api/wallet.ts';
import { NearcadeError } from '#shared/errors.ts';
import type { CheckoutRequest } from './provider.ts';
import { paymentProvider } from './providers.ts';

/** Checkouts that a player may begin in an hour: far more than anybody buys, few enough that nobody fills the table. */
const CHECKOUTS_PER_HOUR = 20;

/** Days that one is remembered that nobody paid: the slowest ways to pay take two weeks. */
const KEEP_DAYS = 90;

type CheckoutRow = CheckoutRequest & { pack: string };

/** What is sold. */
export function packsOf({ PAYMENTS, CREDIT_PACKS }: Settings): CreditPack[] {
  return PAYMENTS === 'off' ? [] : CREDIT_PACKS;
}

/**
 * Notes what the player is to pay for, and where. Done twice, also after the provider could not be reached, it answers the first checkout. Throws
 * `payments_off`, `pack_not_found`, `rate_limited` or `idempotency_key_reused`.
 */
export async function openCheckout(
  services: Services,
  userId: string,
  packId: string,
  idempotency: IdempotentRequest,
): Promise<Checkout> {
  const provider = paymentProvider(services);
  const checkout = await noteCheckout(services, userId, packId, idempotency);
  const { id, pack, credits, amount, currency } = checkout;
  return { id, pack: { id: pack, credits, amount, currency }, url: await provider.openCheckout(checkout) };
}

async function noteCheckout(
  { db, settings }: Services,
  userId: string,
  packId: string,
  idempotency: IdempotentRequest,
): Promise<CheckoutRow> {
  const pack = settings.CREDIT_PACKS.find(({ id }) => id === packId);
  if (pack === undefined) throw new NearcadeError('pack_not_found');
  const { credits, amount, currency } = pack;
  const id = crypto.randomUUID();
  const { rows } = await db.execute(sql`
    with first_time as (
      insert into ${idempotencyKeys} (user_id, key, request_hash, resource_id)
      select ${idempotency.userId}::uuid, ${idempotency.key}::text, ${idempotency.requestHash}::text, ${id}::uuid
      where ${CHECKOUTS_PER_HOUR} > (
        select count(*) from ${walletCheckouts}
        where user_id = ${userId}::uuid and created_at > now() - interval '1 hour')
      on conflict do nothing
      returning resource_id
    )
    insert into ${walletCheckouts} (id, user_id, pack, credits, amount, currency)
    select resource_id, ${userId}::uuid, ${packId}, ${credits}, ${amount}, ${currency} from first_time
    returning id`);
  if (rows.length === 1) return { id, userId, pack: packId, credits, amount, currency };
  const earlier = await resultOfRequest(db, idempotency);
  if (earlier === undefined) throw new NearcadeError('rate_limited');
  return readCheckout(db, earlier);
}

/** Throws `checkout_not_found`. */
export async function readCheckout(db: Database, id: string): Promise<CheckoutRow> {
  const [row] = await db.select().from(walletCheckouts).where(eq(walletCheckouts.id, id));
  if (row === undefined) throw new NearcadeError('checkout_not_found');
  return row;
}

/** Cron. */
export async function deleteOldCheckouts(db: Database): Promise<void> {
  await db.execute(sql`
    delete from ${walletCheckouts} as checkout
    where created_at < now() - make_interval(days => ${KEEP_DAYS}::int)
      and not exists (select from ${walletPayments} as payment where payment.checkout_id = checkout.id)`);
}
