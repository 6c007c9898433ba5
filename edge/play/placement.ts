import type { NodeLoad } from '#shared/api/fleet.ts';
import { estimatedRtts, type Place } from './regions.ts';

/**
 * Where a session had best run. Everything is in milliseconds of delay as the player would feel it, so that what is far
 * and what is busy can be weighed against each other: a slot costs its region's round trip, what its node's load adds, and
 * a little for each neighbour on the node, so that sessions spread.
 */
export interface Placement {
  /** By region. One that is missing here costs UNKNOWN_REGION_MS. */
  regionCosts: Record<string, number>;
  /** By node: what its load adds. One that is missing here adds nothing. */
  loadCosts: Record<string, number>;
}

export interface Wishes {
  /** The region to prefer over every other. */
  region?: string | undefined;
  /** What the client has measured. */
  rtts?: Readonly<Record<string, number>> | undefined;
  /** Where the request came from, as Cloudflare has it. */
  place?: Place | undefined;
}

/** Of a region that was not measured and whose place is not known: behind every region that is any good. */
export const UNKNOWN_REGION_MS = 150;

/** Slower than this no game is any fun: such a region is not used when a better one exists, even if that means to wait. */
export const PLAYABLE_RTT_MS = 200;

/** A region that costs as much or more is not used. */
export const UNUSABLE_MS = 100_000;

/** A node whose processors are all busy adds a frame or two to each picture, and stutters. */
const FULL_LOAD_MS = 60;

/** The share of a node's processors up to which sessions don't disturb each other. */
const FREE_LOAD = 0.5;

/** What a node adds whose slots are all in use but one: less than a region further away. */
export const FULL_NODE_MS = 10;

/** Pure. Measured round trips count before estimated ones; the wanted region before all. */
export function placementOf(wishes: Wishes, loads: Readonly<Record<string, NodeLoad>>): Placement {
  const measured = wishes.rtts ?? {};
  const costs = { ...estimatedRtts(wishes.place), ...measured };
  const best = Math.min(...Object.values(costs));
  if (best <= PLAYABLE_RTT_MS) {
    for (const [region, rtt] of Object.entries(measured)) {
      if (rtt > PLAYABLE_RTT_MS) costs[region] = UNUSABLE_MS;
    }
  }
  if (wishes.region !== undefined) costs[wishes.region] = 0;
  const loadCosts = Object.entries(loads).flatMap(([node, load]) => {
    const cost = costOfLoad(load);
    return cost === 0 ? [] : [[node, cost] as const];
  });
  return { regionCosts: costs, loadCosts: Object.fromEntries(loadCosts) };
}

function costOfLoad({ cpu }: Pick<NodeLoad, 'cpu'>): number {
  return Math.round(FULL_LOAD_MS * Math.max(0, (cpu - FREE_LOAD) / (1 - FREE_LOAD)));
}
