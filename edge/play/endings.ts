import { type SQL, sql } from 'drizzle-orm';
import {
  freeSlots,
  goneNodes,
  nodeGoingByItself,
  nodeWithOlderBoot,
  releaseStraySlots,
} from '#edge/fleet/slots.ts';
import { canGoOn } from '#edge/saves/own.ts';
import type { Database } from '#edge/store/database.ts';
import { idsIn } from '#edge/store/ids.ts';
import { sessionMembers, sessions, slots } from '#edge/store/schema.ts';
import type { Step } from '#edge/store/stored-procedure.ts';
import { StoredStatement } from '#edge/store/stored-statement.ts';
import type { Balance } from '#edge/wallet/ledger.ts';
import { isHeldFor, settleHolds, settlement } from '#edge/wallet/session-holds.ts';
import { type EndReason, FAILURE_REASONS, SESSION_TABLE, type SessionState } from '#shared/lifecycles.ts';
import { QUEUE_KEEP_S } from '#shared/limits.ts';
import { statesThatTake } from '#shared/state-machine.ts';
import { playedSeconds } from './played.ts';
import { promoteFirst } from './queue.ts';

/** Seconds for which a node may not name a session of its own before it counts as lost with its game. */
const MISSING_GRACE_S = 30;

/** Slots that a session is given at most: one that takes its nodes down is not given another. */
const CLAIMS_MAX = 3;

/** Sessions of a node that is gone which have another slot at once: as many as a node has slots. The others are next in line. */
const PLACED_AT_ONCE = 16;

/** A member whose session has ended, or waits for another slot: what `announce` tells. */
export type Affected = {
  affectedUserId: string;
  sessionId: string;
  state: SessionState;
  endReason: EndReason | null;
  /** The party's or table's that plays it. */
  groupKey: string | null;
};

/** A session that was ended, and where it ran. */
export type Ended = {
  endedSessionId: string;
  nodeId: string | null;
  epoch: number | null;
  endReason: EndReason;
};

/** What a transaction with statements from here has answered. */
export type Results = ReadonlyArray<{ rows: readonly object[] }>;

/** The members that it has affected. */
export function affectedIn(results: Results): Affected[] {
  return results.flatMap(({ rows }) => rows.filter((row): row is Affected => 'affectedUserId' in row));
}

/** The sessions that it has ended. */
export function endedIn(results: Results): Ended[] {
  return results.flatMap(({ rows }) => rows.filter((row): row is Ended => 'endedSessionId' in row));
}

/** The wallets that it has changed. */
export function walletsIn(results: Results): Balance[] {
  return results.flatMap(({ rows }) => rows.filter((row): row is Balance => 'available' in row));
}

/** What has run out, or was left behind by a fault: statements for a transaction. */
export function endLeftovers(db: Database) {
  return [
    end(db, 'reservation_expired', sql`session.state = 'reserved' and session.reserved_until < now()`),
    end(db, 'queue_left', sql`session.state = 'queued' and session.wait_until < now()`),
    ...leaveNodes(db, goneNodes),
    end(
      db,
      'host_failed',
      sql`session.node_id is not null and (
        session.missing_since < now() - make_interval(secs => ${MISSING_GRACE_S}::float8)
        or not exists (
          select 1 from ${slots} as slot where slot.session_id = session.id
            and slot.node_id = session.node_id and slot.index = session.slot and slot.epoch = session.epoch))`,
    ),
    ...release(db, 'all'),
    releaseStraySlots(db),
  ] as const;
}

/** Takes what `nodeId` ran away from it, if it is lost or has left: statements for a transaction. */
export function leaveGoneNode(db: Database, nodeId: string) {
  return leaveAndRelease(db, sql`select id from (${goneNodes}) as gone where id = ${nodeId}`);
}

/** Takes what `nodeId` ran away from it, if its program was started anew as `bootId`: statements for a transaction. */
export function leaveOlderBoot(db: Database, nodeId: string, bootId: string) {
  return leaveAndRelease(db, nodeWithOlderBoot(nodeId, bootId));
}

/** Ends one session, if it goes on: statements for a transaction. */
export function endOne(db: Database, sessionId: string, reason: EndReason) {
  return endOneIf(db, sessionId, sql`true`, { queued: reason, otherwise: reason });
}

/** The same if `condition`, which may name it as `session`, holds; `queued`: the reason when it still waits. */
export function endOneIf(
  db: Database,
  sessionId: string,
  condition: SQL,
  reasons: { queued: EndReason; otherwise: EndReason },
) {
  return [
    db.execute<Ended>(endIf(sql`${sessionId}::uuid`, condition, reasons)),
    ...release(db, [sessionId]),
  ] as const;
}

