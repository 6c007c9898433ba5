import { createWorker, type types } from 'mediasoup';
import { NearcadeError } from '#shared/errors.ts';
import type { Logger } from '../log.ts';

export interface WorkersOptions {
  count: number;
  log: Logger;
}

/** mediasoup's worker processes. A router goes to the one with the fewest; one that died is replaced. */
export class Workers {
  readonly #log: Logger;
  readonly #routers = new Map<types.Worker, number>();
  #closed = false;

  private constructor(log: Logger) {
    this.#log = log;
  }

  static async open(options: WorkersOptions): Promise<Workers> {
    const workers = new Workers(options.log);
    try {
      await Promise.all(Array.from({ length: options.count }, () => workers.#start()));
    } catch (cause) {
      workers.close();
      throw new NearcadeError('media_failed', 'The mediasoup worker does not start', { cause });
    }
    return workers;
  }

  /** A new router. It closes (`workerclose`) when its worker dies: whoever holds it has to notice. */
  async createRouter(mediaCodecs: types.RouterRtpCodecCapability[]): Promise<types.Router> {
    const [worker] = [...this.#routers].sort((a, b) => a[1] - b[1])[0] ?? [];
    if (worker === undefined) throw new NearcadeError('media_failed', 'No mediasoup worker runs');
    this.#count(worker, 1);
    try {
      const router = await worker.createRouter({ mediaCodecs });
      router.observer.once('close', () => this.#count(worker, -1));
      return router;
    } catch (error) {
      this.#count(worker, -1);
      throw error;
    }
  }

  close(): void {
    this.#closed = true;
    for (const worker of this.#routers.keys()) worker.close();
    this.#routers.clear();
  }

  async #start(): Promise<void> {
    const worker = await ownSignals(() => createWorker({ logLevel: 'warn' }));
    if (this.#closed) {
      worker.close();
      return;
    }
    this.#routers.set(worker, 0);
    worker.on('died', error => {
      this.#routers.delete(worker);
      this.#log.error({ err: error, pid: worker.pid }, 'a mediasoup worker died');
      this.#start().catch((cause: unknown) => {
        this.#log.fatal({ err: cause }, 'a mediasoup worker cannot be replaced');
      });
    });
  }

  #count(worker: types.Worker, change: number): void {
    const routers = this.#routers.get(worker);
    if (routers !== undefined) this.#routers.set(worker, routers + change);
  }
}

/**
 * mediasoup ends its workers by itself when the process gets SIGTERM, under players who have until the deadline. The
 * listeners that it adds for that, at once when a worker is made, are taken away: we close what we own.
 */
function ownSignals<T>(create: () => Promise<T>): Promise<T> {
  const signals = ['SIGINT', 'SIGTERM'] as const;
  const before = signals.map(signal => new Set(process.listeners(signal)));
  const created = create();
  for (const [index, signal] of signals.entries()) {
    for (const listener of process.listeners(signal)) {
      if (!before[index]?.has(listener)) process.removeListener(signal, listener);
    }
  }
  return created;
}
