import type { types } from 'mediasoup';
import type { Config } from '../config.ts';
import { audioProducer, ROUTER_CODECS, type VideoCodec, videoProducer } from './codecs.ts';
import {
  type SecondIngest,
  type SecondPicture,
  SPECTATORS_KEY_FRAME_MS,
  SPECTATORS_ON_PLAYERS_PICTURE,
} from './second-picture.ts';
import { Spread } from './spread.ts';
import { Viewer, type ViewerOptions, type ViewerSource } from './viewer.ts';
import type { Workers } from './workers.ts';

/** Between helper and worker only loopback is used. */
const LOOPBACK: types.TransportListenInfo = { protocol: 'udp', ip: '127.0.0.1' };

export interface RoomOptions {
  workers: Workers;
  rtc: Config['rtc'];
  codec: VideoCodec;
}

/** Where the media helper sends its RTP (and RTCP, on the same port). */
export interface RoomPorts {
  video: number;
  audio: number;
}

/**
 * One session's router: picture and sound come in from the helper, each player gets them out, their input comes back. Spectators get them from
 * copies on other workers, so that their number is not felt here.
 */
export class Room {
  readonly #router: types.Router;
  readonly #rtc: Config['rtc'];
  readonly #direct: types.DirectTransport;
  readonly #spread: Spread;
  #audioTransport: types.PlainTransport;
  #audio: types.Producer;
  readonly #viewers = new Set<Viewer>();
  /** Spectators and relays that hold a source. */
  readonly #watching = new Set<object>();
  #second: SecondPicture | undefined;
  readonly #onFailed = new Set<() => void>();
  readonly #onStreams = new Set<() => void>();
  #video: { codec: VideoCodec; transport: types.PlainTransport; producer: types.Producer };
  #closed = false;