/**
 * The first of them as a query. It asks for the state only, not for `ended_at`: while few sessions go on, Postgres takes an index over
 * those and goes through all of it instead of looking the one up.
 */
function endIf(sessionId: SQL, condition: SQL, reasons: { queued: EndReason; otherwise: EndReason }): SQL {
  const isIt = sql`session.id = ${sessionId} and ${condition}`;
  return endQuery(reasons.otherwise, isIt, { ifLocked: 'wait', whenQueued: reasons.queued });
}

/** The same statements as `endOneIf` for a procedure. */
export function endOneQueries(
  sessionId: SQL,
  condition: SQL,
  reasons: { queued: EndReason; otherwise: EndReason },
): Step[] {
  return [endIf(sessionId, condition, reasons), ...releaseQueries({ one: sessionId })];
}

/** Sessions by their ids: a uuid, or several as jsonb, whose number Postgres does not guess at: for a uuid[] it would plan anew each time. */
export type Which = { one: SQL } | { many: SQL } | 'all';

/** The statements of `release`, for a procedure. What was free has nothing to settle. */
export function releaseQueries(which: Exclude<Which, 'all'>): Step[] {
  const ids = 'one' in which ? sql`(select ${which.one} as id)` : idsIn(which.many);
  return [{ onlyIf: isHeldFor(ids), statement: settlement(over(which)) }, givePlacesBack(which)];
}

/**
 * Settles what sessions that are over have cost, and gives back their slots and seats; statements for the transaction that ended them.
 * A statement after that one sees every seat. The wallets come first: who starts the next game has locked theirs before they look for a seat.
 */
export function release(db: Database, which: readonly string[] | 'all') {
  if (which === 'all') {
    return [settleHolds(db, over('all')), db.execute<Affected>(givePlacesBack('all'))] as const;
  }
  const ids = JSON.stringify(which);
  return [
    db.execute<Balance>(settleEnded.call({ ids })),
    db.execute<Affected>(freePlaces.call({ ids })),
  ] as const;
}

/**
 * The sessions of them that are over, as `session`; for a FROM clause with what follows it. Of several each is looked up by itself (which
 * `offset 0` sees to): what is stored is planned once a connection, and a plan from when there were few sessions would go through all.
 * What every session has, `claims`, is asked for so that Postgres expects one row at most, and looks its slot and its members up too.
 */
function thatAreOver(which: Which): SQL {
  if (which === 'all') return sql`${sessions} as session where session.ended_at is not null`;
  if ('one' in which) {
    return sql`${sessions} as session where session.id = ${which.one} and session.ended_at is not null`;
  }
  return sql`(
    with found as materialized (
      select session.* from ${idsIn(which.many)} as wanted
      cross join lateral (select * from ${sessions} as session where session.id = wanted.id offset 0) as session)
    select * from found) as session where session.state in ('ended', 'failed') and session.claims >= 0`;
}

const over = (which: Which) => sql`
  select session.id as session_id, ${playedSeconds(sql`session`)} as played_seconds, session.state = 'failed' as failed
  from ${thatAreOver(which)}`;

const givePlacesBack = (which: Which) => sql`
  with session as materialized (
    select session.id, session.node_id, session.slot, session.state, session.end_reason, session.group_key
    from ${thatAreOver(which)}
  ), freed as (${freeSlots(sql`session`)}
  )
  update ${sessionMembers} as member set active = false from session
  where session.id = member.session_id and member.active
  returning member.user_id as "affectedUserId", session.id as "sessionId", session.state,
    session.end_reason as "endReason", session.group_key as "groupKey"`;

export const settleEnded = new StoredStatement({
  name: 'settle_ended',
  params: { ids: 'jsonb' },
  columns: { userId: 'uuid', available: 'float8', held: 'float8', debt: 'float8' },
  statement: ({ ids }) => settlement(over({ many: ids })),
});

export const freePlaces = new StoredStatement({
  name: 'free_places',
  params: { ids: 'jsonb' },
  columns: { affectedUserId: 'uuid', sessionId: 'uuid', state: 'text', endReason: 'text', groupKey: 'text' },
  statement: ({ ids }) => givePlacesBack({ many: ids }),
});

/**
 * Sessions of nodes that are gone: what nobody has played yet, and what was saved (over `suspended`), goes back into the queue; the
 * others have failed.
 */
