import { z } from 'zod';
import { TICKET_ISSUER } from './ticket.ts';

/**
 * WHEP (draft-ietf-wish-whep), by which any standard player watches a session. A link is the address of the session on its node and a
 * token: a JWT with the claims of a spectator's ticket that lives longer and may be used again, since players connect again by themselves.
 */
export const WHEP_PATH = '/whep';
export const WHEP_TOKEN = { type: 'whep+jwt', issuer: TICKET_ISSUER } as const;

/** Seconds a link is good for: long enough to be pasted into a player at leisure. Who watches by then goes on. */
export const WHEP_TOKEN_TTL_S = 3600;

/** Media types of an offer or answer (RFC 8866) and of a change to its ICE (RFC 8840). */
export const SDP_TYPE = 'application/sdp';
export const ICE_FRAGMENT_TYPE = 'application/trickle-ice-sdpfrag';

/** The address to POST an offer to, from the address of the node's WebSocket. */
export function whepUrl(signalUrl: string, sessionId: string): string {
  const url = new URL(signalUrl.replace(/^ws/, 'http'));
  url.pathname = `${url.pathname.replace(/\/+$/, '')}${WHEP_PATH}/${sessionId}`;
  return url.href;
}

/**
 * The parameter of an address at a relay that has the spectator's ticket by which a player comes in that was sent on to there: browsers (Fetch)
 * and others keep the link's own token to the origin that it was meant for.
 */
export const WHEP_TICKET = 'ticket';

/** What a node asks the edge about a player that has come with a good link. */
export const whepWayRequestSchema = z.object({
  sessionId: z.uuid(),
  /** Whose link it is. */
  userId: z.uuid(),
  displayName: z.string().min(1).max(40),
  region: z.string().max(32).optional(),
  /** The node has no room for one more. */
  full: z.boolean(),
  /** As `whep` in a ticket. */
  player: z.string().max(64),
});
export type WhepWayRequest = z.infer<typeof whepWayRequestSchema>;

/** Where the player is to POST its offer instead; null: it stays. */
export const whepWaySchema = z.object({ url: z.url().nullable() });
