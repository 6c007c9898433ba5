import type { types } from 'mediasoup';
import { errorCodeSchema, NearcadeError } from '#shared/errors.ts';
import type { ConsumerInfo, ServerMessage } from '#shared/signal.ts';
import type { TicketClaims } from '#shared/ticket.ts';
import type { AdmissionMedia } from '../agent/admission.ts';
import type { Participant } from '../agent/participant.ts';
import type { WhepPlace } from '../whep/whep-viewer.ts';
import type { RelayedSpectator } from './relayed-spectator.ts';
import type { Relays } from './relays.ts';

/** Milliseconds for the session's node to let a player in, and for its streams to be here. */
const WELCOME_DEADLINE_MS = 8000;

/** Milliseconds between words to the session's node that the player is still there: it has no page that says so. */
const PING_MS = 2000;

/** A standard player (WHEP) that watches a session of another node by this one. */
export class RelayedPlayer implements WhepPlace {
  readonly #spectator: RelayedSpectator;
  readonly #ping: NodeJS.Timeout;

  private constructor(spectator: RelayedSpectator) {
    this.#spectator = spectator;
    this.#ping = setInterval(() => spectator.passesOn({ type: 'ping', sentAt: 0 }), PING_MS);
  }

  /** Throws what the session's node refuses by, or `unavailable`. */
  static async open(
    relays: Relays,
    claims: TicketClaims,
    ticket: string,
    participant: Participant,
    media: AdmissionMedia,
  ): Promise<RelayedPlayer> {
    const welcomed = Promise.withResolvers<void>();
    const fail = (error: NearcadeError) => welcomed.reject(error);
    const late = setTimeout(() => fail(new NearcadeError('unavailable')), WELCOME_DEADLINE_MS);
    // It may fail before anybody waits for it.
    welcomed.promise.catch(() => undefined);
    let refusedBy = new NearcadeError('unavailable', 'The session’s node has hung up');
    const hearing: Participant = {
      ...participant,
      send: (message: ServerMessage) => {
        if (message.type === 'welcome') welcomed.resolve();
        if (message.type === 'refused') refusedBy = asError(message.code, message.message);
        participant.send(message);
      },
      close: (code, reason) => {
        fail(refusedBy);
        participant.close(code, reason);
      },
    };
    try {
      const spectator = await relays.admit(claims, ticket, hearing, media.codecs);
      const player = new RelayedPlayer(spectator);
      try {
        await welcomed.promise;
        return player;
      } catch (error) {
        player.leave();
        throw error;
      }
    } finally {
      clearTimeout(late);
    }
  }

  get media(): WhepPlace['media'] {
    const { viewer, codec } = this.#spectator.served;
    return { recvTransport: viewer.recvTransport, protocol: viewer.protocol, codec };
  }

  onLink(listener: (state: 'up' | 'down') => void): void {
    this.#spectator.served.viewer.onLink(listener);
  }

  consume(rtpCapabilities: types.RtpCapabilities): Promise<ConsumerInfo[]> {
    return this.#spectator.served.viewer.consume(rtpCapabilities);
  }

  connectTransport(transportId: string, dtlsParameters: unknown): Promise<void> {
    return this.#spectator.served.viewer.connect(transportId, dtlsParameters);
  }

  restartIce(transportId: string): Promise<types.IceParameters> {
    return this.#spectator.served.viewer.restartIce(transportId);
  }

  /** Idempotent. */
  leave(): void {
    clearInterval(this.#ping);
    this.#spectator.leave();
  }
}

function asError(code: string, message: string): NearcadeError {
  const known = errorCodeSchema.safeParse(code);
  return new NearcadeError(known.success ? known.data : 'unavailable', message);
}
