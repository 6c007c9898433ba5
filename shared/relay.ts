import { z } from 'zod';
import { TICKET_ISSUER } from './ticket.ts';

/**
 * A relay: a node that shows a session of another node, its origin, to spectators. It comes in there by a ticket of its own that the edge
 * signs, good for as long as a player's and once; who watches shows it a spectator's ticket that names both nodes.
 */
export const RELAY_TOKEN = { type: 'relay+jwt', issuer: TICKET_ISSUER } as const;

/** Where on the origin's signalling address relays come in. */
export const RELAY_PATH = '/relay';

export const relayClaimsSchema = z.object({
  iss: z.literal(TICKET_ISSUER),
  /** The origin's node id. */
  aud: z.string(),
  /** The relay's node id. */
  sub: z.string(),
  jti: z.uuid(),
  /** Seconds since 1970. */
  iat: z.int(),
  exp: z.int(),
  sessionId: z.uuid(),
  epoch: z.int().positive(),
  slot: z.int().nonnegative(),
});
export type RelayClaims = z.infer<typeof relayClaimsSchema>;

/** What the edge answers a relay that asks for its way to a session. */
export const relayWaySchema = z.object({
  ticket: z.string(),
  /** The origin's WebSocket address. */
  signalUrl: z.url({ protocol: /^wss?$/ }),
  epoch: z.int().positive(),
});
export type RelayWay = z.infer<typeof relayWaySchema>;

/** Milliseconds of a spectator's delay that a hop over another node, and one that has to be set up first, are taken to be worth. */
export const RELAY_HOP_MS = 10;
export const RELAY_SETUP_MS = 30;

/** Relays of one session: as many thousands of spectators as a session will have. */
export const MAX_RELAYS = 16;
