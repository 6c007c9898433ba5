import { type SQL, sql } from 'drizzle-orm';
import type { IdempotentRequest } from '#edge/http/idempotency.ts';
import type { Services } from '#edge/services.ts';
import { violatedForeignKey, violatedUnique } from '#edge/store/database.ts';
import { resultOfRequest } from '#edge/store/requests.ts';
import { idempotencyKeys, walletPostings, walletTransfers } from '#edge/store/schema.ts';
import type { Transfer } from '#shared/api/wallet.ts';
import { NearcadeError } from '#shared/errors.ts';
import { tellWallets } from './balance.ts';
import { type Balance, lockWallet, moveColumns, openWallets, post, selectMoved } from './ledger.ts';
import { readTransfer, selectTransfers, toTransfer } from './transfers.ts';

export interface TopUp {
  userId: string;
  /** Whole credits, 1 to TOP_UP_MAX. */
  amount: number;
  /** Shown to the player. */
  reason: string;
  /** The operator's account. */
  actor: string;
}

/**
 * Puts credits into a player's wallet and answers the transfer; done twice it answers the first one. Throws `player_not_found` or
 * `idempotency_key_reused`.
 */
export async function topUp(
  services: Services,
  { userId, amount, reason, actor }: TopUp,
  idempotency: IdempotentRequest,
): Promise<Transfer> {
  const moves = sql`
    select ${moveColumns({
      userId: sql`${userId}`,
      kind: sql`'top_up'`,
      key: sql`'top_up:' || resource_id`,
      source: sql`'operator'`,
      target: sql`'available'`,
      amount: sql`${amount}`,
      id: sql`resource_id`,
      reason: sql`${reason}`,
      actorId: sql`${actor}`,
    })} from first_time`;
  const done = await moveOnce(services, userId, idempotency, { basis: sql`select 1`, moves });
  if (done === undefined) throw new NearcadeError('internal');
  return done;
}

export interface Reversal {
  userId: string;
  transferId: string;
  reason: string;
  actor: string;
}

/**
 * Takes a transfer back by another one: credits that were given (what was spent of them is owed from now on), or what a session was
 * charged. Done twice it answers the first one. Throws `transfer_not_found`, `transfer_not_reversible` or `idempotency_key_reused`.
 */
export async function reverseTransfer(
  services: Services,
  { userId, transferId, reason, actor }: Reversal,
  idempotency: IdempotentRequest,
): Promise<Transfer> {
  const basis = sql`
    select posting.source, posting.target, posting.amount
    from ${walletTransfers} as original join ${walletPostings} as posting on posting.transfer_id = original.id
    where original.id = ${transferId}::uuid and original.user_id = ${userId}::uuid
      and (original.kind in ('top_up', 'welcome') or (original.kind = 'session_charge' and posting.target = 'revenue'))`;
  const moves = sql`
    select ${moveColumns({
      userId: sql`${userId}`,
      kind: sql`'reversal'`,
      key: sql`'reversal:' || resource_id`,
      source: sql`part.source`,
      target: sql`part.target`,
      amount: sql`part.amount`,
      id: sql`resource_id`,
      reverses: sql`${transferId}`,
      reason: sql`${reason}`,
      actorId: sql`${actor}`,
    })} from first_time, basis, locked, lateral (
      select 'revenue', 'available', basis.amount where basis.target = 'revenue'
      union all
      select 'available', basis.source, least(basis.amount, locked.available) where basis.target = 'available'
      union all
      select 'debt', basis.source, greatest(basis.amount - locked.available, 0) where basis.target = 'available'
    ) as part(source, target, amount)`;
  try {
    const done = await moveOnce(services, userId, idempotency, { basis, moves });
    if (done !== undefined) return done;
  } catch (error) {
    if (violatedUnique(error) !== 'wallet_transfers_reverses') throw error;
    throw new NearcadeError('transfer_not_reversible', 'This transfer was taken back before');
  }
  const original = await readTransfer(services.db, userId, transferId);
  throw new NearcadeError('transfer_not_reversible', `"${original.title}" can't be taken back`);
}

/**
 * In one round trip: makes the wallet, locks it, notes the idempotency key (CTE first_time with resource_id, the id of the transfer to
 * make) if the query `basis` has a row, and posts `moves`. The transfer that this request made, now or before; undefined if `basis` was
 * empty.
 */
async function moveOnce(
  services: Services,
  userId: string,
  idempotency: IdempotentRequest,
  { basis, moves }: { basis: SQL; moves: SQL },
): Promise<Transfer | undefined> {
  const { db } = services;
  const { key, requestHash } = idempotency;
  const moved = db.execute<Balance>(sql`
    with basis as (${basis}
    ), locked as (${lockWallet(userId)}
    ), first_time as (
      insert into ${idempotencyKeys} (user_id, key, request_hash, resource_id)
      select ${idempotency.userId}::uuid, ${key}::text, ${requestHash}::text, uuidv7() from basis, locked
      on conflict do nothing
      returning resource_id
    ), wallet_move as (${moves}
    ), ${post(sql`wallet_move`)}
    ${selectMoved}`);
  try {
    const [, { rows }, [transfer]] = await db.batch([
      db.execute(openWallets(sql`select ${userId}::uuid as user_id`)),
      moved,
      selectTransfers(
        db,
        sql`${walletTransfers.id} = (
        select resource_id from ${idempotencyKeys}
        where user_id = ${idempotency.userId}::uuid and key = ${key} and request_hash = ${requestHash})`,
      ),
    ]);
    await tellWallets(services, rows);
    if (transfer !== undefined) return toTransfer(transfer);
  } catch (error) {
    if (violatedForeignKey(error) !== 'wallets_user_id_users_id_fk') throw error;
    throw new NearcadeError('player_not_found');
  }
  await resultOfRequest(db, idempotency);
  return undefined;
}
