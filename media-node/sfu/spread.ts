import type { types } from 'mediasoup';
import { NearcadeError } from '#shared/errors.ts';
import { ROUTER_CODECS } from './codecs.ts';
import { SpreadRouter } from './spread-router.ts';
import type { Workers } from './workers.ts';

/**
 * Spectators of one session on one worker before the next worker gets its own copy of the streams: a copy costs about as much as
 * one more spectator, a worker carries some hundreds.
 */
const FULL_ENOUGH = 25;

/** One viewer's hold on a router of the spread, until `release`. */
export interface SpreadPlace {
  router: types.Router;
  /** The copy of a producer of the source router on this one. */
  copyOf(producer: types.Producer): Promise<types.Producer>;
  release(): void;
}

/** Spreads what one router has over the spectators' workers: a router a worker, made when needed and closed when empty. */
export class Spread {
  readonly #workers: Workers;
  readonly #source: types.Router;
  readonly #routers = new Set<SpreadRouter>();
  #turn: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(workers: Workers, source: types.Router) {
    this.#workers = workers;
    this.#source = source;
  }

  /** Workers that carry copies now. */
  get width(): number {
    return this.#routers.size;
  }

  /** A place on the router that suits best, for one who takes these codecs. Throws `media_failed` when no worker runs. */
  place(codecs: types.RouterRtpCodecCapability[] = ROUTER_CODECS): Promise<SpreadPlace> {
    // One after the other: of two who come at once the second finds the router that the first has made.
    const placed = this.#turn.then(() => this.#place(codecs));
    this.#turn = placed.catch(() => undefined);
    return placed;
  }

  /** Idempotent. */
  close(): void {
    this.#closed = true;
    for (const { router } of this.#routers) router.close();
    this.#routers.clear();
  }

  async #place(codecs: types.RouterRtpCodecCapability[]): Promise<SpreadPlace> {
    const kind = JSON.stringify(codecs);
    const spread = this.#emptiest(kind) ?? (await this.#open(codecs, kind));
    spread.hold();
    let released = false;
    return {
      router: spread.router,
      copyOf: producer => spread.copyOf(producer),
      release: () => {
        if (released) return;
        released = true;
        spread.release();
      },
    };
  }

  /** Undefined when another router would be better. */
  #emptiest(kind: string): SpreadRouter | undefined {
    const ours = [...this.#routers].filter(spread => spread.kind === kind);
    const [emptiest] = ours.sort((a, b) => a.viewers - b.viewers);
    if (emptiest === undefined || emptiest.viewers < FULL_ENOUGH) return emptiest;
    return this.#unused(kind).length === 0 ? emptiest : undefined;
  }

  /** Spectators' workers without a router of ours, the one with the least to do first. */
  #unused(kind: string): types.Worker[] {
    const used = new Set([...this.#routers].filter(ours => ours.kind === kind).map(({ worker }) => worker));
    return this.#workers.byLoad('spectators').filter(worker => !used.has(worker));
  }

  async #open(codecs: types.RouterRtpCodecCapability[], kind: string): Promise<SpreadRouter> {
    const [worker] = this.#unused(kind);
    if (worker === undefined || this.#closed)
      throw new NearcadeError('media_failed', 'No mediasoup worker runs');
    const router = await worker.createRouter({ mediaCodecs: codecs });
    const spread = new SpreadRouter({
      worker,
      router,
      kind,
      source: this.#source,
      onEmpty: () => this.#routers.delete(spread),
    });
    if (this.#closed) {
      router.close();
      throw new NearcadeError('session_over');
    }
    this.#routers.add(spread);
    router.once('workerclose', () => this.#routers.delete(spread));
    return spread;
  }
}
