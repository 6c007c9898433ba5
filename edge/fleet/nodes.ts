import { eq, type SQL, sql } from 'drizzle-orm';
import type { z } from 'zod';
import type { AuthenticatedNode } from '#edge/http/context.ts';
import { hashSecret, newSecret } from '#edge/http/secrets.ts';
import { settleDown } from '#edge/play/announce.ts';
import { leaveOlderBoot, passOnReservations, passOnTurnedAway } from '#edge/play/endings.ts';
import { advanceQueue } from '#edge/play/queue.ts';
import { noteMissing, reservedUntil, selectHeld } from '#edge/play/reports.ts';
import type { Services } from '#edge/services.ts';
import { isRefusal, refuseWhen } from '#edge/store/refuse.ts';
import { nodeGames, nodes, slots } from '#edge/store/schema.ts';
import type {
  HeartbeatResponse,
  heartbeatRequestSchema,
  RegisterNodeRequest,
  RegisterNodeResponse,
} from '#shared/api/fleet.ts';
import { NearcadeError } from '#shared/errors.ts';
import { NODE_TABLE } from '#shared/lifecycles.ts';
import { NODE_HEARTBEAT_S, NODE_LEASE_S } from '#shared/limits.ts';
import { statesThatTake } from '#shared/state-machine.ts';
import { isNamedOtherwise } from './naming/held.ts';
import { forgetOrders, forgetOrdersOfOlderBoot, selectOrders, toOrders } from './orders.ts';
import { noteWatch } from './watch.ts';

type Heartbeat = z.output<typeof heartbeatRequestSchema>;

/** The state that a node says it has, unless an operator has drained it. */
const stateFrom = (said: SQL) =>
  sql`case when ${nodes.drainOrderedAt} is null then ${said} else 'draining' end`;

const lease = sql`now() + make_interval(secs => ${NODE_LEASE_S}::float8)`;

/**
 * Takes a node in: its slots, its games, a lease and a token for this start of its program. What an older start ran has
 * failed; its token does not work any more. The same start may register again, and keeps its sessions. Throws `node_name_held` for the id of a
 * node whose name another start has: the fleet's key alone must not put one node in another's place.
 */
export async function registerNode(
  services: Services,
  request: RegisterNodeRequest,
): Promise<RegisterNodeResponse> {
  const { db, keys, now } = services;
  const nodeToken = newSecret();
  const { nodeId, bootId } = request;
  const registered = db.batch([
    refuseWhen(db, isNamedOtherwise(nodeId, bootId), 'node_name_held'),
    // Two starts of one node take turns. Claims of its slots go on beside it: waiting for them here could be waiting in a ring.
    db.execute(sql`select 1 from ${nodes} where id = ${nodeId} for no key update`),
    ...leaveOlderBoot(db, nodeId, bootId),
    forgetOrdersOfOlderBoot(db, nodeId, bootId),
    db.execute(sql`
      insert into ${nodes}
        (id, boot_id, token_hash, region, signal_url, slot_count, version, can_relay, state, lease_expires_at)
      values (${nodeId}, ${bootId}::uuid, ${hashSecret(nodeToken)}, ${request.region}, ${request.signalUrl},
        ${request.slots}, ${request.version}, ${request.canRelay ?? false}, 'ready', ${lease})
      on conflict (id) do update set boot_id = excluded.boot_id, token_hash = excluded.token_hash,
        region = excluded.region, signal_url = excluded.signal_url, slot_count = excluded.slot_count,
        version = excluded.version, can_relay = excluded.can_relay, grace_until = null, full_for = '{}',
        state = ${stateFrom(sql`excluded.state`)},
        lease_expires_at = excluded.lease_expires_at,
        registered_at = now()`),
    noteWatch(db),
    db.delete(nodeGames).where(eq(nodeGames.nodeId, nodeId)),
    db.execute(sql`
      insert into ${nodeGames} (node_id, game, version)
      select ${nodeId}::text, offer.slug, offer.version
      from jsonb_to_recordset(${JSON.stringify(request.games)}::jsonb) as offer(slug text, version text)
      on conflict do nothing`),
    db.execute(sql`
      insert into ${slots} (node_id, index)
      select ${nodeId}::text, index from generate_series(0, ${request.slots}::int - 1) as index
      where not exists (select 1 from ${slots} as slot where slot.node_id = ${nodeId} and slot.index = index.index)`),
  ]);
  const results = await registered.catch((error: unknown) => {
    throw isRefusal(error, 'node_name_held') ? new NearcadeError('node_name_held') : error;
  });
  services.knownNodes.forget(nodeId);
  await settleDown(services, results);
  return {
    nodeToken,
    jwks: keys.jwks,
    heartbeatSeconds: NODE_HEARTBEAT_S,
    leaseSeconds: NODE_LEASE_S,
    now: now().getTime(),
  };
}

