import type { RelayWay } from '#shared/relay.ts';
import type { TicketClaims } from '#shared/ticket.ts';
import type { AdmissionMedia } from '../agent/admission.ts';
import type { Participant } from '../agent/participant.ts';
import type { Config } from '../config.ts';
import type { Logger } from '../log.ts';
import type { Workers } from '../sfu/workers.ts';
import { RelaySession } from './relay-session.ts';
import type { RelayedSpectator } from './relayed-spectator.ts';

export interface RelaysOptions {
  workers: Workers;
  rtc: Config['rtc'];
  /** `ticket`: of the standard player who comes first, if it is one. */
  way: (sessionId: string, ticket: string | undefined) => Promise<RelayWay>;
  log: Logger;
}

/** The sessions of other nodes that this one shows. They take none of its slots. */
export class Relays {
  readonly #options: RelaysOptions;
  readonly #sessions = new Map<string, RelaySession>();

  constructor(options: RelaysOptions) {
    this.#options = options;
  }

  /** Spectators that watch by this node. */
  get spectators(): number {
    return [...this.#sessions.values()].reduce((sum, session) => sum + session.spectators, 0);
  }

  /** Throws `spectators_full`, `unavailable`, or what the session's node or the edge refuse by. */
  admit(
    claims: TicketClaims,
    ticket: string,
    participant: Participant,
    codecs?: AdmissionMedia['codecs'],
  ): Promise<RelayedSpectator> {
    const { sessionId, epoch } = claims;
    const key = `${sessionId} ${epoch}`;
    let session = this.#sessions.get(key);
    if (session === undefined) {
      session = new RelaySession({
        ...this.#options,
        way: id => this.#options.way(id, claims.whep === undefined ? undefined : ticket),
        sessionId,
        epoch,
        onClose: () => this.#sessions.delete(key),
      });
      this.#sessions.set(key, session);
    }
    return session.admit(ticket, participant, codecs);
  }

  /** Idempotent. */
  close(): void {
    for (const session of [...this.#sessions.values()]) session.close();
  }
}
