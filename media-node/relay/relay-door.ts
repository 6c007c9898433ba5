import type { WebSocket } from 'ws';
import type { RelayClaims } from '#shared/relay.ts';
import type { TicketClaims } from '#shared/ticket.ts';
import type { Admission, AdmissionMedia } from '../agent/admission.ts';
import type { Participant } from '../agent/participant.ts';
import type { Config } from '../config.ts';
import type { Logger } from '../log.ts';
import type { Room } from '../sfu/room.ts';
import { RelayLine } from './relay-line.ts';

export interface RelayDoorOptions {
  rtc: Config['rtc'];
  /** Checks a relay's ticket. */
  verifyRelay: (ticket: string) => Promise<RelayClaims>;
  /** Checks the ticket of a spectator who came to that relay. */
  verifySpectator: (ticket: string, relayId: string) => Promise<TicketClaims>;
  admit: (claims: TicketClaims, participant: Participant, media: AdmissionMedia) => Promise<Admission>;
  /** The room of the session that a relay may show. Throws `session_over`, `epoch_stale`. */
  roomOf: (claims: RelayClaims) => Room;
  log: Logger;
}

/** Where relays come in at a session's own node. A relay that connects anew takes the place of its older line. */
export class RelayDoor {
  readonly #options: RelayDoorOptions;
  readonly #lines = new Map<string, RelayLine>();

  constructor(options: RelayDoorOptions) {
    this.#options = options;
  }

  take(socket: WebSocket, localAddress: string | undefined): void {
    const line = new RelayLine({
      ...this.#options,
      socket,
      localAddress,
      onKnown: ({ sub, sessionId }) => {
        const key = `${sub} ${sessionId}`;
        this.#lines.get(key)?.close(REPLACED, 'replaced');
        this.#lines.set(key, line);
        line.onClose(() => {
          if (this.#lines.get(key) === line) this.#lines.delete(key);
        });
      },
    });
  }

  /** Relays that show sessions of this node now. */
  get size(): number {
    return this.#lines.size;
  }

  /** Idempotent. */
  close(): void {
    for (const line of [...this.#lines.values()]) line.close(GOING_AWAY, 'node_shutdown');
  }
}

/** RFC 6455 and shared/signal.ts. */
const GOING_AWAY = 1001;
const REPLACED = 4002;
