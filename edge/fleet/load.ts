import type { AuthenticatedNode } from '#edge/http/context.ts';
import { describeError, log } from '#edge/http/log.ts';
import type { Services } from '#edge/services.ts';
import { redisKey } from '#edge/store/keys.ts';
import { type NodeLoad, nodeLoadSchema } from '#shared/api/fleet.ts';
import { NODE_LEASE_S } from '#shared/limits.ts';

/**
 * How busy the nodes are: a hint in Redis, one hash for each window of time that expires as a whole, so that nodes that are
 * gone leave it by themselves. A heartbeat costs two commands, everybody's load one request.
 */
const WINDOW_S = 2 * NODE_LEASE_S;

/** A claim goes without the hint rather than wait longer for it. */
const READ_TIMEOUT_MS = 250;

/** Notes how busy a node is. Never throws: losing it costs nothing. */
export async function noteLoad(
  { hints, now }: Services,
  node: AuthenticatedNode,
  load: NodeLoad,
): Promise<void> {
  const key = redisKey.nodeLoads(windowOf(now()));
  try {
    await hints
      .pipeline()
      .hset(key, { [node.id]: load })
      .expire(key, 2 * WINDOW_S)
      .exec();
  } catch (error) {
    log('warn', 'node load not noted', { nodeId: node.id, ...describeError(error) });
  }
}

/** The load of every node that was heard of lately. Never throws, and without Redis is empty. */
export async function readLoads({ hints, now }: Services): Promise<Record<string, NodeLoad>> {
  const newest = windowOf(now());
  const read = hints
    .pipeline()
    .hgetall(redisKey.nodeLoads(newest - 1))
    .hgetall(redisKey.nodeLoads(newest))
    .exec<[unknown, unknown]>()
    .catch((error: unknown) => {
      log('warn', 'node loads not read', describeError(error));
      return [];
    });
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<[]>(resolve => {
    timer = setTimeout(() => resolve([]), READ_TIMEOUT_MS);
  });
  const windows = await Promise.race([read, late]);
  clearTimeout(timer);
  return Object.assign({}, ...windows.map(loadsIn));
}

/** The same, as it was a second ago at the most: for claims. */
export async function recentLoads(services: Services): Promise<Record<string, NodeLoad>> {
  const { knownLoads, now } = services;
  const known = knownLoads.at(now().getTime());
  if (known !== undefined) return known;
  const loads = await readLoads(services);
  knownLoads.set(loads);
  return loads;
}

function loadsIn(window: unknown): Record<string, NodeLoad> {
  const loads: Record<string, NodeLoad> = {};
  for (const [nodeId, value] of Object.entries(window ?? {})) {
    const load = nodeLoadSchema.safeParse(value);
    if (load.success) loads[nodeId] = load.data;
  }
  return loads;
}

function windowOf(now: Date): number {
  return Math.floor(now.getTime() / 1000 / WINDOW_S);
}
