import type { WebSocket } from 'ws';
import { NearcadeError, parseWith } from '#shared/errors.ts';
import { SIGNAL_TIMEOUT_S } from '#shared/limits.ts';
import {
  CLOSE,
  type ClientMessage,
  type ClientRequest,
  clientMessageSchema,
  type ServerMessage,
} from '#shared/signal.ts';
import type { Role, TicketClaims } from '#shared/ticket.ts';
import type { Admission } from '../agent/admission.ts';
import { HOST_SEAT } from '../agent/common-messages.ts';
import type { Participant } from '../agent/participant.ts';
import { refuse } from '../agent/session.ts';
import type { Logger } from '../log.ts';
import { RelayedSpectator } from '../relay/relayed-spectator.ts';

/** Milliseconds in which a new socket has to show its ticket. */
const HELLO_TIMEOUT_MS = 5000;

/** Signalling messages a second that one socket may send: opening all transports takes ten. */
const MAX_PER_S = 50;

/** Bytes that may wait in a socket whose browser no longer reads. */
const MAX_BUFFERED = 1024 * 1024;

/** What a connection needs of its socket: a WebSocket, or one end of a relayed spectator's. */
export interface SignalSocket {
  readonly OPEN: number;
  readonly readyState: number;
  /** Bytes that wait to be sent. */
  readonly bufferedAmount: number;
  send(text: string): void;
  close(code: number, reason: string): void;
  terminate(): void;
  on(event: 'message', listener: (data: WebSocket.RawData | string, isBinary: boolean) => void): unknown;
  on(event: 'close', listener: () => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/** Lets the bearer of a checked ticket in, to a session of this node or as its relay. */
export type Admit = (
  claims: TicketClaims,
  participant: Participant,
  ticket: string,
) => Promise<Admission | RelayedSpectator>;

export interface ConnectionOptions {
  socket: SignalSocket;
  verify: (ticket: string) => Promise<TicketClaims>;
  admit: Admit;
  log: Logger;
}

/** One player's or spectator's WebSocket, from its hello to its close. */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #socket: SignalSocket;
  #admission: Admission | RelayedSpectator | undefined;
  #saidHello = false;
  #timer: NodeJS.Timeout;
  #second = 0;
  #inSecond = 0;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#socket = options.socket;
    this.#timer = setTimeout(() => {
      this.#refuse(new NearcadeError('signal_protocol', 'No hello in time'), CLOSE.protocol);
    }, HELLO_TIMEOUT_MS);
    this.#socket.on('message', (data, isBinary) => this.#onMessage(data, isBinary));
    this.#socket.on('close', () => this.#onClose());
    // Its close event follows and does what is needed.
    this.#socket.on('error', error => options.log.debug({ err: error }, 'socket failed'));
  }

  send(message: ServerMessage): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#socket.bufferedAmount > MAX_BUFFERED) {
      this.#socket.terminate();
      return;
    }
    this.#socket.send(JSON.stringify(message));
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  #onMessage(data: WebSocket.RawData | string, isBinary: boolean): void {
    const second = Math.floor(performance.now() / 1000);
    if (second !== this.#second) this.#inSecond = 0;
    this.#second = second;
    this.#inSecond += 1;
    try {
      if (this.#inSecond > MAX_PER_S) throw new NearcadeError('rate_limited');
      if (isBinary)
        throw new NearcadeError('signal_protocol', 'Binary messages are not part of the protocol');
      this.#handle(parseWith(clientMessageSchema, parseJson(String(data)), 'signal_protocol'));
    } catch (error) {
      this.#refuse(error, CLOSE.protocol);
    }
  }

  #handle(message: ClientMessage): void {
    if (message.type === 'hello') {
      if (this.#saidHello) throw new NearcadeError('signal_protocol', 'Hello was said already');
      this.#saidHello = true;
      void this.#hello(message.ticket);
      return;
    }
    const admission = this.#admission;
    if (message.type === 'ping') {
      // Also before the hello, which stays due: that is how a page measures the way here.
      if (admission !== undefined) this.#expectMore();
      if (admission instanceof RelayedSpectator && admission.passesOn(message)) return;
      this.send({ type: 'pong', sentAt: message.sentAt });
      return;
    }
    if (admission === undefined) throw new NearcadeError('signal_protocol', 'Say hello first');
    this.#expectMore();
    if (admission instanceof RelayedSpectator) {
      if (admission.passesOn(message)) return;
      if (message.type === 'requestKeyFrame') admission.requestKeyFrame();
      else if ('id' in message) void this.#answer(admission, message);
      return;
    }
    switch (message.type) {
      case 'requestKeyFrame':
        admission.requestKeyFrame();
        break;
      case 'quality':
        admission.setQualityBounds(message.bounds);
        break;
      case 'quit':
        admission.quit();
        break;
      case 'keyboardLayout':
        admission.setKeyboardLayout(message.layout);
        break;
      default:
        void this.#answer(admission, message);
    }
  }

  async #hello(ticket: string): Promise<void> {
    try {
      const claims = await this.#options.verify(ticket);
      const admission = await this.#options.admit(claims, this.#participant(claims), ticket);
      if (this.#socket.readyState !== this.#socket.OPEN) {
        admission.leave();
        return;
      }
      this.#admission = admission;
      this.#expectMore();
    } catch (error) {
      this.#refuse(error, CLOSE.refused);
    }
  }

  #participant(claims: TicketClaims): Participant {
    const { sub: userId, seat, displayName } = claims;
    const role: Role = claims.role;
    const host = claims.host ?? seat === HOST_SEAT;
    return {
      userId,
      role,
      seat,
      host,
      seating: claims.seating ?? 0,
      quality: claims.quality,
      displayName,
      ...(claims.whep === undefined ? {} : { unlisted: true }),
      send: message => this.send(message),
      close: (code, reason) => this.close(code, reason),
    };
  }

  async #answer(admission: Admission | RelayedSpectator, request: ClientRequest): Promise<void> {
    try {
      const data = await (admission instanceof RelayedSpectator
        ? admission.perform(request)
        : perform(admission, request));
      this.send({ type: 'response', id: request.id, ok: true, data });
    } catch (error) {
      const known = error instanceof NearcadeError ? error : new NearcadeError('signal_protocol');
      this.#options.log.warn({ err: error, request: request.type }, 'request refused');
      this.send({
        type: 'response',
        id: request.id,
        ok: false,
        error: { code: known.code, message: known.message },
      });
    }
  }

  /** A page that says nothing for this long is gone, whatever its TCP connection says. */
  #expectMore(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#socket.terminate(), SIGNAL_TIMEOUT_S * 1000);
  }

  #refuse(error: unknown, closeCode: number): void {
    const known = error instanceof NearcadeError ? error : new NearcadeError('internal');
    this.#options.log.warn({ err: error, code: known.code }, 'connection refused');
    refuse(this, known, closeCode);
  }

  #onClose(): void {
    clearTimeout(this.#timer);
    this.#admission?.leave();
  }
}

async function perform(admission: Admission, request: ClientRequest): Promise<Record<string, unknown>> {
  switch (request.type) {
    case 'connectTransport':
      await admission.connectTransport(request.transportId, request.dtlsParameters);
      return {};
    case 'consume':
      return { consumers: await admission.consume(request.rtpCapabilities, request.decoders) };
    case 'produceData':
      return {
        dataProducerId: await admission.produceData(request.channel, request.sctpStreamParameters),
      };
    case 'save':
      return { save: await admission.saveNow(request.slot) };
    case 'restartIce':
      return { iceParameters: await admission.restartIce(request.transportId) };
    case 'record':
      return admission.record(request.on);
    default:
      return admission.performVoice(request);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new NearcadeError('signal_protocol', 'The message is not JSON');
  }
}
