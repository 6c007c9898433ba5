import { z } from 'zod';
import { qualityBoundsSchema } from './quality.ts';
import { seatRightsSchema } from './seat-rights.ts';

/**
 * The ticket: a JWT (RFC 7519) that the edge signs with Ed25519 (`alg: EdDSA`, RFC 8037, `kid` in its JWKS) and the
 * media node verifies offline. Bound to one node (`aud`), session, epoch, slot, user and seat; works once (`jti`).
 */
export const TICKET_ISSUER = 'nearcade';
export const TICKET_TYPE = 'ticket+jwt';

export const ROLES = ['player', 'spectator'] as const;
export const roleSchema = z.enum(ROLES);
export type Role = z.infer<typeof roleSchema>;

export const ticketClaimsSchema = z.object({
  iss: z.literal(TICKET_ISSUER),
  /** The node's id. */
  aud: z.string(),
  /** The user's id. */
  sub: z.uuid(),
  jti: z.uuid(),
  /** Seconds since 1970. */
  iat: z.int(),
  exp: z.int(),
  sessionId: z.uuid(),
  /** Fencing epoch of the slot's claim: a node refuses one older than the newest it has seen for that slot. */
  epoch: z.int().positive(),
  slot: z.int().nonnegative(),
  role: roleSchema,
  /** 1 is the host; null for spectators. */
  seat: z.int().positive().nullable(),
  /** A spectator's, by a relay: the node that has the session. `aud` is then the relay's. */
  origin: z.string().optional(),
  /** Of a standard player that was sent on to a relay: the SHA-256 (base64url) of the link's token, by which the player is known there. */
  whep: z.string().max(64).optional(),
  /** Of a WHEP link: the region nearest to who made it. */
  region: z.string().max(32).optional(),
  displayName: z.string().min(1).max(40),
  /** Who decides about the session, and ends it by quitting. Not said: who has the first seat. */
  host: z.boolean().optional(),
  /** Whose game it is: its saves are theirs. Not said: the first host's. */
  ownerId: z.uuid().optional(),
  /** The state of the session's seating that `rights` are of: a node goes by the newest that it knows. */
  seating: z.int().nonnegative().optional(),
  /** What the seat may do. Not said: everything. */
  rights: seatRightsSchema.optional(),
  /** The most that the picture may be for this player, by what they pay or where they are. Not said: what the game has. */
  quality: qualityBoundsSchema.optional(),
  /** What to start. */
  game: z.string(),
  gameVersion: z.string(),
});
export type TicketClaims = z.infer<typeof ticketClaimsSchema>;
