import { type SQL, sql } from 'drizzle-orm';
import { freeSlotsOf, hasGame, nextSlot, readyNodes } from '#edge/fleet/slots.ts';
import { sessions } from '#edge/store/schema.ts';
import { FULL_NODE_MS, UNKNOWN_REGION_MS, UNUSABLE_MS } from './placement.ts';

/** Milliseconds as placement.ts counts them: what `node` costs a session with these costs by region. */
export function costOf(regionCosts: SQL): SQL {
  return sql`coalesce((${regionCosts} ->> node.region)::float8, ${UNKNOWN_REGION_MS})`;
}

/**
 * Nodes of which is counted how many slots they have left. Going over the slots of all costs each claim more the larger the fleet is; the
 * best of a few that were drawn spreads sessions nearly as well as the best of all.
 */
const NODES_COMPARED = 8;

/**
 * A query for the slot that suits `build` best, locked: columns node_id, index, region, signal_url and those of `build`. One row or none.
 * The costs of a placement (placement.ts) as jsonb. `build`: an alias of `playableBuild` in `from`, where there is to be no row if no slot is wanted.
 * Nodes that nobody waits for come in their order, each with its next free slot: claims at the same moment take different slots instead of
 * waiting. Of many nodes that are about as good some are drawn and compared; all the others follow, in case that others claim those few
 * right now.
 */
export function pickSlot(
  { regionCosts, loadCosts }: { regionCosts: SQL; loadCosts: SQL },
  { from, build }: { from: SQL; build: SQL },
): SQL {
  const cost = costOf(regionCosts);
  const load = sql`coalesce((${loadCosts} ->> node.id)::float8, 0)`;
  return sql`
    with candidate as materialized (
      select node.id, node.region, node.signal_url, node.slot_count, node.cost + ${load} as base, ${build}.*
      from ${from}, lateral ${readyNodes(build, cost)} as node
      where node.cost < ${UNUSABLE_MS} and not ${isAwaited}
    )
    select slot.node_id, slot.index, node.*
    from (
      (select * from (
        select node.*, 1 - free.slots / node.slot_count as busy
        from (select * from candidate order by base + ${FULL_NODE_MS} * random()) as node, lateral ${freeSlotsOf} as free
        where free.slots > 0 limit ${NODES_COMPARED}
      ) as drawn order by base + ${FULL_NODE_MS} * busy, id)
      union all
      (select candidate.*, 0 from candidate order by base)
    ) as node, lateral ${nextSlot} as slot
    limit 1`;
}

/**
 * Whether somebody waits in line for a game that `node` has. Some of them may not be able to use it; who is queued behind them for that is
 * given the slot in the queue's next turn, a moment later. Whether anybody waits at all is asked once, not for each node.
 */
const isAwaited = sql`
  (exists (select 1 from ${sessions} as line where line.state = 'queued' and line.wait_until > now()) and exists (
    select 1 from ${sessions} as waiting
    where waiting.state = 'queued' and waiting.wait_until > now() and ${hasGame(sql`waiting.game`)}
      and ${costOf(sql`waiting.region_costs`)} < ${UNUSABLE_MS}))`;
