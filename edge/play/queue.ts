import { type SQL, sql } from 'drizzle-orm';
import { isPaused } from '#edge/admin/platform/pause.ts';
import { playableBuild } from '#edge/catalog/playable.ts';
import { claimSlot, nextSlot, openNodes, runs } from '#edge/fleet/slots.ts';
import type { Services } from '#edge/services.ts';
import type { Database } from '#edge/store/database.ts';
import { sessionMembers, sessions } from '#edge/store/schema.ts';
import type { ProcedureResults } from '#edge/store/stored-procedure.ts';
import { StoredStatement } from '#edge/store/stored-statement.ts';
import { QUEUE_KEEP_S, RESERVATION_AFTER_QUEUE_S } from '#shared/limits.ts';
import { costOf } from './pick-slot.ts';
import { FULL_NODE_MS, UNUSABLE_MS } from './placement.ts';
import { ownersSignIn, tellPositions } from './queue-places.ts';

/** Sessions that are given a slot in one round trip, once the first of a turn was. */
const TURNS_AT_ONCE = 8;

/** Rounds in a row that give nobody a slot, since others have the first in line or the slot that they were about to get: the turn is left to those then. */
const VAIN_ROUNDS = 20;

/** A row of `promoteNext`. Without a game: the session or its slot was somebody else's in that moment. */
type Tried = { triedId: string } & ({ game: string; members: string[] } | { game: null; members: null });

/** A session that was given a slot. */
interface Promoted {
  id: string;
  game: string;
  members: string[];
}

/**
 * Gives free slots to those who have waited longest, and tells them. Call it after whatever may have freed a slot is committed:
 * who queues looks for free slots after that too, so that one of the two sees the other.
 */
export async function advanceQueue(services: Services): Promise<void> {
  // Nearly always nobody waits: that is cheap to know.
  const { rows } = await services.db.execute(whetherAwaited);
  if (rows.length > 0) await giveTurns(services);
}

/** A query with a row if somebody waits. */
const whetherAwaited: SQL = sql`
  select true as "isAwaited" from ${sessions} where state = 'queued' and wait_until > now() limit 1`;

/** What a procedure asks once it is committed: give what it answers to `advanceQueueIfAwaited`. */
export const askWhetherAwaited = (): SQL[] => [whetherAwaited];

/** The same as `advanceQueue` when the procedure that may have freed a slot has looked already. */
export async function advanceQueueIfAwaited(services: Services, results: ProcedureResults): Promise<void> {
  if (results.some(({ rows }) => rows.some(row => 'isAwaited' in row))) await giveTurns(services);
}

async function giveTurns(services: Services): Promise<void> {
  const { db } = services;
  const promoted: Promoted[] = [];
  let inVain: string | undefined;
  for (let turns = 1, vain = 0; ; turns = TURNS_AT_ONCE) {
    const turn = promoteFirst(db, turns);
    const results = await db.batch(inVain === undefined ? turn : [waitFor(db, inVain), ...turn]);
    const tried = triedIn(results);
    const given = promotedIn(results);
    promoted.push(...given);
    inVain = tried.find(({ game }) => game === null)?.triedId;
    vain = given.length === 0 ? vain + 1 : 0;
    // What is free is nobody else's before the first in line have it or are gone: look again.
    if (inVain === undefined ? tried.length < turns : vain === VAIN_ROUNDS) break;
  }
  await tellPromoted(services, promoted);
}

/**
 * Until nobody else has this session in line. A statement for the beginning of a transaction: one that has locked something already must
 * not wait for who may be waiting for that.
 */
function waitFor(db: Database, sessionId: string) {
  return db.execute(
    sql`select 1 from ${sessions} where id = ${sessionId}::uuid and state = 'queued' for update`,
  );
}

/** Gives slots to so many of those who have waited longest: statements for a transaction. Give what they answer to `promotedIn`. */
export function promoteFirst(db: Database, count: number) {
  return [promoteNext(db), ...Array.from({ length: count - 1 }, () => promoteNext(db))] as const;
}

