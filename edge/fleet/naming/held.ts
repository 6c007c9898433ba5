import { type SQL, sql } from 'drizzle-orm';
import { nodeNames, nodes } from '#edge/store/schema.ts';

/** Seconds for which a name is kept for a node that has asked for it and not registered: it asks again while it waits for its certificate. */
const PENDING_S = 600;

/**
 * Seconds for which a lost node keeps its name: who comes back within them is found where it was. Resolvers keep it for half an
 * hour that a name is not there (RFC 2308), so that a record that goes at once would turn a node's short absence into a long one.
 */
const LOST_S = 60;

/** Whether the node `id` (SQL) has a place in the fleet, by a start that fits `of` (SQL over `node`): gone and lost ones have none, and who never registered. */
export const isMember = (id: SQL, of: SQL = sql`true`) => sql`exists (
  select 1 from ${nodes} as node where node.id = ${id} and node.state in ('ready', 'draining') and ${of})`;

/** Whether a name belongs to somebody still, or again; over `name`, a row of node_names. */
export const isHeld = sql`(
  ${isMember(sql`name.node_id`)}
  or name.asked_at > now() - make_interval(secs => ${PENDING_S}::float8) and not exists (
    select 1 from ${nodes} as node
    where node.id = name.node_id and node.boot_id = name.boot_id and node.lease_expires_at >= name.asked_at)
  or exists (
    select 1 from ${nodes} as node
    where node.id = name.node_id and node.boot_id = name.boot_id and node.state = 'lost'
      and node.lease_expires_at > now() - make_interval(secs => ${LOST_S}::float8)))`;

/** Whether the node's name is held by another start of its program, which has it by the address that it called from. */
export const isNamedOtherwise = (nodeId: string, bootId: string) => sql`exists (
  select 1 from ${nodeNames} as name
  where name.node_id = ${nodeId} and name.wanted and name.boot_id <> ${bootId}::uuid and ${isHeld})`;
