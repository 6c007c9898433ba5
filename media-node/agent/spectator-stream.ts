import { setPriority } from 'node:os';
import type { types } from 'mediasoup';
import type { Config } from '../config.ts';
import { MediaHelper } from '../encode/media-helper.ts';
import type { Picture } from '../encode/quality.ts';
import { nextSpectatorFps, spectatorQuality } from '../encode/spectator-quality.ts';
import type { HostedSlot } from '../host/types.ts';
import type { Logger } from '../log.ts';
import type { Room } from '../sfu/room.ts';
import type { SecondIngest, SecondPicture } from '../sfu/second-picture.ts';

/** The players' encoder and the game go first. */
const NICENESS = 10;

/** So long after the last spectator left it goes on: pages are loaded anew. */
const LINGER_MS = 5_000;

/** How often is looked whether the processor is short. */
const REVIEW_MS = 2_000;

export interface SpectatorStreamOptions {
  config: Pick<Config, 'mediaHelper'>;
  host: Pick<HostedSlot, 'spawnTool' | 'displayAnswers'>;
  room: Room;
  picture: Picture;
  log: Logger;
  /** The picture has ended while it was watched: who watched it has to come anew. */
  onLost: () => void;
  lingerMs?: number;
}

interface Running {
  helper: MediaHelper;
  ingest: SecondIngest;
  review: NodeJS.Timeout;
}

/**
 * The spectators' own encoding: a second helper beside the first, smaller, slower and of lower priority, which runs while
 * somebody watches. Nothing that happens to it, or that its viewers ask of it, reaches the players' stream.
 */
export class SpectatorStream implements SecondPicture {
  readonly #options: SpectatorStreamOptions;
  #starting: Promise<Running> | undefined;
  #linger: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: SpectatorStreamOptions) {
    this.#options = options;
  }

  async producer(): Promise<types.Producer | undefined> {
    clearTimeout(this.#linger);
    if (this.#closed) return undefined;
    this.#starting ??= this.#start();
    try {
      return (await this.#starting).ingest.producer;
    } catch (error) {
      this.#starting = undefined;
      this.#options.log.warn({ err: error }, 'no picture of their own for spectators: they get the players’');
      return undefined;
    }
  }

  idle(): void {
    clearTimeout(this.#linger);
    this.#linger = setTimeout(() => void this.#stop(), this.#options.lingerMs ?? LINGER_MS);
  }

  /** Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#linger);
    await this.#stop();
  }

  async #start(): Promise<Running> {
    const { config, host, room, picture, log } = this.#options;
    const ingest = await room.openSecondIngest();
    try {
      const helper = await MediaHelper.open({
        spawn: () => host.spawnTool([config.mediaHelper], { stdio: ['pipe', 'pipe', 'pipe'] }),
        displayHangs: () => !host.displayAnswers,
        log,
        onFailed: detail => this.#failed(helper, detail),
      });
      try {
        setPriority(helper.pid, NICENESS);
      } catch (error) {
        log.warn({ err: error }, 'the spectators’ encoder keeps its priority');
      }
      const quality = spectatorQuality(picture);
      const { width, height } = picture;
      helper.startStream({
        width,
        height,
        fps: quality.fps,
        quality,
        codec: room.codec,
        ports: { video: ingest.port },
      });
      helper.setRepeats(0);
      let fps = quality.fps;
      const review = setInterval(() => {
        const next = nextSpectatorFps(fps, quality.fps, helper.stats);
        if (next !== fps) helper.setQuality({ ...quality, fps: next });
        fps = next;
      }, REVIEW_MS);
      return { helper, ingest, review };
    } catch (error) {
      ingest.close();
      throw error;
    }
  }

  #failed(helper: MediaHelper, detail: string): void {
    this.#options.log.warn({ detail }, 'the spectators’ encoder has ended');
    void this.#starting?.then(running => {
      if (running.helper !== helper) return;
      void this.#stop();
      this.#options.onLost();
    });
  }

  async #stop(): Promise<void> {
    const starting = this.#starting;
    this.#starting = undefined;
    const running = await starting?.catch(() => undefined);
    if (running === undefined) return;
    clearInterval(running.review);
    running.ingest.close();
    await running.helper.close();
  }
}
