import { sql } from 'drizzle-orm';
import type { Services } from '#edge/services.ts';
import type { Database } from '#edge/store/database.ts';
import { wallets } from '#edge/store/schema.ts';
import type { Wallet } from '#shared/api/wallet.ts';
import { NearcadeError } from '#shared/errors.ts';
import type { Balance } from './ledger.ts';

/** A player's credits; who never had any has none. */
export async function balanceOf(db: Database, userId: string): Promise<Wallet> {
  const { rows } = await db.execute<Wallet>(sql`
    select available::float8, held::float8, (-debt)::float8 as owed from ${wallets} where user_id = ${userId}::uuid`);
  return rows[0] ?? { available: 0, held: 0, owed: 0 };
}

/** Throws `credits_short` (details.needed, details.available) unless the player can pay `needed` now; a claim makes sure of it itself. */
export async function requireCredits(db: Database, userId: string, needed: number): Promise<void> {
  if (needed === 0) return;
  const { available } = await balanceOf(db, userId);
  if (available >= needed) return;
  throw new NearcadeError('credits_short', `This takes ${needed} credits; you have ${available}`, {
    details: { needed, available },
  });
}

/** Tells each player, live, what is in the wallet now: after the transaction that gave these rows. Never throws. */
export async function tellWallets(
  { live }: Pick<Services, 'live'>,
  changed: readonly Balance[],
): Promise<void> {
  await Promise.all(
    changed.map(({ userId, available, held }) =>
      live.send([userId], { type: 'wallet_changed', available, held }),
    ),
  );
}
