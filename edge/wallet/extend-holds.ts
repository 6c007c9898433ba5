import { type SQL, sql } from 'drizzle-orm';
import { describeError, log } from '#edge/http/log.ts';
import { endSession } from '#edge/play/leave.ts';
import { playedNow } from '#edge/play/session-facts.ts';
import type { Services } from '#edge/services.ts';
import { setGroupTimer } from '#edge/social/clock/clock.ts';
import { walletHolds, wallets } from '#edge/store/schema.ts';
import { tellWallets } from './balance.ts';
import { type Balance, moveColumns, post } from './ledger.ts';
import { MINUTES_AHEAD } from './session-holds.ts';

/** Sessions in one statement, which locks their payers' wallets until it is done. */
const CHUNK = 200;

/** Seconds of paid play left below which the player is warned, once cron could not hold more. */
const WARN_S = 120;

/** A session that is paid by the minute, after its hold was extended as far as the credits go. */
type Extended = {
  sessionId: string;
  userId: string;
  /** Until what is held is played away; below zero when it is already. */
  secondsLeft: number;
  /** Less was held than wanted: the credits run out. */
  short: boolean;
  /** The payer's wallet; null when it did not change. */
  available: number | null;
  held: number | null;
  debt: number | null;
};

/**
 * Cron: holds more for sessions that are paid by the minute, so that `MINUTES_AHEAD` are always covered. When the credits run out it warns
 * the payer, and has a timer end the session at the second in which what was paid for is played: never early, and when the timer is
 * lost up to a minute late, which is not charged.
 */
export async function extendHolds(services: Services): Promise<void> {
  let which = sql`true`;
  for (;;) {
    const chunk = await extendChunk(services, which);
    await Promise.all(chunk.map(extended => follow(services, extended)));
    const last = chunk.at(-1);
    if (last === undefined || chunk.length < CHUNK) return;
    which = sql`hold.session_id > ${last.sessionId}::uuid`;
  }
}

/** The same for one session, when what is held for it is played away: a timer's handler. */
export async function extendHold(services: Services, sessionId: string): Promise<void> {
  const [extended] = await extendChunk(services, sql`hold.session_id = ${sessionId}::uuid`);
  if (extended !== undefined) await follow(services, extended);
}

/** `which`: a condition on `hold`. */
async function extendChunk({ db }: Services, which: SQL): Promise<Extended[]> {
  const { rows } = await db.execute<Extended>(sql`
    with running as (
      select hold.session_id, hold.user_id, hold.price, hold.amount,
        session.played
      from ${walletHolds} as hold join (${playedNow}) as session on session.id = hold.session_id
      where hold.settled_at is null and hold.unit = 'minute' and ${which}
      order by hold.session_id limit ${CHUNK}
      for update of hold
    ), payer as (
      select user_id, available from ${wallets} where user_id in (select user_id from running)
      order by user_id for update
    ), need as (
      select running.*, payer.available,
        greatest(0, price * (floor(played / 60) + ${MINUTES_AHEAD}) - amount)::bigint as wanted
      from running join payer on payer.user_id = running.user_id
    ), shared as (
      select *, greatest(0, available - (sum(wanted) over (partition by user_id order by session_id) - wanted)) as left_over
      from need
    ), granted as (
      select *, least(wanted, price * floor(left_over / price))::bigint as more from shared
    ), extended as (
      update ${walletHolds} as hold set amount = hold.amount + granted.more from granted
      where hold.session_id = granted.session_id and granted.more > 0
      returning hold.session_id, hold.user_id, granted.more, hold.amount
    ), wallet_move as (
      select ${moveColumns({
        userId: sql`user_id`,
        kind: sql`'session_hold'`,
        key: sql`'hold:' || session_id || ':' || amount`,
        source: sql`'available'`,
        target: sql`'held'`,
        amount: sql`more`,
        sessionId: sql`session_id`,
      })} from extended
    ), ${post(sql`wallet_move`)}
    select granted.session_id as "sessionId", granted.user_id as "userId", granted.more < granted.wanted as short,
      (60.0 * (granted.amount + granted.more) / granted.price - played)::float8 as "secondsLeft",
      moved.available::float8, moved.held::float8, moved.debt::float8
    from granted left join wallet_moved as moved on moved.user_id = granted.user_id
    order by granted.session_id`);
  return rows;
}

/** What follows from it for one session. What fails here is done by the next run; it keeps no other session back. */
async function follow(services: Services, extended: Extended): Promise<void> {
  const { sessionId, userId, secondsLeft, short, available, held, debt } = extended;
  try {
    if (available !== null && held !== null && debt !== null) {
      await tellWallets(services, [{ userId, available, held, debt } satisfies Balance]);
    }
    if (secondsLeft <= 0) {
      await endSession(services, sessionId, 'credits_exhausted');
    } else if (short && secondsLeft <= WARN_S) {
      const runsOutAt = new Date(services.now().getTime() + Math.ceil(secondsLeft * 1000));
      await setGroupTimer(services, sessionId, runsOutAt, 'credits');
      await services.live.send([userId], {
        type: 'credits_low',
        sessionId,
        secondsLeft: Math.floor(secondsLeft),
      });
    }
  } catch (error) {
    log('error', 'session without credits not ended', { sessionId, ...describeError(error) });
  }
}
