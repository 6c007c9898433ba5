import { Device, type types } from 'mediasoup-client';
import { NearcadeError, parseWith } from '#shared/errors.ts';
import type { InputChannel } from '#shared/input.ts';
import { INPUT_CHANNELS } from '#shared/input.ts';
import type { LayoutId } from '#shared/keyboard-layouts.ts';
import type { QualityBounds } from '#shared/quality.ts';
import {
  consumeResponseSchema,
  type DecoderReport,
  restartIceResponseSchema,
  type TransportInfo,
  type Welcome,
} from '#shared/signal.ts';
import type { MotionPort } from '../input/motion-sender.ts';
import { RepeatingPort } from '../input/repeating-port.ts';
import { decoderReports } from './decoder-reports.ts';
import { flows } from './flows.ts';
import type { LinkFailure } from './reconnect-policy.ts';
import { type Ask, type Notice, SignalClient } from './signal-client.ts';

/** How long a broken path may take to come back by ICE restart before the whole link is made anew. */
const ICE_RECOVERY_MS = 4_000;

/** Channel options (W3C WebRTC): every key counts; of motion only the newest does. */
const CHANNEL_OPTIONS: Record<InputChannel, types.DataProducerOptions> = {
  keys: { label: 'keys', ordered: true },
  motion: { label: 'motion', ordered: false, maxRetransmits: 0 },
  again: { label: 'again', ordered: false, maxRetransmits: 0 },
};

/** An open input channel to the node. */
export type InputPort = MotionPort;

export interface LinkEvents {
  notice(message: Notice): void;
  roundTrip(ms: number): void;
  track(kind: 'audio' | 'video', track: MediaStreamTrack): void;
  port(channel: InputChannel, port: InputPort): void;
  /** The player's place was changed: they send no more, or by other ports. */
  portsClosed(): void;
  /** Once, unless `close` came first. */
  lost(failure: LinkFailure): void;
}

type Place = Pick<Welcome, 'recvTransport' | 'sendTransport'>;

/**
 * One connection to a media node: the signalling socket and, once welcomed, a transport for picture and sound and
 * one for input, set up side by side. It does not come back by itself: PlaySession makes a new one.
 *
 * No step waits for an acknowledgement that it does not need: the node handles messages in order, so a transport's
 * parameters count as delivered when sent, and an error that comes back later ends the link.
 */
export class MediaLink {
  readonly #events: LinkEvents;
  readonly #signal: SignalClient;
  readonly #transports = new Set<types.Transport>();
  #device: Device | undefined;
  #place: Place | undefined;
  #recv: types.Transport | undefined;
  /** Set up, then changed: one after the other. */
  #work: Promise<void> = Promise.resolve();
  #recovery: ReturnType<typeof setTimeout> | undefined;
  #decoders: DecoderReport[] = [];
  #over = false;

