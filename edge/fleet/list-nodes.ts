import { and, asc, eq, gt, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Services } from '#edge/services.ts';
import { decodeCursor, toPage } from '#edge/store/cursor.ts';
import type { Database } from '#edge/store/database.ts';
import { nodes, slots } from '#edge/store/schema.ts';
import type { AdminNode, nodesQuerySchema } from '#shared/api/admin-fleet.ts';
import type { Page } from '#shared/api/page.ts';
import { NearcadeError } from '#shared/errors.ts';
import type { NodeState } from '#shared/lifecycles.ts';
import { readLoads } from './load.ts';

/** Nodes by id, with what they run. Without Redis their load is not known. */
export async function listNodes(
  services: Services,
  { cursor, limit, state, region }: z.output<typeof nodesQuerySchema>,
): Promise<Page<AdminNode>> {
  const after = decodeCursor(z.tuple([z.string()]), cursor)?.[0];
  const [rows, loads] = await Promise.all([
    services.db
      .select({
        id: nodes.id,
        region: nodes.region,
        state: nodes.state,
        version: nodes.version,
        slots: nodes.slotCount,
        sessions: sql<string[]>`array(
          select slot.session_id::text from ${slots} as slot
          where slot.node_id = ${nodes.id} and slot.session_id is not null order by slot.index)`,
        leaseExpiresAt: nodes.leaseExpiresAt,
        registeredAt: nodes.registeredAt,
        drainOrderedAt: nodes.drainOrderedAt,
        drainDeadline: nodes.drainDeadline,
      })
      .from(nodes)
      .where(
        and(
          state === undefined ? undefined : eq(nodes.state, state),
          region === undefined ? undefined : eq(nodes.region, region),
          after === undefined ? undefined : gt(nodes.id, after),
        ),
      )
      .orderBy(asc(nodes.id))
      .limit(limit + 1),
    readLoads(services),
  ]);
  const items = rows.map(row => ({
    ...row,
    slotsInUse: row.sessions.length,
    load: loads[row.id] ?? null,
    leaseExpiresAt: row.leaseExpiresAt.toISOString(),
    registeredAt: row.registeredAt.toISOString(),
    drainOrderedAt: row.drainOrderedAt?.toISOString() ?? null,
    drainDeadline: row.drainDeadline?.toISOString() ?? null,
  }));
  return toPage(items, limit, node => [node.id]);
}

/** What an operator changes of a node. Throws `node_not_found`. */
export async function stateOfNode(
  db: Database,
  id: string,
): Promise<{ state: NodeState; drained: boolean; drainDeadline: string | null }> {
  const [found] = await db
    .select({ state: nodes.state, orderedAt: nodes.drainOrderedAt, deadline: nodes.drainDeadline })
    .from(nodes)
    .where(eq(nodes.id, id));
  if (found === undefined) throw new NearcadeError('node_not_found');
  return {
    state: found.state,
    drained: found.orderedAt !== null,
    drainDeadline: found.deadline?.toISOString() ?? null,
  };
}
