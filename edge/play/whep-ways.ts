import { sql } from 'drizzle-orm';
import type { AuthenticatedNode } from '#edge/http/context.ts';
import type { Services } from '#edge/services.ts';
import { nodes, sessionMembers, sessions } from '#edge/store/schema.ts';
import type { WhepWayRequest } from '#shared/whep.ts';
import { WHEP_TICKET, whepUrl } from '#shared/whep.ts';
import { signTicket } from './admission.ts';
import { selectMembership } from './members.ts';
import { wayForSpectator } from './relays.ts';

/**
 * Where a standard player watches from that came to the session's node `node`: the address at a relay to send it to, or null, which is the
 * node itself. Decided as for a page: by who is full, and by how far the region of the link is.
 */
export async function whepWay(
  services: Services,
  node: AuthenticatedNode,
  { sessionId, userId, displayName, region, full, player }: WhepWayRequest,
): Promise<{ url: string | null }> {
  const { db } = services;
  const costs = region === undefined ? {} : { [region]: 0 };
  const { rows } = await db.execute<{ id: string; signal_url: string }>(sql`
    with live as (
      select session.id, session.node_id from ${sessions} as session
      where session.id = ${sessionId}::uuid and session.ended_at is null and session.node_id = ${node.id}
        and exists (select 1 from ${sessionMembers} as maker
          where maker.session_id = session.id and maker.user_id = ${userId}::uuid and maker.active)
    ),
    ${wayForSpectator(userId, costs, full)}
    select relay.id, relay.signal_url from way join ${nodes} as relay on relay.id = way.node`);
  const [relay] = rows;
  const [member] = relay === undefined ? [] : await selectMembership(db, sessionId, userId);
  if (relay === undefined || member === undefined) return { url: null };
  const { slot, epoch } = member.session;
  if (slot === null || epoch === null) return { url: null };
  const ticket = await signTicket(
    services,
    { sub: userId, name: displayName },
    { session: member.session, role: 'spectator', seat: null, host: false, rights: [] },
    { nodeId: relay.id, origin: node.id, slot, epoch, whep: player },
  );
  const url = new URL(whepUrl(relay.signal_url, sessionId));
  url.searchParams.set(WHEP_TICKET, ticket);
  return { url: url.href };
}
