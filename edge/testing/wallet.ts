import { sql } from 'drizzle-orm';
import { beginSignIn } from '#edge/accounts/sign-ins.ts';
import { hashSecret, newSecret } from '#edge/http/secrets.ts';
import type { Services } from '#edge/services.ts';
import { isDeadlock } from '#edge/store/database.ts';
import { users } from '#edge/store/schema.ts';
import { faultsIn } from '#edge/wallet/audit.ts';
import type { Balance } from '#edge/wallet/ledger.ts';
import { topUp } from '#edge/wallet/operator-moves.ts';
import { affordable, holdForSession, settleHolds } from '#edge/wallet/session-holds.ts';
import type { PriceUnit, Transfer, Wallet } from '#shared/api/wallet.ts';
import { walletApi } from '#shared/api/wallet.ts';
import { api, createOk, newGame, newNode, services, type TestPlayer } from './platform.ts';

/** Players without a password, whose hashing would take most of the time of tests that need many. */
export async function guestPlayers(count: number): Promise<TestPlayer[]> {
  const { db, ...rest } = await services();
  const made = await db
    .insert(users)
    .values(Array.from({ length: count }, () => ({ displayName: 'Ada' })))
    .returning({ id: users.id });
  return Promise.all(
    made.map(async user => {
      const secret = newSecret();
      const device = { secret, hash: hashSecret(secret), name: 'Test' };
      const { signIn, refreshToken } = await beginSignIn({ db, ...rest }, user, device);
      return {
        user: { ...signIn.user, email: '' },
        token: signIn.accessToken,
        cookie: `nearcade_refresh=${refreshToken}`,
      };
    }),
  );
}

/** Sessions of a free game, which go on for as long as a test needs them, for holds to be made on. */
export async function freeSessions(count: number): Promise<string[]> {
  const game = await newGame();
  const node = await newNode([game], { slots: Math.min(count, 256) });
  const hosts = await guestPlayers(count);
  const { db } = await services();
  await db.execute(sql`update nodes set lease_expires_at = now() + interval '1 day' where id = ${node.id}`);
  const sessionIds: string[] = [];
  for (const host of hosts) sessionIds.push((await createOk(host, game)).session.id);
  await db.execute(
    sql`update sessions set reserved_until = now() + interval '1 day' where node_id = ${node.id}`,
  );
  return sessionIds;
}

/** Puts credits into a player's wallet as an operator does. */
export async function giveCredits(
  player: TestPlayer,
  amount: number,
  key: string = crypto.randomUUID(),
): Promise<Transfer> {
  const userId = player.user.id;
  const request = { userId, key, requestHash: `top up ${amount}` };
  return topUp(await services(), { userId, amount, reason: 'For a test', actor: userId }, request);
}

/**
 * Claims as `edge/play` does: one statement, and nothing at all when the player cannot pay. A session that is claimed again while
 * it is being settled, which play's fresh ids never are, may end in a deadlock; Postgres then undoes it, and it is tried again.
 */
export async function claim(
  player: TestPlayer,
  sessionId: string,
  price: number,
  unit: PriceUnit = 'session',
): Promise<{ made: boolean; held: boolean }> {
  return untilNoDeadlock(() => claimOnce(player, sessionId, price, unit));
}

async function untilNoDeadlock<T>(run: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await run();
    } catch (error) {
      if (!isDeadlock(error)) throw error;
    }
  }
}

async function claimOnce(
  player: TestPlayer,
  sessionId: string,
  price: number,
  unit: PriceUnit,
): Promise<{ made: boolean; held: boolean }> {
  const { db } = await services();
  const payerId = player.user.id;
  const offer = { price: sql`(select price from picked)`, unit: sql`(select price_unit from picked)` };
  const { rows } = await db.execute<{ made: boolean; held: boolean }>(sql`
    with picked as (select ${price}::int as price, ${unit}::text as price_unit
    ), payable as (${affordable(payerId, offer)}
    ), session as (select ${sessionId}::uuid as id from payable
    ), ${holdForSession({ payerId, sessionId, payable: sql`payable`, from: sql`session` })}
    select exists (select from session) as made, exists (select from wallet_moved) as held`);
  return rows[0] ?? { made: false, held: false };
}

/** Settles as the end of a session does. `played`: seconds, null if play never began. */
export async function settle(sessionId: string, played: number | null, failed = false): Promise<Balance[]> {
  const { db } = await services();
  const ended = sql`
    select ${sessionId}::uuid as session_id, ${played}::float8 as played_seconds, ${failed}::boolean as failed`;
  return (await untilNoDeadlock(async () => settleHolds(db, ended))).rows;
}

export const walletOf = (player: TestPlayer): Promise<Wallet> => api(walletApi.get, {}, player);

/** What is wrong with the books of these players. */
export async function faultsOf(players: readonly TestPlayer[]): Promise<unknown[]> {
  const ids = JSON.stringify(players.map(({ user }) => user.id));
  return faultsIn(
    (await services()).db,
    sql`select value::uuid as user_id from jsonb_array_elements_text(${ids}::jsonb)`,
  );
}

/** Services whose transactions are committed, but whose answer never arrives. */
export async function cutOff(): Promise<Services> {
  const whole = await services();
  const db = new Proxy(whole.db, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      if (name !== 'batch') return value;
      return async (...statements: Parameters<typeof target.batch>) => {
        await target.batch(...statements);
        throw new Error('The connection was cut');
      };
    },
  });
  return { ...whole, db };
}
