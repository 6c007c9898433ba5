import { type SQL, sql } from 'drizzle-orm';
import { playableBuild } from '#edge/catalog/playable.ts';
import { claimSlot, isFree, readyNodes } from '#edge/fleet/slots.ts';
import type { Services } from '#edge/services.ts';
import type { Database } from '#edge/store/database.ts';
import { sessionMembers, sessions, slots } from '#edge/store/schema.ts';
import { QUEUE_KEEP_S, RESERVATION_AFTER_QUEUE_S } from '#shared/limits.ts';
import { costOf } from './pick-slot.ts';
import { FULL_NODE_MS, UNUSABLE_MS } from './placement.ts';
import { tellPositions } from './queue-places.ts';

/** Sessions that are given a slot in one round trip, once the first of a turn was. */
const TURNS_AT_ONCE = 8;

type Promoted = { id: string; game: string; members: string[] };

/**
 * Gives free slots to those who have waited longest, and tells them. Call it after whatever may have freed a slot is committed:
 * who queues looks for free slots after that too, so that one of the two sees the other.
 */
export async function advanceQueue(services: Services): Promise<void> {
  const { db, live } = services;
  // Nearly always nobody waits: that is cheap to know.
  const { rows } = await db.execute(sql`
    select 1 from ${sessions} where state = 'queued' and wait_until > now() limit 1`);
  if (rows.length === 0) return;
  const promoted: Promoted[] = [];
  for (let turns = 1; ; turns = TURNS_AT_ONCE) {
    const [first, ...others] = [
      promoteNext(db),
      ...Array.from({ length: turns - 1 }, () => promoteNext(db)),
    ] as const;
    const found = (await db.batch([first, ...others])).flatMap(({ rows }) => rows);
    promoted.push(...found);
    if (found.length < turns) break;
  }
  if (promoted.length === 0) return;
  await Promise.all(
    promoted.map(({ id, members }) => live.send(members, { type: 'session_ready', sessionId: id })),
  );
  await tellPositions(services, [...new Set(promoted.map(({ game }) => game))]);
}

/** Keeps the session's place in the queue: its members are there. A statement for a transaction. */
export function keepPlace(db: Database, sessionId: string) {
  return db.execute(sql`
    update ${sessions} set wait_until = now() + make_interval(secs => ${QUEUE_KEEP_S}::float8)
    where id = ${sessionId}::uuid and state = 'queued' and wait_until > now()`);
}

/** One statement: the first in line who can use a free slot, and the best such slot. Others at the same moment take others. */
function promoteNext(db: Database) {
  const picked: SQL = sql`
    select waiting.id, build.version, slot.node_id, slot.index
    from ${sessions} as waiting, lateral (${playableBuild(sql`waiting.game`, sql`waiting.channel`)}) as build,
      lateral ${readyNodes(sql`build`, costOf(sql`waiting.region_costs`))} as node
      join ${slots} as slot on ${isFree}
    where waiting.state = 'queued' and waiting.wait_until > now() and node.cost < ${UNUSABLE_MS}
    order by waiting.queued_at, waiting.id, node.cost + ${FULL_NODE_MS} * node.busy, slot.epoch, slot.node_id, slot.index
    limit 1 for update of waiting, slot skip locked`;
  return db.execute<Promoted>(sql`
    with picked as (${picked}
    ), claimed as (${claimSlot(sql`picked`, sql`picked.id`)}
    ), promoted as (
      update ${sessions} as session set state = 'reserved', node_id = claimed.node_id, slot = claimed.index,
        epoch = claimed.epoch, claims = session.claims + 1, game_version = picked.version, state_seq = 0,
        missing_since = null, wait_until = null, reserved_at = now(),
        reserved_until = now() + make_interval(secs => ${RESERVATION_AFTER_QUEUE_S}::float8)
      from picked, claimed where session.id = picked.id
      returning session.id, session.game
    )
    select promoted.id, promoted.game, array(
      select member.user_id::text from ${sessionMembers} as member
      where member.session_id = promoted.id and member.active) as members
    from promoted`);
}
