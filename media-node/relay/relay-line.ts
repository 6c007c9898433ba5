import { setTimeout as sleep } from 'node:timers/promises';
import type { types } from 'mediasoup';
import type { WebSocket } from 'ws';
import { NearcadeError, parseWith } from '#shared/errors.ts';
import { MAX_SPECTATORS } from '#shared/limits.ts';
import type { RelayClaims } from '#shared/relay.ts';
import { CLOSE } from '#shared/signal.ts';
import { SERVICE_RESTART } from '../agent/session.ts';
import type { Room } from '../sfu/room.ts';
import type { ViewerSource } from '../sfu/viewer.ts';
import { Connection } from '../signal/connection.ts';
import { connectPipe, describePipe, openPipe } from './pipe.ts';
import {
  type FromOrigin,
  type FromRelay,
  fromRelaySchema,
  type PipeEnd,
  RELAY_TIMEOUT_S,
} from './protocol.ts';
import type { RelayDoorOptions } from './relay-door.ts';
import { VirtualSocket } from './virtual-socket.ts';

/** Milliseconds in which a relay has to show its ticket. */
const HELLO_TIMEOUT_MS = 5000;

/** How long a relay is kept that cannot be given streams: as long as parts of a session are away at most, before they are given up. */
const STREAMS_RETRY_MS = 250;
const STREAMS_TRIES = 20;

export interface RelayLineOptions extends RelayDoorOptions {
  socket: WebSocket;
  localAddress: string | undefined;
  /** The relay has shown a good ticket. */
  onKnown: (claims: RelayClaims) => void;
}

/** One relay's line at the session's node: its spectators' channels, and the pipe by which it gets picture and sound. */
export class RelayLine {
  readonly #options: RelayLineOptions;
  readonly #socket: WebSocket;
  readonly #channels = new Map<number, VirtualSocket>();
  readonly #onClose = new Set<() => void>();
  #relayId: string | undefined;
  #source: ViewerSource | undefined;
  #pipe: types.PipeTransport | undefined;
  #streams: types.Consumer[] = [];
  #stopFollowing: (() => void) | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout;
  #closed = false;

  constructor(options: RelayLineOptions) {
    this.#options = options;
    this.#socket = options.socket;
    this.#timer = setTimeout(() => this.close(CLOSE.protocol, 'no hello in time'), HELLO_TIMEOUT_MS);
    this.#socket.on('message', data => this.#take(String(data)));
    this.#socket.on('close', () => this.close(SERVICE_RESTART, 'line_lost'));
    this.#socket.on('error', error => options.log.debug({ err: error }, 'relay line failed'));
  }

  onClose(listener: () => void): void {
    this.#onClose.add(listener);
  }

