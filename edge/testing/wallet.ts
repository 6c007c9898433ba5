import { sql } from 'drizzle-orm';
import { faultsIn } from '#edge/wallet/audit.ts';
import { topUp } from '#edge/wallet/operator-moves.ts';
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

/** What is wrong with the books of these players. */
export async function faultsOf(players: readonly TestPlayer[]): Promise<unknown[]> {
  const ids = JSON.stringify(players.map(({ user }) => user.id));
  return faultsIn(
    (await services()).db,
    sql`select value::uuid as user_id from jsonb_array_elements_text(${ids}::jsonb)`,
  );
}
