import { type SQL, sql } from 'drizzle-orm';
import type { Services } from '#edge/services.ts';
import type { Database } from '#edge/store/database.ts';
import { nodeEvents, sessionMembers, sessions } from '#edge/store/schema.ts';
import type { SessionReport } from '#shared/api/fleet.ts';
import { SESSION_TABLE, type SessionEvent, type SessionState } from '#shared/lifecycles.ts';
import { statesThatTake } from '#shared/state-machine.ts';

import { announce } from './announce.ts';
import { type Affected, affectedIn } from './endings.ts';
import { settleSeats } from './seats/change.ts';

/** A report of a session that goes on; of those that end: report-ends.ts. */
export type OngoingReport = Exclude<SessionReport, { type: 'session_ended' }>;

/** How long an event's id is remembered: far longer than a queue goes on delivering it. Those of a session that goes on say what it costs. */
const EVENT_KEEP_S = 7 * 24 * 3600;

/** What became of a node's report. `stale`: of an epoch, a node or a session that does not count any more. */
export type ReportOutcome = 'applied' | 'superseded' | 'duplicate' | 'stale';

/** What a transaction has answered about a report. */
export type Reported = {
  /** The session is where the report says. */
  known: boolean;
  /** Nobody had reported this before. */
  fresh: boolean;
  /** It has changed something. */
  moved: boolean;
};

export function outcomeOf({ known, fresh, moved }: Reported): ReportOutcome {
  if (!known) return 'stale';
  if (!fresh) return 'duplicate';
  return moved ? 'applied' : 'superseded';
}

/** The moves that a node's reports make, in the order of a session's life. */
const REPORTED_MOVES: readonly SessionEvent[] = ['start', 'play', 'lose_players', 'return_player'];

/**
 * Applies a node's report, in one transaction, once for each event id and never backwards: delivery repeats and reorders.
 * A report that arrives before the one it follows on is applied all the same, over the moves that lead there; the late one is then
 * superseded. Then tells the session's members.
 */
export async function applyReport(
  services: Services,
  nodeId: string,
  event: OngoingReport,
): Promise<ReportOutcome> {
  const { db } = services;
  const id = sql`${event.sessionId}::uuid`;
  const report = db.execute<Reported>(sql`
    with target as (
      select id from ${sessions} where id = ${id} and node_id = ${nodeId} and epoch = ${event.epoch}
    ), fresh as (
      insert into ${nodeEvents} (id, session_id, epoch, seq, type, at)
      select ${event.id}::uuid, id, ${event.epoch}, ${event.seq}, ${event.type}, ${event.at}::timestamptz from target
      on conflict (id) do nothing
      returning session_id
    ), moved as (${effectOf(event)} returning 1)
    select exists (select 1 from target) as known, exists (select 1 from fresh) as fresh,
      exists (select 1 from moved) as moved`);
  const members = db.execute<Affected>(sql`
    select member.user_id as "affectedUserId", session.id as "sessionId", session.state,
      session.end_reason as "endReason", session.group_key as "groupKey"
    from ${sessions} as session join ${sessionMembers} as member on member.session_id = session.id
    where session.id = ${id} and member.active and session.ended_at is null and ${event.type.startsWith('session_')}`);
  const results = await db.batch([report, members]);
  const [row] = results[0].rows;
  const outcome = row === undefined ? 'stale' : outcomeOf(row);
  if (outcome !== 'applied') return outcome;
  // Who waits for their turn has the seat of who stays away.
  if (event.type === 'viewer_left' && event.seat !== null) await settleSeats(services, event.sessionId);
  else await announce(services, affectedIn(results));
  return outcome;
}

/** Notes which sessions a node should run but does not name, given those that it does; a statement for a transaction. */
export function noteMissing(db: Database, nodeId: string, named: readonly string[]) {
  const isNamed = sql`id::text in (select jsonb_array_elements_text(${JSON.stringify(named)}::jsonb))`;
  return db.execute(sql`
    update ${sessions} set missing_since = case when ${isNamed} then null else now() end
    where node_id = ${nodeId} and ended_at is null and state in ('starting', 'playing', 'reconnecting')
      and (missing_since is null) <> (${isNamed})`);
}

/** Of the sessions that a node names, those that it should still run; a statement for a transaction. */
export function selectHeld(
  db: Database,
  nodeId: string,
  named: ReadonlyArray<{ sessionId: string; epoch: number }>,
) {
  return db.execute<{ id: string }>(sql`
    select session.id from ${sessions} as session
    join jsonb_to_recordset(${JSON.stringify(named)}::jsonb) as named("sessionId" uuid, epoch bigint)
      on named."sessionId" = session.id and named.epoch = session.epoch
    where session.node_id = ${nodeId} and session.ended_at is null`);
}

/**
 * Until when slots of a node are kept for hosts of whom it has told nothing yet: milliseconds since 1970, or null when none is. An expression, for a
 * statement that is made anyway.
 */
export const reservedUntil = (nodeId: string): SQL => sql`(
  select floor(extract(epoch from max(session.reserved_until)) * 1000)::float8 from ${sessions} as session
  where session.node_id = ${nodeId} and session.ended_at is null and session.state = 'reserved'
    and session.reserved_until > now())`;

export async function deleteOldReports(db: Database): Promise<void> {
  await db.execute(sql`
    delete from ${nodeEvents} as event where received_at < now() - make_interval(secs => ${EVENT_KEEP_S}::float8)
      and not exists (select 1 from ${sessions} as session where session.id = event.session_id and session.ended_at is null)`);
}

/** The update that an event makes if it is `fresh`. */
function effectOf(event: OngoingReport): SQL {
  switch (event.type) {
    case 'session_starting':
      return move(event, 'starting', statesBefore('starting'));
    case 'session_playing':
      return move(event, 'playing', statesBefore('playing'));
    case 'session_reconnecting':
      return move(event, 'reconnecting', statesBefore('reconnecting'));
    case 'viewer_joined':
      return see(event, sql`true`);
    case 'viewer_left':
      // A player's seat is kept while they are away; a spectator's place is not, nor the seat of one who gave it up.
      return see(event, event.quit === true ? sql`false` : sql`role = 'player'`);
  }
}

function move(event: OngoingReport, state: SessionState, from: readonly SessionState[]): SQL {
  return sql`
    update ${sessions} set state = ${state}, state_seq = ${event.seq}, reserved_until = null, missing_since = null,
      started_at = coalesce(started_at, ${state === 'playing' ? sql`now()` : sql`null`})
    where id in (select session_id from fresh) and state in ${from} and state_seq < ${event.seq}`;
}

function see(event: Extract<OngoingReport, { userId: string }>, active: SQL): SQL {
  return sql`
    update ${sessionMembers} set seen_seq = ${event.seq}, active = ${active} and left_at is null,
      away_since = ${event.type === 'viewer_left' ? sql`case when role = 'player' then now() end` : sql`null`}
    where session_id in (select session_id from fresh) and user_id = ${event.userId}::uuid
      and seen_seq < ${event.seq}
      and exists (select 1 from ${sessions} where id = session_id and ended_at is null)`;
}

/** The states from which the node's own moves lead to `state`, and `state` itself. */
function statesBefore(state: SessionState): SessionState[] {
  const found = new Set<SessionState>([state]);
  for (const reached of found) {
    for (const event of REPORTED_MOVES) {
      for (const from of statesThatTake(SESSION_TABLE, event)) {
        if (SESSION_TABLE[from][event] === reached) found.add(from);
      }
    }
  }
  return [...found];
}
