import { type SQL, sql } from 'drizzle-orm';
import type { Database } from '#edge/store/database.ts';
import { games, nodeGames, nodes, sessions, slots } from '#edge/store/schema.ts';

/** Whether `slot` of `node` can be claimed: both are aliases in the query around it. */
export const isFree = sql`slot.node_id = node.id and slot.session_id is null and slot.index < node.slot_count`;

/**
 * Nodes that can run `build` (an alias of `playableBuild` in the query around it): columns id, region, signal_url, slot_count and `cost`
 * (SQL over `node`). Ready ones, whose lease holds; whether they have a free slot is another question. For a FROM clause.
 */
export function readyNodes(build: SQL, cost: SQL): SQL {
  return sql`(
    select node.id, node.region, node.signal_url, node.slot_count, ${cost} as cost
    from ${nodeGames} as offer join ${nodes} as node on node.id = offer.node_id
    where offer.game = ${build}.slug and offer.version = ${build}.version and ${isRunBy(build)} and ${hasRoomFor(build)}
      and node.state = 'ready' and node.lease_expires_at > now())`;
}

/** How many `slots` of `node` (an alias of `readyNodes`) are free. For a FROM clause with `lateral`. */
export const freeSlotsOf = sql`(select count(*)::float8 as slots from ${slots} as slot where ${isFree})`;

/** A query for all nodes with a free slot, whatever they run: columns id, region, slot_count, full_for, busy. */
export const openNodes = sql`
  select node.id, node.region, node.slot_count, node.full_for, 1 - count(*)::float8 / node.slot_count as busy
  from ${nodes} as node join ${slots} as slot on ${isFree}
  where node.state = 'ready' and node.lease_expires_at > now()
  group by node.id`;

/** Whether `node` can run `build`: both are aliases in the query around it. */
export function runs(build: SQL): SQL {
  return sql`${isRunBy(build)} and ${hasRoomFor(build)} and exists (
    select 1 from ${nodeGames} as offer
    where offer.node_id = node.id and offer.game = ${build}.slug and offer.version = ${build}.version)`;
}

/**
 * The slot to claim next of `node` (an alias of `readyNodes` or `openNodes`), locked: columns node_id, index. For a FROM clause with `lateral`. Passes
 * over slots that others are claiming at this moment.
 */
export const nextSlot = sql`(
  select slot.node_id, slot.index from ${slots} as slot where ${isFree}
  order by slot.epoch, slot.index limit 1 for update skip locked)`;

const isRunBy = (build: SQL) => sql`(${build}.regions is null or node.region = any(${build}.regions))`;

/** By its own measurement. */
const hasRoomFor = (build: SQL) => sql`${build}.slug <> all (node.full_for)`;

/** A query for the number of slots, free or not, that can run `game`. */
export function slotsFor(game: SQL): SQL {
  return sql`
    select coalesce(sum(node.slot_count), 0) from ${nodes} as node
    join ${nodeGames} as offer on offer.node_id = node.id
    join ${games} as offered on offered.slug = offer.game and offered.version = offer.version
    where offer.game = ${game} and node.state = 'ready' and node.lease_expires_at > now()`;
}

/** Whether `node` has `game` at all: both are SQL over the query around it. */
export function hasGame(game: SQL): SQL {
  return sql`exists (select 1 from ${nodeGames} as offer where offer.node_id = node.id and offer.game = ${game})`;
}

/**
 * Claims the slot that `picked` found (columns node_id, index) for the session `id` that is SQL over it; columns node_id,
 * index, epoch. The epoch fences off whoever held the slot before.
 */
export function claimSlot(picked: SQL, sessionId: SQL): SQL {
  return sql`
    update ${slots} as slot set session_id = ${sessionId}, epoch = slot.epoch + 1
    from ${picked} as picked
    where slot.node_id = picked.node_id and slot.index = picked.index and slot.session_id is null
    returning slot.node_id, slot.index, slot.epoch`;
}

/** Frees the slots that these sessions have: `over` has columns id, node_id and slot. A CTE. */
export function freeSlots(over: SQL): SQL {
  return sql`
    update ${slots} as slot set session_id = null from ${over} as over
    where slot.node_id = over.node_id and slot.index = over.slot and slot.session_id = over.id`;
}

/** Frees slots whose session is somewhere else, or waits for one; a statement for a transaction. */
export function releaseStraySlots(db: Database) {
  return db.execute(sql`
    update ${slots} as slot set session_id = null from ${sessions} as session
    where session.id = slot.session_id
      and (session.node_id is distinct from slot.node_id or session.slot is distinct from slot.index)`);
}

/** A query for the nodes that have left or were lost, and whose lease has run out. */
export const goneNodes = sql`
  select id from ${nodes} where state in ('lost', 'gone') and lease_expires_at < now()`;

/** A query for that node, if it is known with another start of its program. */
export function nodeWithOlderBoot(nodeId: string, bootId: string): SQL {
  return sql`select id from ${nodes} where id = ${nodeId} and boot_id <> ${bootId}::uuid`;
}

/** A query for that node, if it drains although no operator has ordered it to. */
export function nodeGoingByItself(nodeId: string): SQL {
  return sql`select id from ${nodes} where id = ${nodeId} and state = 'draining' and drain_ordered_at is null`;
}
