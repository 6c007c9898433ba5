import { sql } from 'drizzle-orm';
import { topUp } from '#edge/wallet/top-up.ts';
import { walletApi } from '#shared/api/wallet.ts';
import { api, services, type TestPlayer } from './platform.ts';

/** Puts credits into a player's wallet as an operator does. */
export async function giveCredits(player: TestPlayer, amount: number, key: string = crypto.randomUUID()) {
  const request = { userId: player.user.id, key, requestHash: `${amount}` };
  return topUp(
    await services(),
    { userId: player.user.id, amount, reason: 'For a test', actor: player.user.id },
    request,
  );
}

export const walletOf = (player: TestPlayer) => api(walletApi.get, {}, player);

/** What is wrong with the books of these players: none when every account is what its postings make it, and all sums are zero. */
export async function faultsOf(players: readonly TestPlayer[]): Promise<unknown[]> {
  const { db } = await services();
  const ids = JSON.stringify(players.map(({ user }) => user.id));
  const { rows } = await db.execute(sql`
    with mine as (select value::uuid as user_id from jsonb_array_elements_text(${ids}::jsonb)
    ), entry as (
      select user_id, transfer_id, source as account, -amount as amount from wallet_postings
      union all select user_id, transfer_id, target, amount from wallet_postings
    ), derived as (
      select user_id, account, sum(amount) as amount from entry group by user_id, account
    ), stored as (
      select user_id, account.key as account, account.value::bigint as amount
      from wallets, jsonb_each_text(to_jsonb(wallets) - array['user_id', 'created_at', 'updated_at']) as account
    )
    select 'account' as fault, user_id::text, account, derived.amount::text as derived, stored.amount::text as stored
    from derived full join stored using (user_id, account)
    where user_id in (table mine) and coalesce(derived.amount, 0) <> coalesce(stored.amount, 0)
    union all
    select 'transfer', transfer_id::text, null, sum(amount)::text, null
    from entry where user_id in (table mine) group by transfer_id having sum(amount) <> 0 or count(*) < 2
    union all
    select 'empty', id::text, null, null, null from wallet_transfers
    where user_id in (table mine) and not exists (select from wallet_postings where transfer_id = id)
    union all
    select 'held', user_id::text, null, coalesce((select sum(amount) from wallet_holds as hold
      where hold.user_id = wallets.user_id and settled_at is null), 0)::text, held::text
    from wallets where user_id in (table mine) and held <> coalesce((select sum(amount) from wallet_holds as hold
      where hold.user_id = wallets.user_id and settled_at is null), 0)
    union all
    select 'negative', user_id::text, null, available::text, held::text from wallets
    where user_id in (table mine) and (available < 0 or held < 0)`);
  return rows;
}
