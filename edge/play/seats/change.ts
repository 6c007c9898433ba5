import { type SQL, sql } from 'drizzle-orm';
import { pushOrders } from '#edge/fleet/orders.ts';
import type { Services } from '#edge/services.ts';
import { setGroupTimer } from '#edge/social/clock/clock.ts';
import { violatedUnique } from '#edge/store/database.ts';
import { seatClaims, sessions } from '#edge/store/schema.ts';
import { NearcadeError } from '#shared/errors.ts';
import type { Role } from '#shared/ticket.ts';
import { rosterOf } from '../roster.ts';
import { beginTurns, endTurns, fillSeats, lockSeating, orderMoved, selectDue } from './statements.ts';

type Row = Record<string, unknown>;
type MovedRow = { userId: string | null; role: Role; seat: number | null; nodeId: string | null };

/** Sessions that one cron run looks after. */
const SWEEP = 100;

/**
 * Changes who has which seat of a session, in one transaction under the lock of its row: what the statements do, then what follows
 * from it (a free seat goes to who waits, a turn that is up ends, a turn begins), then the orders to its node. Then tells the node and the
 * members, and sets the clock. Answers the rows of each statement. Throws `seats_taken` or `already_in_session` when a seat, or a player's one
 * seat, was taken meanwhile: then nothing has happened.
 */
export async function changeSeats(
  services: Services,
  sessionId: string,
  statements: readonly SQL[],
): Promise<Row[][]> {
  const { db } = services;
  const run = (statement: SQL) => db.execute<Row>(statement);
  const follow = [endTurns, fillSeats, beginTurns, orderMoved, selectDue].map(make => run(make(sessionId)));
  try {
    const results = await db.batch([run(lockSeating(sessionId)), ...statements.map(run), ...follow]);
    const rows = results.map(result => result.rows);
    const own = rows.slice(1, 1 + statements.length);
    const moved = (rows.at(-2) ?? []) as MovedRow[];
    const isNews = moved.length > 0 || own.some(found => found.length > 0);
    if (isNews) await tell(services, sessionId, moved);
    await setClock(services, sessionId, dueIn(rows.at(-1)));
    return own;
  } catch (error) {
    const constraint = violatedUnique(error);
    if (constraint === 'session_members_seat') throw new NearcadeError('seats_taken');
    if (constraint === 'session_members_one_seat') throw new NearcadeError('already_in_session');
    throw error;
  }
}

/**
 * Gives seats to who waits for them if it is time for that. May be called early, late or twice; a claim elsewhere that came
 * between is looked at again a moment later.
 */
export async function settleSeats(services: Services, sessionId: string): Promise<void> {
  const { rows } = await services.db.execute(selectDue(sessionId));
  const due = dueIn(rows);
  if (due === null) return;
  if (due > 0) return setClock(services, sessionId, due);
  try {
    await changeSeats(services, sessionId, []);
  } catch (error) {
    if (!(error instanceof NearcadeError) || error.code !== 'already_in_session') throw error;
    await setClock(services, sessionId, 1);
  }
}

/** The cron's part: sessions in which somebody waits, whose timer was lost. */
export async function settleDueSeats(services: Services): Promise<void> {
  const { rows } = await services.db.execute<{ id: string }>(sql`
    select session.id from ${sessions} as session
    where session.ended_at is null and session.id in (select session_id from ${seatClaims})
    order by random() limit ${SWEEP}`);
  for (const { id } of rows) await settleSeats(services, id);
}

function dueIn(rows: readonly Row[] | undefined): number | null {
  const due = rows?.[0]?.dueIn;
  return typeof due === 'number' ? due : null;
}

async function setClock(services: Services, sessionId: string, seconds: number | null): Promise<void> {
  if (seconds === null) return;
  const at = new Date(services.now().getTime() + Math.max(0, Math.ceil(seconds * 1000)));
  await setGroupTimer(services, sessionId, at, 'seats');
}

async function tell(services: Services, sessionId: string, moved: readonly MovedRow[]): Promise<void> {
  const { db, live } = services;
  const members = (await rosterOf(db, [sessionId])).map(member => member.userId);
  await Promise.all([
    ...moved.map(({ userId, role, seat, nodeId }) => {
      if (userId !== null) return live.send([userId], { type: 'place_changed', sessionId, role, seat });
      return nodeId === null ? undefined : pushOrders(services, nodeId);
    }),
    live.send(members, { type: 'room_changed', sessionId }),
  ]);
}
