import { type SQL, sql } from 'drizzle-orm';
import { hasGame, nextSlot, readyNodes } from '#edge/fleet/slots.ts';
import { sessions } from '#edge/store/schema.ts';
import { FULL_NODE_MS, UNKNOWN_REGION_MS, UNUSABLE_MS } from './placement.ts';

/** Milliseconds as placement.ts counts them: what `node` costs a session with these costs by region. */
export function costOf(regionCosts: SQL): SQL {
  return sql`coalesce((${regionCosts} ->> node.region)::float8, ${UNKNOWN_REGION_MS})`;
}

/**
 * A query for the slot that suits `build` best, locked: columns node_id, index, region, signal_url and those of `build`. One row or none.
 * The costs of a placement (placement.ts) as jsonb. `build`: an alias of `playableBuild` in `from`, where there is to be no row if no slot is wanted. Nodes that
 * nobody waits for come in their order, each with its next free slot: claims at the same moment take different slots instead of waiting.
 */
export function pickSlot(
  { regionCosts, loadCosts }: { regionCosts: SQL; loadCosts: SQL },
  { from, build }: { from: SQL; build: SQL },
): SQL {
  const cost = costOf(regionCosts);
  const load = sql`coalesce((${loadCosts} ->> node.id)::float8, 0)`;
  return sql`
    select slot.node_id, slot.index, node.*
    from (
      select node.id, node.region, node.signal_url, node.slot_count, ${build}.*
      from ${from}, lateral ${readyNodes(build, cost)} as node
      where node.cost < ${UNUSABLE_MS} and not ${isAwaited}
      order by node.cost + ${load} + ${FULL_NODE_MS} * node.busy, node.id
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