function leaveNodes(db: Database, gone: SQL) {
  const isOnOne = sql`session.node_id in (${gone})`;
  return [
    goBack(
      db,
      sql`
        ${isOnOne} and (session.state in ${statesThatTake(SESSION_TABLE, 'requeue')}
          or (session.state in ${statesThatTake(SESSION_TABLE, 'suspend')} and ${canGoOn(sql`session`)}))`,
    ),
    end(db, 'node_lost', isOnOne),
  ] as const;
}

/**
 * A node that goes out of service by itself takes nobody in any more: reservations there that it does not name, since nobody has come
 * yet, go back into the queue. A statement for a transaction.
 */
export function passOnReservations(db: Database, nodeId: string, named: readonly string[]) {
  return goBack(
    db,
    sql`
      session.node_id in (${nodeGoingByItself(nodeId)}) and session.state = 'reserved'
      and session.id::text not in (select jsonb_array_elements_text(${JSON.stringify(named)}::jsonb))`,
  );
}

/** Reservations whose host came to a node that had no processor free for them: a statement for a transaction. */
export function passOnTurnedAway(
  db: Database,
  nodeId: string,
  turnedAway: ReadonlyArray<{ sessionId: string; epoch: number }>,
) {
  return goBack(
    db,
    sql`
      session.node_id = ${nodeId} and session.state = 'reserved' and exists (
        select 1 from jsonb_to_recordset(${JSON.stringify(turnedAway)}::jsonb) as away("sessionId" uuid, epoch bigint)
        where away."sessionId" = session.id and away.epoch = session.epoch)`,
  );
}

/** Back into the queue, before everybody who came later, unless a session has had its share of slots. */
function goBack(db: Database, condition: SQL) {
  return db.execute<Affected>(sql`
    with back as (
      update ${sessions} set state = 'queued', queued_at = created_at, node_id = null, slot = null, epoch = null,
        lost_node_id = node_id, lost_epoch = epoch,
        reserved_until = null, missing_since = null,
        wait_until = now() + make_interval(secs => ${QUEUE_KEEP_S}::float8)
      where id in (
        select session.id from ${sessions} as session
        where session.ended_at is null and session.claims < ${CLAIMS_MAX} and ${condition}
        order by session.id for update skip locked)
      returning id, state, group_key, old.node_id, old.slot
    ), freed as (
      update ${slots} as slot set session_id = null from back
      where slot.node_id = back.node_id and slot.index = back.slot and slot.session_id = back.id
    )
    update ${sessionMembers} as member set seen_seq = 0, away_since = null from back
    where member.session_id = back.id and member.active
    returning member.user_id as "affectedUserId", back.id as "sessionId", back.state, null as "endReason",
      back.group_key as "groupKey"`);
}

/**
 * What goes back into the queue has another slot before anybody sees it there, if there are free ones: else everybody who claims in that
 * moment would have to queue behind it.
 */
function leaveAndRelease(db: Database, gone: SQL) {
  return [...leaveNodes(db, gone), ...release(db, 'all'), ...promoteFirst(db, PLACED_AT_ONCE)] as const;
}

/**
 * Ends the sessions that meet `condition`. Skips those that somebody else is ending right now, unless told to wait. `whenQueued`: the
 * reason for those that still wait, as good or bad as the other.
 */
function endQuery(
  reason: EndReason,
  condition: SQL,
  { ifLocked = 'skip', whenQueued = reason }: { ifLocked?: 'skip' | 'wait'; whenQueued?: EndReason } = {},
): SQL {
  const failed = FAILURE_REASONS.includes(reason);
  const state: SessionState = failed ? 'failed' : 'ended';
  const from = statesThatTake(SESSION_TABLE, failed ? 'fail' : 'end');
  return sql`
    update ${sessions} set state = ${state}, end_reason = case when state = 'queued' then ${whenQueued} else ${reason} end, ended_at = now(), reserved_until = null,
      wait_until = null
    where id in (
      select session.id from ${sessions} as session where ${condition} and session.state in ${from}
      order by session.id for update ${ifLocked === 'skip' ? sql`skip locked` : sql``})
    returning id as "endedSessionId", node_id as "nodeId", epoch::float8, end_reason as "endReason"`;
}

function end(db: Database, reason: EndReason, condition: SQL) {
  // The state says so too (`sessions_ended`), but not that the indexes of what goes on will do.
  return db.execute<Ended>(endQuery(reason, sql`${condition} and session.ended_at is null`));
}
