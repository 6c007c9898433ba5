import { type SQL, sql } from 'drizzle-orm';
import type { AuthenticatedNode } from '#edge/http/context.ts';
import type { TokenKind } from '#edge/http/signing-keys.ts';
import type { Services } from '#edge/services.ts';
import { nodes, sessionMembers, sessions } from '#edge/store/schema.ts';
import { NearcadeError } from '#shared/errors.ts';
import { MAX_SPECTATORS, TICKET_TTL_S } from '#shared/limits.ts';
import {
  MAX_RELAYS,
  RELAY_HOP_MS,
  RELAY_SETUP_MS,
  RELAY_TOKEN,
  type RelayClaims,
  type RelayWay,
} from '#shared/relay.ts';
import { TICKET_ISSUER, TICKET_TYPE, ticketClaimsSchema } from '#shared/ticket.ts';
import { UNKNOWN_REGION_MS } from './placement.ts';

/** Seconds for which a spectator's place is held who has not reached the node. */
const SPECTATOR_CLAIM_S = 60;

/** Milliseconds that another node has to be better than the one by which a spectator watches now. */
const STAY_MS = 20;

/**
 * Common table expressions that end in `way(node)`: where one more spectator of `live(id, node_id)` watches from. Null is the session's own
 * node; another id is a relay, for whom it has no room or who is far from it; no row means that there is no room anywhere.
 * `costs`: milliseconds to each region. `isFull`: the session's node has no room, whatever is known here.
 */
export function wayForSpectator(
  userId: string,
  costs: Readonly<Record<string, number>>,
  isFull = false,
): SQL {
  return sql`
    crowd as (
      select coalesce(other.relay_node_id, '') as node, count(*) as size
      from ${sessionMembers} as other, live
      where other.session_id = live.id and other.active and other.role = 'spectator'
        and other.user_id <> ${userId}::uuid
        and (other.seen_seq > 0 or other.claimed_at > now() - make_interval(secs => ${SPECTATOR_CLAIM_S}::float8))
      group by 1
    ),
    mine as (
      select coalesce(me.relay_node_id, '') as node from ${sessionMembers} as me, live
      where me.session_id = live.id and me.user_id = ${userId}::uuid and me.active and me.role = 'spectator'
    ),
    ways as (
      select '' as node, origin.region, 0::float8 as extra
      from live left join ${nodes} as origin on origin.id = live.node_id
      union all
      select relay.id, relay.region, ${RELAY_HOP_MS}::float8
        + case when relay.id in (select node from crowd) then 0 else ${RELAY_SETUP_MS}::float8 end
      from live join ${nodes} as relay on relay.id <> live.node_id
      where relay.can_relay and relay.state = 'ready' and relay.lease_expires_at > now()
        and (relay.id in (select node from crowd)
          or ${MAX_RELAYS}::int > (select count(*) from crowd where node <> ''))
    ),
    way as (
      select nullif(ways.node, '') as node from ways left join crowd on crowd.node = ways.node
      where coalesce(crowd.size, 0) < ${MAX_SPECTATORS}::int and not (${isFull}::boolean and ways.node = '')
      order by coalesce((${JSON.stringify(costs)}::jsonb ->> ways.region)::float8, ${UNKNOWN_REGION_MS}::float8)
        + ways.extra - case when ways.node in (select node from mine) then ${STAY_MS}::float8 else 0 end,
        ways.node
      limit 1
    )`;
}

/**
 * The way to a session for a node that relays it: as long as a spectator of it was sent there, or for who shows the ticket of a standard
 * player that was. Throws `session_not_held` when none was, or the session is over or between two nodes.
 */
export async function wayOfRelay(
  services: Services,
  node: AuthenticatedNode,
  { sessionId, ticket: shown }: { sessionId: string; ticket?: string | undefined },
): Promise<RelayWay> {
  const isSentTo = shown !== undefined && (await isForPlayer(services, node, sessionId, shown));
  const { rows } = await services.db.execute<{
    node_id: string;
    signal_url: string;
    slot: number;
    epoch: number;
  }>(sql`
    select session.node_id, origin.signal_url, session.slot, session.epoch::float8 as epoch
    from ${sessions} as session join ${nodes} as origin on origin.id = session.node_id
    where session.id = ${sessionId}::uuid and session.ended_at is null and (${isSentTo}::boolean or exists (
      select 1 from ${sessionMembers} as member
      where member.session_id = session.id and member.active and member.role = 'spectator'
        and member.relay_node_id = ${node.id}))`);
  const [found] = rows;
  if (found === undefined) throw new NearcadeError('session_not_held');
  const { node_id: audience, signal_url: signalUrl, slot, epoch } = found;
  const kind: TokenKind = { ...RELAY_TOKEN, audience };
  const claims: Omit<RelayClaims, 'iss' | 'aud' | 'sub' | 'iat' | 'exp'> = {
    jti: crypto.randomUUID(),
    sessionId,
    epoch,
    slot,
  };
  const lifetime = { now: services.now(), seconds: TICKET_TTL_S };
  return { ticket: await services.keys.sign(kind, node.id, claims, lifetime), signalUrl, epoch };
}

async function isForPlayer(services: Services, node: AuthenticatedNode, sessionId: string, ticket: string) {
  const kind: TokenKind = { type: TICKET_TYPE, issuer: TICKET_ISSUER, audience: node.id };
  try {
    const claims = await services.keys.verify(kind, ticket, services.now(), ticketClaimsSchema);
    return claims.sessionId === sessionId && claims.whep !== undefined;
  } catch {
    return false;
  }
}
