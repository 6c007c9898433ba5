import { type SQL, sql } from 'drizzle-orm';
import type { Database } from '#edge/store/database.ts';
import { fleetWatch, nodes } from '#edge/store/schema.ts';
import { NODE_TABLE } from '#shared/lifecycles.ts';
import { NODE_LEASE_S } from '#shared/limits.ts';
import { statesThatTake } from '#shared/state-machine.ts';

/** Seconds between two notes at most, so that a thousand heartbeats do not all write one row. */
const NOTE_EVERY_S = 5;

/**
 * Seconds without a note after which it was us who were away, the Worker or its database: heartbeats of any node and the alarms of
 * their leases note more often.
 */
const AWAY_S = NODE_LEASE_S + NOTE_EVERY_S;

/** Notes that heartbeats can be heard; a statement. */
export function noteWatch(db: Database) {
  return db.execute(sql`
    insert into ${fleetWatch} as watch (id, seen_at) values (1, now())
    on conflict (id) do update set seen_at = now()
    where watch.seen_at < now() - make_interval(secs => ${NOTE_EVERY_S}::float8)`);
}

/**
 * Leases that ran out while nobody could have heard their nodes: those get as long again to be heard, once, in which they are
 * given no new session. A statement that has to come before a lease is held against anybody. `nodesOf`: SQL over `node`.
 */
export function graceAfterAbsence(db: Database, nodesOf: SQL = sql`true`) {
  return db.execute(sql`
    with watch as (
      insert into ${fleetWatch} (id, seen_at) values (1, now())
      on conflict (id) do update set seen_at = now()
      returning old.seen_at as before
    )
    update ${nodes} as node set grace_until = now() + make_interval(secs => ${NODE_LEASE_S}::float8)
    from watch
    where watch.before < now() - make_interval(secs => ${AWAY_S}::float8)
      and node.lease_expires_at < now() and node.grace_until is null
      and ${nodesOf} and node.state in ${statesThatTake(NODE_TABLE, 'lose_lease')}`);
}

/** Whether a node's lease counts against it; over columns of `nodes`. */
export const isSilent = sql`
  ${nodes.leaseExpiresAt} < now() and (${nodes.graceUntil} is null or ${nodes.graceUntil} < now())`;
