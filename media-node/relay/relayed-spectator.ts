import type { types } from 'mediasoup';
import { NearcadeError } from '#shared/errors.ts';
import {
  type ClientMessage,
  type ClientRequest,
  type ServerMessage,
  serverMessageSchema,
  type Welcome,
} from '#shared/signal.ts';
import type { AdmissionMedia } from '../agent/admission.ts';
import type { Participant } from '../agent/participant.ts';
import type { VideoCodec } from '../sfu/codecs.ts';
import type { Viewer } from '../sfu/viewer.ts';

/** What a relay serves a spectator by, and the codec of the picture then. */
export interface Served {
  viewer: Viewer;
  codec: VideoCodec;
}

/**
 * A spectator who watches a session of another node by this one: picture and sound are served here, everything else is between them
 * and the session's node.
 */
export class RelayedSpectator {
  readonly channel: number;
  readonly participant: Participant;
  readonly #forward: (text: string) => void;
  readonly #onLeave: () => void;
  /** The codecs of who takes only some, given that of the picture. */
  readonly codecs: AdmissionMedia['codecs'];
  #served: Served | undefined;
  #left = false;
  #turn: Promise<void> = Promise.resolve();

  constructor(options: {
    channel: number;
    participant: Participant;
    codecs?: AdmissionMedia['codecs'];
    forward: (text: string) => void;
    onLeave: () => void;
  }) {
    this.channel = options.channel;
    this.participant = options.participant;
    this.codecs = options.codecs;
    this.#forward = options.forward;
    this.#onLeave = options.onLeave;
  }

  /** Completes the welcome of the session's node by what is served here. */
  welcome(welcome: Welcome, served: Served, rtpCapabilities: types.RtpCapabilities): void {
    const { viewer } = served;
    if (this.#left) {
      viewer.close();
      return;
    }
    this.#served = served;
    this.participant.send({
      ...welcome,
      routerRtpCapabilities: { ...rtpCapabilities },
      recvTransport: viewer.recvTransport,
      sendTransport: null,
    });
  }

  /** What serves them here. Throws `signal_protocol` before they were welcomed. */
  get served(): Served {
    if (this.#served === undefined) throw new NearcadeError('signal_protocol', 'Not welcomed yet');
    return this.#served;
  }

  /** One after the other: nothing that the session's node says overtakes the welcome, which has to be completed first. */
  inTurn(act: () => void | Promise<void>): Promise<void> {
    this.#turn = this.#turn.then(act);
    return this.#turn;
  }

  /** What the session's node says to them. */
  receive(text: string): ServerMessage | undefined {
    const message = serverMessageSchema.safeParse(JSON.parse(text));
    return message.success ? message.data : undefined;
  }

  /** Whether the message is answered by the session's node, to which it was passed on. */
  passesOn(message: ClientMessage): boolean {
    const isForUs =
      message.type === 'consume' ||
      message.type === 'requestKeyFrame' ||
      ((message.type === 'connectTransport' || message.type === 'restartIce') &&
        message.transportId === this.#served?.viewer.recvTransport.id);
    if (!isForUs) this.#forward(JSON.stringify(message));
    return !isForUs;
  }

  async perform(request: ClientRequest): Promise<Record<string, unknown>> {
    const { viewer } = this.served;
    switch (request.type) {
      case 'connectTransport':
        await viewer.connect(request.transportId, request.dtlsParameters);
        return {};
      case 'restartIce':
        return { iceParameters: await viewer.restartIce(request.transportId) };
      case 'consume':
        return {
          consumers: await viewer.consume(request.rtpCapabilities as unknown as types.RtpCapabilities),
        };
      default:
        throw new NearcadeError('signal_protocol');
    }
  }

  requestKeyFrame(): void {
    // It goes back through the pipe. A consumer that closed meanwhile needs none.
    this.#served?.viewer.requestKeyFrame().catch(() => undefined);
  }

  /** The socket is gone. Idempotent. */
  leave(): void {
    if (this.#left) return;
    this.#left = true;
    this.#served?.viewer.close();
    this.#onLeave();
  }
}
