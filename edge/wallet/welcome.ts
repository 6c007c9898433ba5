import { sql } from 'drizzle-orm';
import { verifiedAccount } from '#edge/accounts/users.ts';
import type { Services } from '#edge/services.ts';
import { walletTransfers } from '#edge/store/schema.ts';
import type { Wallet } from '#shared/api/wallet.ts';
import { balanceOf, tellWallets } from './balance.ts';
import { type Balance, lockWallet, moveColumns, openWallets, post, selectMoved } from './ledger.ts';

/**
 * A player's credits, after the welcome credits if they are due: once for each account that is verified, given when its wallet is first
 * looked at from then on, so that no crash between a registration and the gift can lose it.
 */
export async function welcomed(services: Services, userId: string): Promise<Wallet> {
  const { db, settings } = services;
  if (settings.WELCOME_CREDITS > 0 && (await isDue(services, userId))) {
    const [, { rows }] = await db.batch([
      db.execute(openWallets(verifiedAccount(userId))),
      db.execute<Balance>(sql`
        with locked as (${lockWallet(userId)}
        ), wallet_move as (
          select ${moveColumns({
            userId: sql`user_id`,
            kind: sql`'welcome'`,
            key: sql`${welcomeKey(userId)}`,
            source: sql`'promotions'`,
            target: sql`'available'`,
            amount: sql`${settings.WELCOME_CREDITS}`,
          })} from locked
        ), ${post(sql`wallet_move`)}
        ${selectMoved}`),
    ]);
    await tellWallets(services, rows);
  }
  return balanceOf(db, userId);
}

const welcomeKey = (userId: string) => `welcome:${userId}`;

async function isDue({ db }: Services, userId: string): Promise<boolean> {
  const { rows } = await db.execute(sql`
    select 1 from (${verifiedAccount(userId)}) as account
    where not exists (select from ${walletTransfers} where key = ${welcomeKey(userId)})`);
  return rows.length === 1;
}
