import type { ServerMessage } from '#shared/signal.ts';
import type { Role } from '#shared/ticket.ts';

/** Somebody with an admitted ticket and a socket, as the session sees them. */
export interface Participant {
  readonly userId: string;
  readonly role: Role;
  readonly seat: number | null;
  readonly displayName: string;
  /**
   * A standard player by a member's WHEP link, beside the member's own page: counted among the spectators, but no member comes
   * or goes with it.
   */
  readonly unlisted?: boolean;
  send(message: ServerMessage): void;
  /** Closes the socket with one of `CLOSE` or an RFC 6455 code; what was sent before still arrives. */
  close(code: number, reason: string): void;
}