/** What a transaction with such statements has answered. */
export function promotedIn(results: ReadonlyArray<{ rows: readonly object[] }>): Promoted[] {
  return triedIn(results).flatMap(({ triedId: id, game, members }) =>
    game === null ? [] : [{ id, game, members }],
  );
}

function triedIn(results: ReadonlyArray<{ rows: readonly object[] }>): Tried[] {
  return results.flatMap(({ rows }) => rows.filter((row): row is Tried => 'triedId' in row));
}

/** Tells those who have a slot now, and those who are nearer to one. */
export async function tellPromoted(services: Services, promoted: readonly Promoted[]): Promise<void> {
  if (promoted.length === 0) return;
  await Promise.all(
    promoted.map(({ id, members }) => services.live.send(members, { type: 'session_ready', sessionId: id })),
  );
  await tellPositions(services, [...new Set(promoted.map(({ game }) => game))]);
}

/** Keeps the session's place in the queue: its members are there. A statement for a transaction. */
export function keepPlace(db: Database, sessionId: string) {
  return db.execute(sql`
    update ${sessions} set wait_until = now() + make_interval(secs => ${QUEUE_KEEP_S}::float8)
    where id = ${sessionId}::uuid and state = 'queued' and wait_until > now()`);
}

/**
 * One statement: the first in line who can use a free slot, and the best such slot. While another has that session's row (gives it a slot as well, notes
 * that its player is there, ends it), nobody behind it is given what is free in its place. No row: there is nobody.
 */
function promoteNext(db: Database) {
  return db.execute<Tried>(promoteOne.call({}));
}

const cost = costOf(sql`next.region_costs`);

export const promoteOne = new StoredStatement({
  name: 'promote_one',
  params: {},
  columns: { triedId: 'uuid', game: 'text', members: 'text[]' },
  statement: () => sql`
    with open as materialized (${openNodes}
    ), first as materialized (
      select waiting.id, waiting.region_costs, build.*
      from ${sessions} as waiting, lateral (${playableBuild(sql`waiting.game`, sql`waiting.channel`)}) as build
      where waiting.state = 'queued' and waiting.wait_until > now() and exists (select 1 from open)
        and exists (
          select 1 from open as node
          where ${costOf(sql`waiting.region_costs`)} < ${UNUSABLE_MS} and ${runs(sql`build`)})
        and not ${isPaused(sql`waiting`, ownersSignIn(sql`waiting`))}
      order by waiting.queued_at, waiting.id limit 1
    ), next as (
      select first.* from first join ${sessions} as waiting on waiting.id = first.id
      where waiting.state = 'queued' and waiting.wait_until > now() for update of waiting skip locked
    ), picked as (
      select node.session_id, node.version, slot.node_id, slot.index
      from (
        select next.id as session_id, next.version, node.id, node.slot_count from next, open as node
        where ${cost} < ${UNUSABLE_MS} and ${runs(sql`next`)}
        order by ${cost} + ${FULL_NODE_MS} * node.busy, node.id
      ) as node, lateral ${nextSlot} as slot
      limit 1
    ), claimed as (${claimSlot(sql`picked`, sql`picked.session_id`)}
    ), promoted as (
      update ${sessions} as session set state = 'reserved', node_id = claimed.node_id, slot = claimed.index,
        epoch = claimed.epoch, claims = session.claims + 1, game_version = picked.version, state_seq = 0,
        missing_since = null, wait_until = null, reserved_at = now(),
        reserved_until = now() + make_interval(secs => ${RESERVATION_AFTER_QUEUE_S}::float8)
      from picked, claimed where session.id = picked.session_id
      returning session.id, session.game
    )
    select first.id as "triedId", promoted.game, case when promoted.game is not null then array(
      select member.user_id::text from ${sessionMembers} as member
      where member.session_id = first.id and member.active) end as members
    from first left join promoted on true`,
});
