import type { QualityBounds } from '#shared/quality.ts';
import type { ServerMessage } from '#shared/signal.ts';
import type { Role } from '#shared/ticket.ts';

/** Somebody with an admitted ticket and a socket, as the session sees them. */
export interface Participant {
  readonly userId: string;
  /** Role, seat and host are written by `Session.move` alone. */
  role: Role;
  seat: number | null;
  /** Decides about the session: their quit ends it. */
  host: boolean;
  /** The state of the session's seating that the place is of. */
  seating: number;
  readonly displayName: string;
  /**
   * A standard player by a member's WHEP link, beside the member's own page: counted among the spectators, but no member comes
   * or goes with it.
   */
  readonly unlisted?: boolean;
  /** The node by which a spectator watches; undefined: this one. */
  readonly relayedBy?: string;
  /** What the ticket bounds the picture to. */
  readonly quality?: QualityBounds | undefined;
  send(message: ServerMessage): void;
  /** Closes the socket with one of `CLOSE` or an RFC 6455 code; what was sent before still arrives. */
  close(code: number, reason: string): void;
}
