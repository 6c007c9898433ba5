import { setTimeout as sleep } from 'node:timers/promises';
import type { types } from 'mediasoup';
import { NearcadeError } from '#shared/errors.ts';
import { INPUT_CHANNELS, type InputChannel } from '#shared/input.ts';
import type { ConsumerInfo, TransportInfo } from '#shared/signal.ts';
import type { Role } from '#shared/ticket.ts';
import type { Config } from '../config.ts';
import type { Restart } from '../encode/quality-controller.ts';
import { LinkMeter, type LinkStats } from './link-meter.ts';
import { describeTransport, openTransport } from './transports.ts';

/** Bits a second assumed before the first estimate: what a good link carries, so that the first seconds are sharp. */
const INITIAL_OUTGOING_BITRATE = 20_000_000;

/** What a router's queue holds at most before it drops, usually. */
const DRAIN_MS = 100;

/**
 * Far more than input takes: what is longer than input may be is refused by the gate, with a code. What the worker itself finds too long
 * it drops, and with it stops handing on what lies behind until the sender sends again (Association::MayDeliverMessages).
 */
const MAX_RECEIVED_BYTES = 65_536;

/** Where a viewer gets picture and sound from: the session's router, or a copy of it on another worker. */
export interface ViewerSource {
  router: types.Router;
  /** As of now, on `router`. */
  producers: () => Promise<{ video: types.Producer; audio: types.Producer }>;
  /** The viewer is gone. */
  release: () => void;
}

export interface ViewerOptions {
  source: ViewerSource;
  /** On the session's router: takes players' input. Undefined where nobody plays. */
  direct: types.DirectTransport | undefined;
  rtc: Config['rtc'];
  role: Role;
  /** Each data-channel message, at once. */
  onInput: (channel: InputChannel, message: Uint8Array) => void;
}

/** What a session needs of a viewer, wherever they are served. */
export type ViewerPort = Pick<Viewer, keyof Viewer>;

/** One viewer's transports: picture and sound to them, and from players their input. */
export class Viewer {
  readonly #options: ViewerOptions;
  readonly #recv: types.WebRtcTransport;
  readonly #send: types.WebRtcTransport | undefined;
  readonly #channels = new Set<InputChannel>();
  readonly #inputs = new Set<types.DataProducer>();
  readonly #onClose = new Set<() => void>();
  readonly #onLost = new Set<() => void>();
  readonly #meter = new LinkMeter();
  #consumers: types.Consumer[] = [];
  #turn: Promise<unknown> = Promise.resolve();
  #closed = false;

