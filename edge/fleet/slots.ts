import { type SQL, sql } from 'drizzle-orm';
import type { Database } from '#edge/store/database.ts';
import { games, nodeGames, nodes, slots } from '#edge/store/schema.ts';

/**
 * A query that locks one free slot for `game`: columns node_id, index, game_version. On a node that is ready, whose lease
 * holds and that has the catalogue's version of the game; regions in the order given, then the emptier node, so that
 * sessions spread. `skip locked`: claims at the same moment take different slots instead of waiting in line.
 */
export function pickFreeSlot(game: string, regions: readonly string[]): SQL {
  const order = sql`array[${sql.join(
    regions.map(region => sql`${region}`),
    sql`, `,
  )}]::text[]`;
  return sql`
    select slot.node_id, slot.index, game.version as game_version
    from ${slots} as slot
    join ${nodes} as node on node.id = slot.node_id
    join ${nodeGames} as offer on offer.node_id = node.id
    join ${games} as game on game.slug = offer.game and game.version = offer.version
    where slot.session_id is null and slot.index < node.slot_count
      and node.state = 'ready' and node.lease_expires_at > now()
      and game.slug = ${game} and game.published
    order by array_position(${order}, node.region) nulls last,
      (select count(*) from ${slots} as busy where busy.node_id = node.id and busy.session_id is not null),
      slot.epoch, slot.node_id, slot.index
    limit 1
    for update of slot skip locked`;
}

/** Claims the slot that `picked` found if `condition` has a row too; columns node_id, index, epoch. */
export function claimSlot(picked: SQL, condition: SQL, sessionId: string): SQL {
  return sql`
    update ${slots} as slot set session_id = ${sessionId}::uuid, epoch = slot.epoch + 1
    from ${picked} as picked, ${condition} as condition
    where slot.node_id = picked.node_id and slot.index = picked.index and slot.session_id is null
    returning slot.node_id, slot.index, slot.epoch`;
}

/** Frees the slots of the sessions whose ids the query `over` gives; a statement for a transaction. */
export function releaseSlots(db: Database, over: SQL) {
  return db.execute(sql`update ${slots} set session_id = null where session_id in (${over})`);
}

/** A query for the nodes that have left or were lost, and whose lease has run out. */
export const goneNodes = sql`
  select id from ${nodes} where state in ('lost', 'gone') and lease_expires_at < now()`;

/** A query for that node, if it is known with another start of its program. */
export function nodeWithOlderBoot(nodeId: string, bootId: string): SQL {
  return sql`select id from ${nodes} where id = ${nodeId} and boot_id <> ${bootId}::uuid`;
}