  private constructor(parts: {
    router: types.Router;
    rtc: Config['rtc'];
    direct: types.DirectTransport;
    spread: Spread;
    audioTransport: types.PlainTransport;
    audio: types.Producer;
    video: { codec: VideoCodec; transport: types.PlainTransport; producer: types.Producer };
  }) {
    this.#router = parts.router;
    this.#rtc = parts.rtc;
    this.#direct = parts.direct;
    this.#spread = parts.spread;
    this.#audioTransport = parts.audioTransport;
    this.#audio = parts.audio;
    this.#video = parts.video;
    this.#router.once('workerclose', () => {
      for (const failed of this.#onFailed) failed();
    });
  }

  static async open(options: RoomOptions): Promise<Room> {
    const router = await options.workers.createRouter('players', ROUTER_CODECS);
    try {
      const [direct, audioTransport, video] = await Promise.all([
        router.createDirectTransport(),
        createIngest(router),
        createVideo(router, options.codec),
      ]);
      const audio = await audioTransport.produce(audioProducer());
      const spread = new Spread(options.workers, router);
      return new Room({ router, rtc: options.rtc, direct, spread, audioTransport, audio, video });
    } catch (error) {
      router.close();
      throw error;
    }
  }

  get ports(): RoomPorts {
    return {
      video: this.#video.transport.tuple.localPort,
      audio: this.#audioTransport.tuple.localPort,
    };
  }

  get codec(): VideoCodec {
    return this.#video.codec;
  }

  /** Its worker is gone. */
  get failed(): boolean {
    return this.#router.closed && !this.#closed;
  }

  get rtpCapabilities(): types.RtpCapabilities {
    return this.#router.rtpCapabilities;
  }

  get producers(): { video: types.Producer; audio: types.Producer } {
    return { video: this.#video.producer, audio: this.#audio };
  }

  /** Somebody receives the picture: its codec cannot be changed under them. */
  get watched(): boolean {
    return [...this.#viewers].some(viewer => viewer.consumes);
  }

  /** Another codec for the picture, on a transport and port of its own. */
  async useCodec(codec: VideoCodec): Promise<void> {
    if (codec === this.#video.codec) return;
    const old = this.#video;
    this.#video = await createVideo(this.#router, codec);
    old.transport.close();
    for (const begun of this.#onStreams) begun();
  }

  /** Calls `listener` once when the helper's first key frame is here: from now on a viewer can see something. */
  async onFirstKeyFrame(listener: () => void): Promise<void> {
    const { producer } = this.#video;
    producer.once('trace', () => {
      listener();
      // Tracing costs a message a key frame; a producer that is gone needs no untracing.
      producer.enableTraceEvent([]).catch(() => undefined);
    });
    await producer.enableTraceEvent(['keyframe']);
  }

  /** New transports and ports for a new helper: a PlainTransport keeps to the first address that it heard from. */
  async renewIngest(): Promise<void> {
    const [audioTransport, video] = await Promise.all([
      createIngest(this.#router),
      createVideo(this.#router, this.#video.codec),
    ]);
    const audio = await audioTransport.produce(audioProducer());
    this.#audioTransport.close();
    this.#video.transport.close();
    this.#audioTransport = audioTransport;
    this.#audio = audio;
    this.#video = video;
    for (const begun of this.#onStreams) begun();
  }

  /** `codecs`: of the copies that a spectator gets, when they have to differ from ours. */
  async addViewer(
    options: Pick<ViewerOptions, 'role' | 'onInput'> & { codecs?: types.RouterRtpCodecCapability[] },
  ): Promise<Viewer> {
    const source = options.role === 'player' ? this.#playersSource() : await this.openSource(options.codecs);
    const viewer = await Viewer.open({ ...options, source, direct: this.#direct, rtc: this.#rtc });
    this.#viewers.add(viewer);
    viewer.onClose(() => this.#viewers.delete(viewer));
    if (this.#closed) viewer.close();
    return viewer;
  }

  /** Copies of the streams on a spectators' worker, for whoever watches but does not play. `codecs`: when they have to differ from ours. */
  async openSource(codecs?: types.RouterRtpCodecCapability[]): Promise<ViewerSource> {
    const { router, copyOf, release } = await this.#spread.place(codecs);
    const place = {};
    this.#watching.add(place);
    return {
      router,
      producers: async () => {
        const many = this.#watching.size > SPECTATORS_ON_PLAYERS_PICTURE;
        const video = (many ? await this.#second?.producer() : undefined) ?? this.producers.video;
        const [videoCopy, audioCopy] = await Promise.all([copyOf(video), copyOf(this.producers.audio)]);
        return { video: videoCopy, audio: audioCopy };
      },
      release: () => {
        release();
        if (this.#watching.delete(place) && this.#watching.size === 0) this.#second?.idle();
      },
    };
  }

  /** Calls `listener` whenever the streams have begun anew: the producers are others. The answer stops that. */
  onStreams(listener: () => void): () => void {
    this.#onStreams.add(listener);
    return () => this.#onStreams.delete(listener);
  }

  /** Whose picture spectators get instead of the players'; undefined: nobody's. */
  set secondPicture(second: SecondPicture | undefined) {
    this.#second = second;
  }

  /** A way in for a second picture, in the codec of the first. */
  async openSecondIngest(): Promise<SecondIngest> {
    const { transport, producer } = await createVideo(this.#router, this.codec, SPECTATORS_KEY_FRAME_MS);
    return {
      port: transport.tuple.localPort,
      producer,
      close: () => {
        transport.close();
        for (const begun of this.#closed ? [] : this.#onStreams) begun();
      },
    };
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Called when the worker under this room died: nothing flows any more. */
  onFailed(listener: () => void): void {
    this.#onFailed.add(listener);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const viewer of [...this.#viewers]) viewer.close();
    this.#spread.close();
    this.#router.close();
  }

  #playersSource(): ViewerSource {
    return {
      router: this.#router,
      producers: () => Promise.resolve(this.producers),
      release: () => undefined,
    };
  }
}

function createIngest(router: types.Router): Promise<types.PlainTransport> {
  return router.createPlainTransport({ listenInfo: LOOPBACK, rtcpMux: true, comedia: true });
}

async function createVideo(
  router: types.Router,
  codec: VideoCodec,
  keyFrameRequestDelay = 0,
): Promise<{ codec: VideoCodec; transport: types.PlainTransport; producer: types.Producer }> {
  const transport = await createIngest(router);
  const producer = await transport.produce({ ...videoProducer(codec), keyFrameRequestDelay });
  return { codec, transport, producer };
}