  private constructor(
    options: ViewerOptions,
    recv: types.WebRtcTransport,
    send: types.WebRtcTransport | undefined,
  ) {
    this.#options = options;
    this.#recv = recv;
    this.#send = send;
    recv.once('routerclose', () => {
      for (const lost of this.#closed ? [] : this.#onLost) lost();
    });
  }

  /** Spectators get no transport to send on: there is nothing they could say. */
  static async open(options: ViewerOptions): Promise<Viewer> {
    try {
      const [recv, send] = await Promise.all([
        createTransport(options, false),
        options.role === 'player' ? createTransport(options, true) : undefined,
      ]);
      return new Viewer(options, recv, send);
    } catch (error) {
      options.source.release();
      throw error;
    }
  }

  get recvTransport(): TransportInfo {
    return describeTransport(this.#recv);
  }

  /** What the viewer's connection goes over; undefined before there is one. */
  get protocol(): types.TransportProtocol | undefined {
    return this.#recv.iceSelectedTuple?.protocol;
  }

  get sendTransport(): TransportInfo | null {
    return this.#send === undefined ? null : describeTransport(this.#send);
  }

  get role(): Role {
    return this.#options.role;
  }

  get consumes(): boolean {
    return this.#consumers.length > 0;
  }

  async connect(transportId: string, dtlsParameters: unknown): Promise<void> {
    await this.#transport(transportId).connect({ dtlsParameters: dtlsParameters as types.DtlsParameters });
  }

  async restartIce(transportId: string): Promise<types.IceParameters> {
    return this.#transport(transportId).restartIce();
  }

  /** A running consumer of picture and sound each; asking again replaces them. mediasoup asks for a key frame by itself. */
  consume(rtpCapabilities: types.RtpCapabilities): Promise<ConsumerInfo[]> {
    // One after the other, or consumers of two requests at once would both stay.
    const consumed = this.#turn.then(() => this.#consume(rtpCapabilities));
    this.#turn = consumed.catch(() => undefined);
    return consumed;
  }

  /** Opens one input channel. Throws `forbidden` for spectators and `signal_protocol` for a channel opened twice. */
  async produceData(channel: InputChannel, sctpStreamParameters: unknown): Promise<string> {
    const { direct } = this.#options;
    if (this.#send === undefined || direct === undefined || this.#options.role !== 'player') {
      throw new NearcadeError('forbidden', 'Spectators send no input');
    }
    if (this.#channels.has(channel) || !INPUT_CHANNELS.includes(channel)) {
      throw new NearcadeError('signal_protocol', `The channel ${channel} is open already`);
    }
    this.#channels.add(channel);
    try {
      const producer = await this.#send.produceData({
        sctpStreamParameters: sctpStreamParameters as types.SctpStreamParameters,
        label: channel,
      });
      const consumer = await direct.consumeData({ dataProducerId: producer.id });
      consumer.on('message', message => this.#options.onInput(channel, message));
      this.#inputs.add(producer);
      producer.observer.once('close', () => {
        this.#channels.delete(channel);
        this.#inputs.delete(producer);
      });
      return producer.id;
    } catch (error) {
      this.#channels.delete(channel);
      throw error;
    }
  }

  /** Has the worker throw this viewer's input away, so that reading it costs the node nothing; or no longer. */
  holdInput(held: boolean): void {
    // A producer that was closed meanwhile says nothing more either.
    for (const input of this.#inputs) void (held ? input.pause() : input.resume()).catch(() => undefined);
  }

  /** `up` when the viewer is connected, `down` when it is gone: its DTLS has ended, or it answers no ICE checks. */
  onLink(listener: (state: 'up' | 'down') => void): void {
    this.#recv.on('dtlsstatechange', state => {
      if (state === 'connected') listener('up');
      else if (state === 'closed' || state === 'failed') listener('down');
    });
    this.#recv.on('icestatechange', state => {
      if (state === 'disconnected') listener('down');
    });
  }

  async requestKeyFrame(): Promise<void> {
    await Promise.all(
      this.#consumers
        .filter(consumer => consumer.kind === 'video')
        .map(consumer => consumer.requestKeyFrame()),
    );
  }

  /**
   * Nothing of the picture for a moment, and then a new one that builds on no other: for a link whose queue was full, or that was cut.
   * What was lost is not sent again, which would fill the queue anew with pictures that nobody wants any more.
   */
  async restartPicture(why: Restart): Promise<void> {
    const video = this.#consumers.find(({ kind, paused }) => kind === 'video' && !paused);
    if (video === undefined) return;
    await video.pause();
    if (why === 'flooded') await sleep(DRAIN_MS);
    if (!video.closed) await video.resume();
  }

  /** As of now; missing packets are counted for `lookBackMs` at most. */
  async linkStats(lookBackMs = Number.POSITIVE_INFINITY): Promise<LinkStats> {
    const video = this.#consumers.find(({ kind }) => kind === 'video');
    const [[transport], stats] = await Promise.all([this.#recv.getStats(), video?.getStats()]);
    const sending = stats?.find(({ type }) => type === 'outbound-rtp');
    const now = performance.now();
    return this.#meter.read(transport, sending, now, now - lookBackMs);
  }

  onClose(listener: () => void): void {
    this.#onClose.add(listener);
  }

  /** Called when the worker that served this viewer died: nothing flows to them any more. */
  onLost(listener: () => void): void {
    this.#onLost.add(listener);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#recv.close();
    this.#send?.close();
    this.#options.source.release();
    for (const closed of this.#onClose) closed();
  }

  async #consume(rtpCapabilities: types.RtpCapabilities): Promise<ConsumerInfo[]> {
    for (const consumer of this.#consumers) consumer.close();
    const { router, producers } = this.#options.source;
    const { video, audio } = await producers();
    const able = [video, audio].filter(producer =>
      router.canConsume({ producerId: producer.id, rtpCapabilities }),
    );
    if (!able.includes(video)) {
      throw new NearcadeError('media_failed', 'This browser cannot decode the picture');
    }
    this.#consumers = await Promise.all(
      able.map(producer => this.#recv.consume({ producerId: producer.id, rtpCapabilities })),
    );
    return this.#consumers.map(consumer => ({
      id: consumer.id,
      producerId: consumer.producerId,
      kind: consumer.kind,
      rtpParameters: { ...consumer.rtpParameters },
    }));
  }

  #transport(id: string): types.WebRtcTransport {
    const transport = [this.#recv, this.#send].find(candidate => candidate?.id === id);
    if (transport === undefined) throw new NearcadeError('signal_protocol', 'No such transport');
    return transport;
  }
}

function createTransport({ source, rtc }: ViewerOptions, forInput: boolean): Promise<types.WebRtcTransport> {
  return openTransport(source.router, rtc, {
    initialAvailableOutgoingBitrate: INITIAL_OUTGOING_BITRATE,
    ...(forInput ? { enableSctp: true, maxReceiveMessageSize: MAX_RECEIVED_BYTES } : {}),
  });
}
