import type { types } from 'mediasoup';

/**
 * A router on a spectators' worker, with copies of a source router's streams for those who watch from here. Made by `Spread`, closed when the
 * last of them has gone.
 */
export class SpreadRouter {
  readonly worker: types.Worker;
  readonly router: types.Router;
  /** Which codecs and payload types it was made with: viewers of another kind need another router. */
  readonly kind: string;
  readonly #source: types.Router;
  readonly #onEmpty: () => void;
  readonly #copies = new Map<string, Promise<types.Producer>>();
  #viewers = 0;

  constructor(parts: {
    worker: types.Worker;
    router: types.Router;
    kind: string;
    source: types.Router;
    onEmpty: () => void;
  }) {
    this.worker = parts.worker;
    this.router = parts.router;
    this.kind = parts.kind;
    this.#source = parts.source;
    this.#onEmpty = parts.onEmpty;
  }

  get viewers(): number {
    return this.#viewers;
  }

  hold(): void {
    this.#viewers += 1;
  }

  release(): void {
    this.#viewers -= 1;
    if (this.#viewers > 0) return;
    this.#onEmpty();
    this.router.close();
  }

  /**
   * The copy of a producer of the source router. Key-frame requests go back over the pipe; it closes when the producer
   * does.
   */
  copyOf(producer: types.Producer): Promise<types.Producer> {
    const known = this.#copies.get(producer.id);
    if (known !== undefined) return known;
    const copy = this.#pipe(producer);
    this.#copies.set(producer.id, copy);
    copy.then(
      ({ observer }) => observer.once('close', () => this.#copies.delete(producer.id)),
      () => this.#copies.delete(producer.id),
    );
    return copy;
  }

  async #pipe(producer: types.Producer): Promise<types.Producer> {
    const { pipeProducer } = await this.#source.pipeToRouter({
      producerId: producer.id,
      router: this.router,
      enableSctp: false,
      // One worker may hold several routers of a session, and ids are a worker's.
      keepId: false,
    });
    if (pipeProducer === undefined) throw new Error('mediasoup made no pipe producer');
    return pipeProducer;
  }
}
