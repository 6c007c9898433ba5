import { type SQL, sql } from 'drizzle-orm';
import type { IdempotentRequest } from '#edge/http/idempotency.ts';
import type { Services } from '#edge/services.ts';
import { violatedForeignKey } from '#edge/store/database.ts';
import { resultOfRequest } from '#edge/store/requests.ts';
import { idempotencyKeys } from '#edge/store/schema.ts';
import type { Transfer } from '#shared/api/wallet.ts';
import { NearcadeError } from '#shared/errors.ts';
import { tellWallets } from './balance.ts';
import { type Balance, lockWallet, moveColumns, openWallets, post, selectMoved } from './ledger.ts';
import { readTransfer } from './transfers.ts';

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
 * Puts credits into a player's wallet and answers the transfer. Done twice it answers the first one. Throws `player_not_found` or
 * `idempotency_key_reused`.
 */
export async function topUp(
  services: Services,
  { userId, amount, reason, actor }: TopUp,
  idempotency: IdempotentRequest,
): Promise<Transfer> {
  const { rows } = await credit(
    services,
    userId,
    sql`
    locked as (${lockWallet(userId)}
    ), first_time as (
      insert into ${idempotencyKeys} (user_id, key, request_hash, resource_id)
      select ${idempotency.userId}::uuid, ${idempotency.key}::text, ${idempotency.requestHash}::text, uuidv7()
      from locked
      on conflict do nothing
      returning resource_id
    ), wallet_move as (
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
      })} from first_time
    )`,
  );
  await tellWallets(services, rows);
  const transferId = await resultOfRequest(services.db, idempotency);
  if (transferId === undefined) throw new NearcadeError('internal');
  return readTransfer(services.db, transferId);
}

/** Makes the wallet if there is none and posts the CTE `wallet_move` of `moves`, in one round trip. Throws `player_not_found`. */
async function credit({ db }: Services, userId: string, moves: SQL) {
  try {
    const [, moved] = await db.batch([
      db.execute(openWallets(sql`select ${userId}::uuid as user_id`)),
      db.execute<Balance>(sql`with ${moves}, ${post(sql`wallet_move`)} ${selectMoved}`),
    ]);
    return moved;
  } catch (error) {
    if (violatedForeignKey(error) === 'wallets_user_id_users_id_fk') {
      throw new NearcadeError('player_not_found');
    }
    throw error;
  }
}