  /** Idempotent. */
  close(code: number, reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#stopFollowing?.();
    for (const channel of this.#channels.values()) channel.gone();
    this.#channels.clear();
    this.#pipe?.close();
    this.#source?.release();
    this.#socket.close(code, reason);
    for (const closed of this.#onClose) closed();
  }

  #take(text: string): void {
    let message: FromRelay;
    try {
      message = parseWith(fromRelaySchema, JSON.parse(text), 'signal_protocol');
    } catch (error) {
      this.#refuse(error, CLOSE.protocol);
      return;
    }
    if (message.type === 'hello') {
      this.#turn = this.#turn
        .then(() => this.#hello(message))
        .catch(error => this.#refuse(error, CLOSE.refused));
      return;
    }
    if (this.#relayId === undefined) {
      this.#refuse(new NearcadeError('signal_protocol', 'Say hello first'), CLOSE.protocol);
      return;
    }
    this.#expectMore();
    switch (message.type) {
      case 'open':
        this.#open(message.channel, this.#relayId);
        break;
      case 'message':
        this.#channels.get(message.channel)?.receive(message.text);
        break;
      case 'close':
        this.#channels.get(message.channel)?.gone();
        this.#channels.delete(message.channel);
        break;
      case 'ping':
        this.#send({ type: 'pong' });
    }
  }

  async #hello({ ticket, pipe }: Extract<FromRelay, { type: 'hello' }>): Promise<void> {
    if (this.#relayId !== undefined) throw new NearcadeError('signal_protocol', 'Hello was said already');
    const { verifyRelay, roomOf, onKnown, log } = this.#options;
    const claims = await verifyRelay(ticket);
    const room = roomOf(claims);
    if (this.#closed) return;
    this.#relayId = claims.sub;
    onKnown(claims);
    this.#expectMore();
    await this.#openPipe(room, pipe);
    log.info({ relay: claims.sub, sessionId: claims.sessionId }, 'a relay shows the session');
  }

  async #openPipe(room: Room, remote: PipeEnd): Promise<void> {
    const { rtc, localAddress } = this.#options;
    const source = await room.openSource();
    if (this.#closed) {
      source.release();
      return;
    }
    this.#source = source;
    const pipe = await openPipe(source.router, rtc);
    this.#pipe = pipe;
    // The session is over, or the worker died that the streams come from.
    pipe.once('routerclose', () => {
      if (room.closed) this.close(CLOSE.ended, 'session_over');
      else this.close(SERVICE_RESTART, 'worker_lost');
    });
    await connectPipe(pipe, remote);
    this.#send({ type: 'welcome', pipe: describePipe(pipe, rtc, localAddress) });
    this.#stopFollowing = room.onStreams(() => this.#follow());
    if (this.#closed) this.#stopFollowing();
    this.#follow();
  }

  /**
   * Sends the streams as they are now. Where there are none the session may be ending, which its end says better than we could, or a part of
   * it is being replaced: that is waited for.
   */
  #follow(): void {
    this.#turn = this.#turn.then(async () => {
      for (let tries = 1; !this.#closed; tries++) {
        try {
          await this.#sendStreams();
          return;
        } catch (error) {
          this.#options.log.debug({ err: error, tries }, 'no streams for a relay yet');
          if (tries === STREAMS_TRIES) this.close(SERVICE_RESTART, 'streams_lost');
          await sleep(STREAMS_RETRY_MS);
        }
      }
    });
  }

  async #sendStreams(): Promise<void> {
    const pipe = this.#pipe;
    if (this.#source === undefined || pipe === undefined || this.#closed) return;
    const producers = await this.#source.producers();
    for (const old of this.#streams) old.close();
    const [video, audio] = await Promise.all([
      pipe.consume({ producerId: producers.video.id }),
      pipe.consume({ producerId: producers.audio.id }),
    ]);
    this.#streams = [video, audio];
    this.#send({
      type: 'streams',
      video: { rtpParameters: { ...video.rtpParameters } },
      audio: { rtpParameters: { ...audio.rtpParameters } },
    });
  }

  #open(channel: number, relayId: string): void {
    if (this.#channels.has(channel) || this.#channels.size > 2 * MAX_SPECTATORS) {
      this.#refuse(new NearcadeError('signal_protocol', 'No such channel can be opened'), CLOSE.protocol);
      return;
    }
    const socket = new VirtualSocket({
      send: text => this.#send({ type: 'message', channel, text }),
      close: (code, reason) => {
        this.#send({ type: 'close', channel, code, reason });
        this.#channels.delete(channel);
      },
      buffered: () => this.#socket.bufferedAmount,
    });
    this.#channels.set(channel, socket);
    const { verifySpectator, admit, log } = this.#options;
    new Connection({
      socket,
      verify: ticket => verifySpectator(ticket, relayId),
      admit: (claims, participant) =>
        admit(claims, { ...participant, relayedBy: relayId }, { relayed: true }),
      log,
    });
  }

  #send(message: FromOrigin): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  /** A relay whose connection hangs is gone, whatever TCP says. */
  #expectMore(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#socket.terminate();
      this.close(SERVICE_RESTART, 'silent');
    }, RELAY_TIMEOUT_S * 1000);
  }

  #refuse(error: unknown, closeCode: number): void {
    // What fails because the line was closed meanwhile needs no words.
    if (this.#closed) return;
    const known = error instanceof NearcadeError ? error : new NearcadeError('media_failed');
    this.#options.log.warn({ err: error, code: known.code }, 'relay refused');
    this.#send({ type: 'refused', code: known.code, message: known.message });
    this.close(closeCode, known.code);
  }
}
