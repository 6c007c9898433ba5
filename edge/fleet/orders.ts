import { type SQL, sql } from 'drizzle-orm';
import { z } from 'zod';
import { describeError, log } from '#edge/http/log.ts';
import type { Services } from '#edge/services.ts';
import type { Database } from '#edge/store/database.ts';
import { nodeOrders, nodes } from '#edge/store/schema.ts';
import { MAX_ORDERS_AT_ONCE, type NodeOrder, nodeOrderSchema, type OrderBody } from '#shared/api/orders.ts';

/** Seconds after which an order is of no use any more: a node that was silent for that long has lost its sessions. */
const KEEP_S = 3600;

const rowSchema = z.object({ id: z.string(), at: z.string(), body: z.record(z.string(), z.unknown()) });

/** Gives a node an order: kept until it says that it was done, and pushed to it now if it is connected. */
export async function orderNode(services: Services, nodeId: string, body: OrderBody): Promise<void> {
  await giveOrder(services.db, nodeId, body);
  await pushOrders(services, nodeId);
}

/** The same for the transaction that makes it needed; a statement. Push it when it is committed. */
export function giveOrder(db: Database, nodeId: string, body: OrderBody) {
  return giveOrders(
    db,
    sql`select id as node_id, ${JSON.stringify(body)}::jsonb as body from ${nodes} where id = ${nodeId}`,
  );
}

/**
 * The same as a part of a statement that decides something, so that orders are given in the order of what was decided: `rows` is a query
 * of node and body (jsonb). Push them when it is committed.
 */
export const orderRows = (rows: SQL): SQL => sql`
  insert into ${nodeOrders} (node_id, body) ${rows} returning node_id`;

/**
 * Gives the orders of the query `over` (node_id, body), for the transaction that makes them needed; a statement, its last one. The time
 * of the orders is that of the statement and not of the transaction: tickets that were signed while it ran are older. Push to the nodes that it
 * answers (`pushOrdersIn`) after it is committed.
 */
export function giveOrders(db: Database, over: SQL) {
  return db.execute<{ orderedNodeId: string }>(sql`
    insert into ${nodeOrders} (node_id, body, created_at)
    select ordered.node_id, ordered.body, clock_timestamp() from (${over}) as ordered
    returning node_id as "orderedNodeId"`);
}

/** Orders of the query `over` as a query, which void no ticket. Read and push them like those of `giveOrders`. */
export const orderQuery = (over: SQL): SQL => sql`
  insert into ${nodeOrders} (node_id, body) ${over} returning node_id as "orderedNodeId"`;

/** The nodes that a transaction with such statements has ordered about. */
function orderedNodesIn(results: ReadonlyArray<{ rows: readonly object[] }>): string[] {
  const rows = results.flatMap(result => result.rows);
  return rows.flatMap(row => ('orderedNodeId' in row ? [String(row.orderedNodeId)] : []));
}

/** Pushes what a transaction with such statements has ordered. Never throws. */
export async function pushOrdersIn(
  services: Pick<Services, 'nodeChannels'>,
  results: ReadonlyArray<{ rows: readonly object[] }>,
): Promise<void> {
  await Promise.all(orderedNodesIn(results).map(nodeId => pushOrders(services, nodeId)));
}

/** Tells the node's control channel that orders wait. Never throws: the next heartbeat brings them too. */
export async function pushOrders({ nodeChannels }: Pick<Services, 'nodeChannels'>, nodeId: string) {
  try {
    await nodeChannels.get(nodeChannels.idFromName(nodeId)).push();
  } catch (error) {
    log('warn', 'orders not pushed', { nodeId, ...describeError(error) });
  }
}

/** The node's oldest orders that wait; a statement. Read its rows with `toOrders`. */
export function selectOrders(db: Database, nodeId: string) {
  return db.execute(sql`
    select id, to_char(created_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at, body
    from ${nodeOrders} where node_id = ${nodeId} order by id limit ${MAX_ORDERS_AT_ONCE}`);
}

export function toOrders(rows: readonly unknown[]): NodeOrder[] {
  return rows.map(row => {
    const { id, at, body } = rowSchema.parse(row);
    return nodeOrderSchema.parse({ ...body, id, at });
  });
}

/** Forgets orders that the node has carried out; a statement. */
export function forgetOrders(db: Database, nodeId: string, ids: readonly string[]) {
  return deleteOrders(
    db,
    sql`
    node_id = ${nodeId} and id::text in (select jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb))`,
  );
}

/** Forgets what an older start of a node was told to do with sessions that it does not have any more; a statement. */
export function forgetOrdersOfOlderBoot(db: Database, nodeId: string, bootId: string) {
  return deleteOrders(
    db,
    sql`
    node_id = ${nodeId} and body ->> 'type' not in ('drain', 'undrain')
    and exists (select 1 from ${nodes} where id = ${nodeId} and boot_id <> ${bootId}::uuid)`,
  );
}

export async function deleteOldOrders(db: Database): Promise<void> {
  await deleteOrders(db, sql`created_at < now() - make_interval(secs => ${KEEP_S}::float8)`);
}

function deleteOrders(db: Database, condition: SQL) {
  return db.execute(sql`delete from ${nodeOrders} where ${condition}`);
}