/** The node that `token` was given to. Throws `node_unknown`. */
export async function findNode({ db, knownNodes, now }: Services, token: string): Promise<AuthenticatedNode> {
  const { rows } = await db.execute<{ id: string; bootId: string }>(sql`
    select id, boot_id as "bootId" from ${nodes} where token_hash = ${hashSecret(token)}`);
  const [node] = rows;
  if (node === undefined) throw new NearcadeError('node_unknown');
  knownNodes.set(token, node, now());
  return node;
}

/**
 * Extends the lease and tells the node which of its sessions do not count any more. A draining node gets no new sessions.
 * Throws `node_unknown` when its lease had run out: then it registers again.
 */
export async function heartbeat(
  services: Services,
  node: AuthenticatedNode,
  request: Heartbeat,
): Promise<HeartbeatResponse> {
  const { db, keys, now } = services;
  const named = request.sessions.map(session => session.sessionId);
  const results = await db.batch([
    db.execute<{ ready: boolean; reservedUntil: number | null }>(sql`
      update ${nodes} set state = ${stateFrom(sql`${request.state}`)}, lease_expires_at = ${lease}, grace_until = null,
        full_for = array(select jsonb_array_elements_text(${JSON.stringify(request.fullFor)}::jsonb))
      where id = ${node.id} and boot_id = ${node.bootId}::uuid and state in ('ready', 'draining')
      returning new.state = 'ready' and (old.state <> 'ready' or old.full_for <> new.full_for) as ready,
        ${reservedUntil(node.id)} as "reservedUntil"`),
    noteWatch(db),
    selectHeld(db, node.id, request.sessions),
    noteMissing(db, node.id, named),
    forgetOrders(db, node.id, request.doneOrders),
    selectOrders(db, node.id),
    ...(request.state === 'draining' ? [passOnReservations(db, node.id, named)] : []),
    ...(request.turnedAway.length > 0 ? [passOnTurnedAway(db, node.id, request.turnedAway)] : []),
  ]);
  const [alive, , held, , , orders, ...passedOn] = results;
  const [row] = alive.rows;
  if (row === undefined) throw new NearcadeError('node_unknown', 'The lease has run out: register again');
  if (row.ready) await advanceQueue(services);
  if (passedOn.some(({ rows }) => rows.length > 0)) await settleDown(services, passedOn);
  const counted = new Set(held.rows.map(row => row.id));
  const endSessions = named.filter(sessionId => !counted.has(sessionId));
  return {
    leaseSeconds: NODE_LEASE_S,
    jwks: keys.jwks,
    endSessions,
    orders: toOrders(orders.rows),
    reservedUntil: row.reservedUntil,
    now: now().getTime(),
  };
}

/** The node goes for good. What it still held has failed, as when its lease runs out; it may register again. */
export async function leaveFleet({ db }: Services, node: AuthenticatedNode): Promise<void> {
  await db.execute(sql`
    update ${nodes} set state = 'gone', lease_expires_at = now()
    where id = ${node.id} and boot_id = ${node.bootId}::uuid and state in ${statesThatTake(NODE_TABLE, 'leave')}`);
}
