import type { types } from 'mediasoup';
import { NearcadeError } from '#shared/errors.ts';
import type { GameManifest } from '#shared/manifest.ts';
import type { Config } from '../config.ts';
import type { Encoders } from '../encode/encoders.ts';
import { MediaHelper } from '../encode/media-helper.ts';
import type { Quality } from '../encode/quality.ts';
import type { HostedSlot } from '../host/types.ts';
import type { Logger } from '../log.ts';
import type { VideoCodec } from '../sfu/codecs.ts';
import { Room } from '../sfu/room.ts';
import type { Workers } from '../sfu/workers.ts';
import { RestartBudget } from './restart-budget.ts';
import { SpectatorStream } from './spectator-stream.ts';

export interface MediaPartsOptions {
  config: Pick<Config, 'capture' | 'codec' | 'mediaHelper' | 'rtc'>;
  host: Pick<HostedSlot, 'displayAnswers' | 'spawnTool'>;
  encoders: Encoders;
  workers: Workers;
  log: Logger;
  /** Something is gone for good: the session cannot go on. */
  onFailed: (part: string, detail: string) => void;
}

/** Milliseconds in which the end of a display is heard of after that of its helper. */
const DISPLAY_END_FOLLOWS_MS = 500;

/** What is streamed while a session plays. */
export interface Stream {
  picture: GameManifest['picture'];
  /** What the encoder is to begin with. */
  quality: () => Quality;
  /** Streams begin anew: the players' pages have to connect again. Those that are back at once wait for `ready`. */
  onRenewed: () => void;
  /** The spectators' own picture has ended: they have to come anew. */
  onSpectatorsLost: () => void;
}

interface Parts {
  helper: MediaHelper;
  room: Room;
}

/** A slot's media helper and SFU room, and the stream from one to the other. What dies or hangs is replaced, and the stream goes on. */
export class MediaParts {
  readonly #options: MediaPartsOptions;
  /** Of the session: what another one has worn out is not its fault. */
  #budget = new RestartBudget();
  #parts: Parts | undefined;
  #stream: Stream | undefined;
  /**
   * Which helper streams, and what into. A stream that began anew there has other sequence numbers under the same name, and receivers may take them
   * for packets of long ago (RFC 3711, 3.3.2): their picture would stand still for good. A helper that took the place of this one knows of nothing yet.
   */
  #fed: { helper: MediaHelper; producer: types.Producer } | undefined;
  #second: { room: Room; stream: SpectatorStream } | undefined;
  /** One part is replaced after the other. */
  #renewal: Promise<void> = Promise.resolve();
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

  /** Parts that had to be replaced so far. */
  get restarts(): number {
    return this.#restarts;
  }

  /** The room, when what is being replaced is there again. */
  async ready(): Promise<Room> {
    let renewal: Promise<void>;
    do {
      renewal = this.#renewal;
      await renewal;
    } while (renewal !== this.#renewal);
    return this.room;
  }

  async open(): Promise<void> {
    const [helper, room] = await Promise.all([
      this.#openHelper(),
      this.#openRoom(this.#options.config.codec),
    ]);
    this.#parts = { helper, room };
  }

  /** Idempotent; `open` may follow. */
  async close(): Promise<void> {
    this.stopStream();
    const parts = this.#parts;
    this.#parts = undefined;
    parts?.room.close();
    await parts?.helper.close();
    await this.#renewal;
  }

  startStream(stream: Stream): void {
    this.#stream = stream;
    this.#budget = new RestartBudget();
    this.#tellHelper();
  }

  stopStream(): void {
    this.#stream = undefined;
    this.#fed = undefined;
    this.#endSecond();
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
    const producer = room.producers.video;
    // The stream began while the codec changed, and is in the new one already.
    if (this.#fed?.helper === helper && this.#fed.producer === producer) return;
    this.#fed = { helper, producer };
    const { width, height, fps } = this.#stream.picture;
    const quality = this.#stream.quality();
    const { codec, ports } = room;
    const encoder = this.#options.encoders.of(codec)?.encoder;
    helper.startStream({
      ...{ width, height, fps, quality, codec, ports },
      polling: this.#options.config.capture === 'polling',
      ...(encoder === undefined ? {} : { encoder }),
    });
    if (this.#second?.room === room) return;
    this.#endSecond();
    const { config, host, log } = this.#options;
    const { picture, onSpectatorsLost: onLost } = this.#stream;
    const stream = new SpectatorStream({ config, host, room, picture, log, onLost });
    this.#second = { room, stream };
    room.secondPicture = stream;
  }

  #endSecond(): void {
    const second = this.#second;
    this.#second = undefined;
    if (second === undefined) return;
    second.room.secondPicture = undefined;
    void second.stream.close();
  }

  async #openHelper(): Promise<MediaHelper> {
    const { config, encoders, host, log } = this.#options;
    const helper = await MediaHelper.open({
      spawn: () => host.spawnTool([encoders.helper(config.mediaHelper)], { stdio: ['pipe', 'pipe', 'pipe'] }),
      displayHangs: () => !host.displayAnswers,
      log,
      onFailed: detail => {
        // The display's own end says more, and ends the session: pages that were told to come back would only hear of it later.
        const wait = helper.lostDisplay ? DISPLAY_END_FOLLOWS_MS : 0;
        setTimeout(() => {
          if (this.#parts?.helper === helper) this.#replaceHelper(detail);
        }, wait);
      },
    });
    return helper;
  }

  async #openRoom(codec: VideoCodec): Promise<Room> {
    const { workers, config } = this.#options;
    const room = await Room.open({ workers, rtc: config.rtc, codec });
    room.onFailed(() => {
      if (this.#parts?.room === room) this.#replaceRoom();
    });
    return room;
  }

  /** The pages connect anew at once, since the streams that they have are dead; whoever dies too often is given up. */
  #replace(part: string, detail: string, renew: (parts: Parts) => Promise<Parts>): void {
    const { log, onFailed } = this.#options;
    if (!this.#budget.take()) {
      onFailed(part, detail);
      return;
    }
    this.#restarts += 1;
    const start = performance.now();
    log.warn({ part, detail }, 'a part of the stream is gone: starting another');
    this.#renewal = this.#renewal
      .then(() => this.#renew(renew))
      .then(
        () => log.info({ part, ms: Math.round(performance.now() - start) }, 'the part is there again'),
        (error: unknown) => {
          log.error({ err: error, part }, 'the part cannot be replaced');
          onFailed(part, detail);
        },
      );
    this.#stream?.onRenewed();
  }

  async #renew(renew: (parts: Parts) => Promise<Parts>): Promise<void> {
    const old = this.#parts;
    if (old === undefined) return;
    const parts = await renew(old);
    if (this.#parts !== old) {
      // Closed meanwhile.
      parts.room.close();
      await parts.helper.close();
      return;
    }
    this.#parts = parts;
    this.#tellHelper();
    // Before it was ours, nobody heard of its end.
    if (parts.helper.ended) this.#replaceHelper('the media helper ended at once');
    if (parts.room.failed) this.#replaceRoom();
  }

  #replaceHelper(detail: string): void {
    this.#replace('media', detail, async ({ room }) => {
      const [helper] = await Promise.all([this.#openHelper(), room.renewIngest()]);
      return { helper, room };
    });
  }

  #replaceRoom(): void {
    this.#replace('sfu', 'the mediasoup worker died', async ({ helper, room: dead }) => {
      const room = await this.#openRoom(dead.codec);
      dead.close();
      return { helper, room };
    });
  }
}
