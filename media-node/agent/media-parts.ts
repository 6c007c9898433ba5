import { NearcadeError } from '#shared/errors.ts';
import type { GameManifest } from '#shared/manifest.ts';
import type { Config } from '../config.ts';
import { MediaHelper } from '../encode/media-helper.ts';
import type { HostedSlot } from '../host/types.ts';
import type { Logger } from '../log.ts';
import type { VideoCodec } from '../sfu/codecs.ts';
import { Room } from '../sfu/room.ts';
import type { Workers } from '../sfu/workers.ts';

export interface MediaPartsOptions {
  config: Config;
  host: HostedSlot;
  workers: Workers;
  log: Logger;
  /** Something is gone for good: the session cannot go on. */
  onFailed: (part: string, detail: string) => void;
}

/** What is streamed while a session plays. */
export interface Stream {
  picture: GameManifest['picture'];
  /** Bits a second that the picture may take now. */
  bitrate: () => number;
  /** Streams begin anew: the players' pages have to connect again. */
  onRenewed: () => void;
}

/** Times that a media helper may die in one session before the session is given up. */
const HELPER_RESTARTS = 1;

/** A slot's media helper and SFU room, and the stream from one to the other. What dies is replaced while a stream runs. */
export class MediaParts {
  readonly #options: MediaPartsOptions;
  #parts: { helper: MediaHelper; room: Room } | undefined;
  #stream: Stream | undefined;
  #restarts = 0;

  constructor(options: MediaPartsOptions) {
    this.#options = options;
  }

  get room(): Room {
    if (this.#parts === undefined) throw new NearcadeError('host_failed', 'The slot is not ready');
    return this.#parts.room;
  }

  get helper(): MediaHelper | undefined {
    return this.#parts?.helper;
  }

  async open(): Promise<void> {
    const { config, workers, onFailed } = this.#options;
    const [helper, room] = await Promise.all([
      this.#openHelper(),
      Room.open({ workers, rtc: config.rtc, codec: config.codec }),
    ]);
    room.onFailed(() => onFailed('sfu', 'the mediasoup worker died'));
    this.#parts = { helper, room };
  }

  /** Idempotent; `open` may follow. */
  async close(): Promise<void> {
    this.stopStream();
    const parts = this.#parts;
    this.#parts = undefined;
    parts?.room.close();
    await parts?.helper.close();
  }

  startStream(stream: Stream): void {
    this.#stream = stream;
    this.#restarts = 0;
    this.#tellHelper();
  }

  stopStream(): void {
    this.#stream = undefined;
    this.helper?.stopStream();
  }

  /** Another codec for the picture; the stream that runs begins anew in it. */
  async useCodec(codec: VideoCodec): Promise<void> {
    await this.room.useCodec(codec);
    this.#tellHelper();
  }

  #tellHelper(): void {
    if (this.#parts === undefined || this.#stream === undefined) return;
    const { helper, room } = this.#parts;
    const { width, height, fps } = this.#stream.picture;
    const bitrate = this.#stream.bitrate();
    helper.startStream({ width, height, fps, bitrate, codec: room.codec, ports: room.ports });
  }

  #openHelper(): Promise<MediaHelper> {
    const { config, host, log } = this.#options;
    return MediaHelper.open({
      spawn: () => host.spawnTool([config.mediaHelper], { stdio: ['pipe', 'pipe', 'pipe'] }),
      log,
      onFailed: detail => this.#helperFailed(detail),
    });
  }

  /** A new helper takes over once; the players' pages connect anew, since the room's streams begin anew. */
  #helperFailed(detail: string): void {
    const { log, onFailed } = this.#options;
    const stream = this.#stream;
    if (stream === undefined || this.#restarts >= HELPER_RESTARTS) {
      onFailed('media', detail);
      return;
    }
    this.#restarts += 1;
    log.warn({ detail }, 'the media helper died: starting another');
    this.#replaceHelper(stream).catch((error: unknown) => {
      log.error({ err: error }, 'the media helper cannot be replaced');
      onFailed('media', detail);
    });
  }

  async #replaceHelper(stream: Stream): Promise<void> {
    const { room } = this;
    const [helper] = await Promise.all([this.#openHelper(), room.renewIngest()]);
    if (this.#stream !== stream || this.#parts?.room !== room) {
      await helper.close();
      return;
    }
    this.#parts = { helper, room };
    this.#tellHelper();
    stream.onRenewed();
  }
}
