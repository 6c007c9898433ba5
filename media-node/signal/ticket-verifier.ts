import { createLocalJWKSet, errors, type JWTVerifyResult, jwtVerify } from 'jose';
import type { Jwks } from '#shared/api/fleet.ts';
import { NearcadeError } from '#shared/errors.ts';
import { TICKET_CLOCK_SKEW_S } from '#shared/limits.ts';
import { RELAY_TOKEN, type RelayClaims, relayClaimsSchema } from '#shared/relay.ts';
import { TICKET_ISSUER, TICKET_TYPE, type TicketClaims, ticketClaimsSchema } from '#shared/ticket.ts';
import { WHEP_TOKEN } from '#shared/whep.ts';

export interface TicketVerifierOptions {
  nodeId: string;
  /** Keys that the edge signs with now; it changes with every heartbeat. */
  jwks: () => Jwks;
  /** Milliseconds since 1970, by the clock that tickets are signed by. */
  now: () => number;
  /** When this program started, by the same clock: tickets from before may have been used then, and their sessions are gone. */
  startedAt: () => number;
}

/** Checks tickets without asking anybody (RFC 7519, RFC 8037). Each works once. */
export class TicketVerifier {
  readonly #nodeId: string;
  readonly #jwks: () => Jwks;
  readonly #now: () => number;
  readonly #startedAt: () => number;
  /** jti to the second from which it has expired anyway. */
  readonly #used = new Map<string, number>();

  constructor(options: TicketVerifierOptions) {
    this.#nodeId = options.nodeId;
    this.#jwks = options.jwks;
    this.#now = options.now;
    this.#startedAt = options.startedAt;
  }

  /** Throws `ticket_invalid`, `ticket_expired`, `ticket_foreign` or `ticket_used`. */
  async verify(ticket: string): Promise<TicketClaims> {
    const claims = await this.#check(ticket, TICKET_TYPE, this.#nodeId);
    // From here on nothing awaits: two sockets with one ticket cannot both get past this.
    this.#useOnce(claims);
    return claims;
  }

  /** The ticket of a spectator who came to a relay of a session here. Throws like `verify`. */
  async verifyRelayed(ticket: string, relayId: string): Promise<TicketClaims> {
    const claims = await this.#check(ticket, TICKET_TYPE, relayId);
    if (claims.origin !== this.#nodeId || claims.role !== 'spectator')
      throw new NearcadeError('ticket_foreign');
    this.#useOnce(claims);
    return claims;
  }

  /** A relay's own ticket to a session here. Throws like `verify`. */
  async verifyRelay(ticket: string): Promise<RelayClaims> {
    const { payload } = await this.#checkSignature(ticket, RELAY_TOKEN.type, this.#nodeId);
    const claims = relayClaimsSchema.safeParse(payload);
    if (!claims.success) throw new NearcadeError('ticket_invalid', undefined, { cause: claims.error });
    this.#checkAge(claims.data);
    this.#useOnce(claims.data);
    return claims.data;
  }

  /** The token of a WHEP link, which may be used again: a spectator's claims. Throws like `verify`, but for `ticket_used`. */
  async verifyWhep(token: string): Promise<TicketClaims> {
    const claims = await this.#check(token, WHEP_TOKEN.type, this.#nodeId);
    if (claims.role !== 'spectator')
      throw new NearcadeError('ticket_invalid', 'A link is for watching alone');
    return claims;
  }

  /** The ticket of a standard player that was sent on to here, a relay. Throws like `verify`. */
  async verifySentOn(ticket: string): Promise<TicketClaims> {
    const claims = await this.verify(ticket);
    if (claims.role !== 'spectator' || claims.whep === undefined || claims.origin === undefined)
      throw new NearcadeError('ticket_invalid', 'The ticket is not of a WHEP player');
    return claims;
  }

  async #check(token: string, type: string, audience: string): Promise<TicketClaims> {
    const verified = await this.#checkSignature(token, type, audience);
    const claims = ticketClaimsSchema.safeParse(verified.payload);
    if (!claims.success) throw new NearcadeError('ticket_invalid', undefined, { cause: claims.error });
    this.#checkPlace(claims.data);
    return claims.data;
  }

  async #checkSignature(ticket: string, type: string, audience: string): Promise<JWTVerifyResult> {
    try {
      return await jwtVerify(
        ticket,
        createLocalJWKSet({ keys: this.#jwks().keys.map(({ kty, crv, x, kid }) => ({ kty, crv, x, kid })) }),
        {
          issuer: TICKET_ISSUER,
          audience,
          typ: type,
          algorithms: ['EdDSA', 'Ed25519'],
          clockTolerance: TICKET_CLOCK_SKEW_S,
          currentDate: new Date(this.#now()),
        },
      );
    } catch (cause) {
      throw new NearcadeError(codeOf(cause), undefined, { cause });
    }
  }

  #checkPlace(claims: TicketClaims): void {
    if ((claims.role === 'player') !== (claims.seat !== null)) {
      throw new NearcadeError('ticket_invalid', 'A player has a seat and a spectator has none');
    }
    this.#checkAge(claims);
  }

  #checkAge(claims: Pick<TicketClaims, 'iat'>): void {
    if (claims.iat + TICKET_CLOCK_SKEW_S < Math.floor(this.#startedAt() / 1000)) {
      throw new NearcadeError('ticket_expired', 'The ticket is older than this node');
    }
  }

  #useOnce(claims: Pick<TicketClaims, 'jti' | 'exp'>): void {
    const now = this.#now() / 1000;
    for (const [jti, until] of this.#used) {
      if (until < now) this.#used.delete(jti);
    }
    if (this.#used.has(claims.jti)) throw new NearcadeError('ticket_used');
    this.#used.set(claims.jti, claims.exp + TICKET_CLOCK_SKEW_S);
  }
}

function codeOf(cause: unknown): 'ticket_expired' | 'ticket_foreign' | 'ticket_invalid' {
  if (cause instanceof errors.JWTExpired) return 'ticket_expired';
  if (cause instanceof errors.JWTClaimValidationFailed && cause.claim === 'aud') return 'ticket_foreign';
  return 'ticket_invalid';
}
