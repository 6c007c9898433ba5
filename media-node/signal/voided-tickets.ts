import { NearcadeError } from '#shared/errors.ts';
import { TICKET_CLOCK_SKEW_S } from '#shared/limits.ts';
import type { TicketClaims } from '#shared/ticket.ts';
import { WHEP_TOKEN_TTL_S } from '#shared/whep.ts';

/** The place that a user was given by an order, and the state of the session's seating that it is of. */
export interface Place extends Pick<TicketClaims, 'role' | 'seat'> {
  seating: number;
}

interface Voided {
  /** Seconds since 1970, by the edge's clock. */
  at: number;
  /** Null: all sessions. */
  sessionId: string | null;
  place: Place | undefined;
}

/**
 * Tickets that an order has made worthless before they were used: without this, somebody who was put out could come back with a
 * ticket that they had fetched before. Remembered for as long as what is signed may live: a WHEP link, longer than any ticket.
 */
export class VoidedTickets {
  readonly #now: () => number;
  readonly #byUser = new Map<string, Voided[]>();

  /** `now`: milliseconds since 1970, by the edge's clock. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * Voids the user's tickets that were signed before `at` (milliseconds since 1970); with a `place` those of an older seating, or
   * where the ticket does not say which, those to another place.
   */
  add(userId: string, at: number, sessionId: string | null, place?: Place): void {
    this.#forgetOld();
    const voided = this.#byUser.get(userId) ?? [];
    this.#byUser.set(userId, [...voided, { at: Math.floor(at / 1000), sessionId, place }]);
  }

  /** Throws `ticket_expired`: who still has a right to come gets a fresh one. */
  check(claims: Pick<TicketClaims, 'sub' | 'sessionId' | 'iat' | 'role' | 'seat' | 'seating'>): void {
    for (const { at, sessionId, place } of this.#byUser.get(claims.sub) ?? []) {
      if (sessionId !== null && sessionId !== claims.sessionId) continue;
      if (isVoid(claims, at, place)) {
        throw new NearcadeError('ticket_expired', 'Your place was changed: ask for a new ticket');
      }
    }
  }

  #forgetOld(): void {
    const oldest = this.#now() / 1000 - WHEP_TOKEN_TTL_S - TICKET_CLOCK_SKEW_S;
    for (const [userId, voided] of this.#byUser) {
      const kept = voided.filter(({ at }) => at >= oldest);
      if (kept.length === 0) this.#byUser.delete(userId);
      else this.#byUser.set(userId, kept);
    }
  }
}

/** Where both say which seating they are of, that is what counts: clocks have no part in it. */
function isVoid(claims: Pick<TicketClaims, 'iat' | 'role' | 'seat' | 'seating'>, at: number, place?: Place) {
  if (place !== undefined && claims.seating !== undefined) return claims.seating < place.seating;
  const isToPlace = place !== undefined && place.role === claims.role && place.seat === claims.seat;
  return claims.iat <= at && !isToPlace;
}
