import type { QualityBounds } from '#shared/quality.ts';
import type { Logger } from '../log.ts';
import type { LinkStats } from '../sfu/link-meter.ts';
import {
  initialQuality,
  ladder,
  limitsOf,
  nextQuality,
  type Picture,
  type Quality,
  type QualityState,
} from './quality.ts';
import { initialRate, lookBackMs, nextRate, type RateState, sentNow } from './rate-control.ts';
import { repeatsFor } from './repeat-share.ts';

/** A narrowed link loses half of what is sent after its queue is full, some 60 ms: so often its figures are read. */
const PERIOD_MS = 100;

/** A change of bitrate smaller than this is not worth disturbing the encoder. */
const WORTH_TELLING = 0.03;

/** The link's queue was full, and has to drain first; or the link was cut, and is empty. */
export type Restart = 'flooded' | 'cut';

export interface QualityControllerOptions {
  picture: Picture;
  /** Of the ticket and of the players' own choice, as of now. */
  bounds: () => readonly QualityBounds[];
  /** The seated players' links as of now, by what was missing for so long. */
  links: (lookBackMs: number) => Promise<LinkStats[]>;
  /** What the encoder is to do from now on. */
  apply: (quality: Quality) => void;
  /** These links' pictures hang: they need one that builds on no other. */
  restart: (links: readonly LinkStats[], why: Restart) => void;
  /** Percent of the bitrate for packets that are sent twice. */
  repeat: (percent: number) => void;
  log: Logger;
}

/** Steers the encoder by the players' links while a session plays: bitrate, then frame rate, then size. */
export class QualityController {
  readonly #options: QualityControllerOptions;
  readonly #timer: NodeJS.Timeout;
  #rate: RateState;
  #quality: QualityState = initialQuality;
  #told: Quality;
  #toldRepeats = -1;
  #draining = Number.POSITIVE_INFINITY;
  #last = performance.now();
  #busy = false;

  constructor(options: QualityControllerOptions) {
    this.#options = options;
    const limits = limitsOf(options.picture, options.bounds());
    this.#rate = initialRate({ min: limits.minBitrate, max: limits.maxBitrate });
    this.#told = { bitrate: this.#rate.target, fps: limits.fps, scalePercent: limits.scalePercent };
    this.#timer = setInterval(() => void this.#step(), PERIOD_MS);
  }

  /** What the encoder was told last, or is to begin with. */
  get quality(): Quality {
    return this.#told;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #step(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      const links = await this.#options.links(lookBackMs(this.#rate));
      const now = performance.now();
      this.#steer(links, (now - this.#last) / 1000);
      this.#last = now;
    } catch (error) {
      this.#options.log.debug({ err: error }, 'no figures of a link');
    } finally {
      this.#busy = false;
    }
  }

  #steer(links: readonly LinkStats[], elapsedS: number): void {
    const { picture, bounds, restart } = this.#options;
    const limits = limitsOf(picture, bounds());
    const rates = { min: limits.minBitrate, max: limits.maxBitrate };
    this.#rate = nextRate(this.#rate, links, rates, elapsedS);
    this.#draining = this.#rate.flooded.length > 0 ? 0 : this.#draining + elapsedS;
    const rungs = ladder(picture, limits);
    this.#quality = nextQuality(this.#quality, rungs, this.#rate.target, elapsedS);
    const rung = rungs[this.#quality.rung];
    if (rung === undefined) return;
    const { fps, scalePercent } = rung;
    this.#tell({ bitrate: sentNow(this.#rate, this.#draining, rates), fps, scalePercent });
    if (this.#rate.flooded.length > 0) restart(this.#rate.flooded, 'flooded');
    const back = links.filter(({ cut }) => cut === 'over');
    if (back.length > 0) restart(back, 'cut');
    this.#tellRepeats(repeatsFor(this.#rate, links));
  }

  #tell(quality: Quality): void {
    const told = this.#told;
    const sameSteps = quality.fps === told.fps && quality.scalePercent === told.scalePercent;
    if (sameSteps && Math.abs(quality.bitrate - told.bitrate) < WORTH_TELLING * told.bitrate) return;
    this.#options.log.debug({ from: told, to: quality }, 'quality');
    this.#told = quality;
    this.#options.apply(quality);
  }

  #tellRepeats(percent: number): void {
    if (percent === this.#toldRepeats) return;
    this.#toldRepeats = percent;
    this.#options.repeat(percent);
  }
}
