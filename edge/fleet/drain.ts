import { sql } from 'drizzle-orm';
import type { Services } from '#edge/services.ts';
import { nodes } from '#edge/store/schema.ts';
import { NearcadeError } from '#shared/errors.ts';
import { giveOrder, pushOrdersIn } from './orders.ts';

/**
 * The node gets no new session from this moment on, and tells its players; what still plays at `deadline` ends. Null: each
 * session ends by itself. Throws `node_not_found`.
 */
export async function drainNode(services: Services, nodeId: string, deadline: Date | null): Promise<void> {
  const { db } = services;
  const until = deadline?.toISOString() ?? null;
  const [{ rows }, ordered] = await db.batch([
    db.execute(sql`
      update ${nodes} set drain_ordered_at = coalesce(drain_ordered_at, now()), drain_deadline = ${until}::timestamptz,
        state = case when state = 'ready' then 'draining' else state end
      where id = ${nodeId} returning 1`),
    giveOrder(db, nodeId, { type: 'drain', deadline: until }),
  ]);
  if (rows.length === 0) throw new NearcadeError('node_not_found');
  await pushOrdersIn(services, [ordered]);
}

/** Takes an order to drain back; a node that drains for reasons of its own goes on doing so. Throws `node_not_found`. */
export async function undrainNode(services: Services, nodeId: string): Promise<void> {
  const { db } = services;
  const [{ rows }, ordered] = await db.batch([
    // The node's next heartbeat says whether it is ready.
    db.execute(sql`
      update ${nodes} set drain_ordered_at = null, drain_deadline = null where id = ${nodeId} returning 1`),
    giveOrder(db, nodeId, { type: 'undrain' }),
  ]);
  if (rows.length === 0) throw new NearcadeError('node_not_found');
  await pushOrdersIn(services, [ordered]);
}
