import type { types } from 'mediasoup';
import { NearcadeError } from '#shared/errors.ts';
import type { Config } from '../config.ts';
import { ROUTER_CODECS, VIDEO_CODECS, type VideoCodec } from '../sfu/codecs.ts';
import { Spread } from '../sfu/spread.ts';
import { Viewer, type ViewerSource } from '../sfu/viewer.ts';
import type { Workers } from '../sfu/workers.ts';
import { openPipe } from './pipe.ts';

/** Milliseconds that a spectator waits for the streams of a session that a relay has only just begun to show. */
const STREAMS_DEADLINE_MS = 5000;

interface Streams {
  video: types.Producer;
  audio: types.Producer;
}

/** A relay's side of the media for one line to the origin: what comes out of the pipe, spread over this node's workers. */
export class RelayStage {
  readonly pipe: types.PipeTransport;
  readonly #router: types.Router;
  readonly #spread: Spread;
  readonly #rtc: Config['rtc'];
  #streams = Promise.withResolvers<Streams>();
  #closed = false;

  private constructor(router: types.Router, pipe: types.PipeTransport, spread: Spread, rtc: Config['rtc']) {
    this.#router = router;
    this.pipe = pipe;
    this.#spread = spread;
    this.#rtc = rtc;
    // Nobody may be waiting when it is closed.
    this.#streams.promise.catch(() => undefined);
  }

  static async open(workers: Workers, rtc: Config['rtc']): Promise<RelayStage> {
    const router = await workers.createRouter('spectators', ROUTER_CODECS);
    try {
      return new RelayStage(router, await openPipe(router, rtc), new Spread(workers, router), rtc);
    } catch (error) {
      router.close();
      throw error;
    }
  }

  get rtpCapabilities(): types.RtpCapabilities {
    return this.#router.rtpCapabilities;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Called when the worker of the pipe's end died. */
  onLost(listener: () => void): void {
    this.#router.once('workerclose', listener);
  }

  /** What the origin says that it sends from now on. */
  async receive(video: Record<string, unknown>, audio: Record<string, unknown>): Promise<void> {
    const rtp = (parameters: Record<string, unknown>) => parameters as unknown as types.RtpParameters;
    const [videoProducer, audioProducer] = await Promise.all([
      this.pipe.produce({ kind: 'video', rtpParameters: rtp(video) }),
      this.pipe.produce({ kind: 'audio', rtpParameters: rtp(audio) }),
    ]);
    const before = this.#streams;
    const streams = { video: videoProducer, audio: audioProducer };
    before.resolve(streams);
    const old = await before.promise;
    if (old === streams) return;
    this.#streams = Promise.withResolvers();
    this.#streams.resolve(streams);
    old.video.close();
    old.audio.close();
  }

  /** Of the picture that has come, or comes soon. */
  async codec(): Promise<VideoCodec> {
    const { video } = await this.#arrived();
    const name = video.rtpParameters.codecs[0]?.mimeType.split('/')[1]?.toLowerCase();
    const codec = VIDEO_CODECS.find(each => each === name);
    if (codec === undefined)
      throw new NearcadeError('media_failed', 'The session’s node sends another codec');
    return codec;
  }

  /** `codecs`: of the copies that the viewer gets, given the codec of the picture, when they have to differ from ours. */
  async openViewer(codecs?: (codec: VideoCodec) => types.RouterRtpCodecCapability[]): Promise<Viewer> {
    const source = await this.openSource(codecs?.(await this.codec()));
    const noInput = () => undefined;
    return Viewer.open({ source, direct: undefined, rtc: this.#rtc, role: 'spectator', onInput: noInput });
  }

  /** Copies of the streams, for one who watches. */
  async openSource(codecs?: types.RouterRtpCodecCapability[]): Promise<ViewerSource> {
    const { router, copyOf, release } = await this.#spread.place(codecs);
    return {
      router,
      producers: async () => {
        const { video, audio } = await this.#arrived();
        const [videoCopy, audioCopy] = await Promise.all([copyOf(video), copyOf(audio)]);
        return { video: videoCopy, audio: audioCopy };
      },
      release,
    };
  }

  /** Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#streams.reject(new NearcadeError('session_over'));
    this.#spread.close();
    this.#router.close();
  }

  async #arrived(): Promise<Streams> {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => late.reject(new NearcadeError('media_failed', 'Nothing comes from the session’s node')),
      STREAMS_DEADLINE_MS,
    );
    try {
      return await Promise.race([this.#streams.promise, late.promise]);
    } finally {
      clearTimeout(timer);
    }
  }
}