  constructor(signalUrl: string, ticket: string, events: LinkEvents) {
    this.#events = events;
    this.#signal = new SignalClient(signalUrl, ticket, {
      notice: message => this.#notice(message),
      roundTrip: ms => events.roundTrip(ms),
      closed: (code, reason) => this.#lose({ kind: 'closed', code, reason }),
    });
  }

  tellLayout(layout: LayoutId): void {
    this.#signal.send({ type: 'keyboardLayout', layout });
  }

  boundQuality(bounds: QualityBounds): void {
    this.#signal.send({ type: 'quality', bounds });
  }

  requestKeyFrame(): void {
    this.#signal.send({ type: 'requestKeyFrame' });
  }

  /** Rejects with the node's error. */
  ask(ask: Ask): Promise<unknown> {
    return this.#signal.request(ask);
  }

  quit(): void {
    this.#signal.send({ type: 'quit' });
  }

  /** Statistics of the receiving connection; undefined before there is one. */
  async stats(): Promise<RTCStatsReport | undefined> {
    return this.#recv === undefined || this.#recv.closed ? undefined : this.#recv.getStats();
  }

  close(): void {
    this.#over = true;
    this.#release();
  }

  #notice(message: Notice): void {
    if (this.#over) return;
    this.#events.notice(message);
    if (message.type === 'welcome') this.#then(() => this.#open(message));
    if (message.type === 'place') {
      this.#place = message;
      // Of several that came meanwhile the newest is the one that holds.
      this.#then(() => this.#changePlace(this.#place ?? message));
    }
    if (message.type === 'refused') this.#lose({ kind: 'error', code: message.code });
  }

  #then(work: () => Promise<void>): void {
    this.#work = this.#work.then(work).catch(error => this.#fail(error));
  }

  /** The player has another place: by other transports when the node says so. The picture of the old ones stays until the new is here. */
  async #changePlace(place: Place): Promise<void> {
    const device = this.#device;
    if (this.#over || device === undefined || place.recvTransport.id === this.#recv?.id) return;
    const old = [...this.#transports];
    this.#transports.clear();
    this.#events.portsClosed();
    try {
      await Promise.all([
        this.#openMedia(device, place.recvTransport, flows),
        this.#openInput(device, place.sendTransport),
      ]);
    } finally {
      for (const transport of old) transport.close();
    }
  }

  async #open(welcome: Welcome): Promise<void> {
    const [device, decoders] = await Promise.all([Device.factory(), decoderReports(welcome.picture)]);
    this.#decoders = decoders;
    await device.load({ routerRtpCapabilities: welcome.routerRtpCapabilities as types.RtpCapabilities });
    if (this.#over) return;
    this.#device = device;
    await Promise.all([
      this.#openMedia(device, welcome.recvTransport),
      this.#openInput(device, welcome.sendTransport),
    ]);
  }

  async #openMedia(
    device: Device,
    info: TransportInfo,
    ready: (track: MediaStreamTrack) => Promise<void> = async () => {},
  ): Promise<void> {
    const answer = this.#signal.request({
      type: 'consume',
      rtpCapabilities: device.recvRtpCapabilities as Ask & object,
      decoders: this.#decoders,
    });
    const transport = this.#adopt(device.createRecvTransport(transportOptions(info)));
    this.#recv = transport;
    const { consumers } = parseWith(consumeResponseSchema, await answer, 'signal_protocol');
    if (this.#over) return;
    // Asked for in one go, they are negotiated in one go.
    await Promise.all(
      consumers.map(async info => {
        const consumer = await transport.consume({
          id: info.id,
          producerId: info.producerId,
          kind: info.kind,
          rtpParameters: info.rtpParameters as unknown as types.RtpParameters,
          // Apart, so that the browser does not hold the picture back until the sound has caught up.
          streamId: info.kind,
          onRtpReceiver: playAtOnce,
        });
        await ready(consumer.track);
        if (!this.#over) this.#events.track(info.kind, consumer.track);
      }),
    );
  }

  async #openInput(device: Device, info: TransportInfo | null): Promise<void> {
    if (info === null) return;
    const transport = this.#adopt(device.createSendTransport(transportOptions(info)));
    const taken: Partial<Record<InputChannel, Promise<unknown>>> = {};
    transport.on('producedata', ({ sctpStreamParameters, appData }, done) => {
      const channel = appData.channel as InputChannel;
      taken[channel] = this.#signal.request({
        type: 'produceData',
        channel,
        sctpStreamParameters: { ...sctpStreamParameters },
      });
      taken[channel].catch(error => this.#fail(error));
      done({ id: channel });
    });
    const open: Partial<Record<InputChannel, types.DataProducer>> = {};
    await Promise.all(
      INPUT_CHANNELS.map(async channel => {
        const port = await transport.produceData({ ...CHANNEL_OPTIONS[channel], appData: { channel } });
        const ready = () => {
          open[channel] = port;
          if (channel === 'keys') this.#events.port(channel, new RepeatingPort(port, () => open.again));
          if (channel === 'motion') this.#events.port(channel, port);
        };
        const opened = new Promise<void>(resolve => {
          if (port.readyState === 'open') resolve();
          else port.on('open', resolve);
        });
        // Before the node listens, mediasoup throws away what comes: a press would be lost, and the copies miscounted.
        void Promise.all([opened, taken[channel]]).then(
          () => !port.closed && ready(),
          () => undefined,
        );
      }),
    );
  }

  #adopt(transport: types.Transport): types.Transport {
    this.#transports.add(transport);
    transport.on('connect', ({ dtlsParameters }, done) => {
      this.#deliver({
        type: 'connectTransport',
        transportId: transport.id,
        dtlsParameters: { ...dtlsParameters },
      });
      done();
    });
    transport.on('connectionstatechange', state => {
      if (!this.#transports.has(transport)) return;
      if (state === 'disconnected' || state === 'failed') this.#recover();
      else if (
        state === 'connected' &&
        [...this.#transports].every(each => each.connectionState === 'connected')
      ) {
        clearTimeout(this.#recovery);
        this.#recovery = undefined;
      }
    });
    return transport;
  }

  /** Sends without waiting for the answer; a refusal ends the link. */
  #deliver(ask: Ask): void {
    this.#signal.request(ask).catch(error => this.#fail(error));
  }

  /** The path broke but the socket holds (another network, a NAT that forgot): new ICE credentials, same game. */
  #recover(): void {
    if (this.#over || this.#recovery !== undefined) return;
    this.#recovery = setTimeout(() => this.#lose({ kind: 'media' }), ICE_RECOVERY_MS);
    for (const transport of this.#transports) {
      void this.#restartIce(transport).catch(error => this.#fail(error));
    }
  }

  async #restartIce(transport: types.Transport): Promise<void> {
    const data = await this.#signal.request({ type: 'restartIce', transportId: transport.id });
    const { iceParameters } = parseWith(restartIceResponseSchema, data, 'signal_protocol');
    if (!transport.closed) {
      await transport.restartIce({ iceParameters: iceParameters as unknown as types.IceParameters });
    }
  }

  #fail(error: unknown): void {
    if (this.#over) return;
    if (error instanceof NearcadeError) this.#lose({ kind: 'error', code: error.code });
    else {
      console.error('Setting up picture and input failed', error);
      this.#lose({ kind: 'media' });
    }
  }

  #lose(failure: LinkFailure): void {
    if (this.#over) return;
    this.#over = true;
    this.#release();
    this.#events.lost(failure);
  }

  #release(): void {
    clearTimeout(this.#recovery);
    for (const transport of this.#transports) transport.close();
    this.#signal.close();
  }
}

function transportOptions(info: TransportInfo): types.TransportOptions {
  return info as unknown as types.TransportOptions;
}

/** No time in the jitter buffer beyond what the network makes necessary (W3C WebRTC Extensions). */
function playAtOnce(receiver: RTCRtpReceiver): void {
  if ('jitterBufferTarget' in receiver) receiver.jitterBufferTarget = 0;
}
