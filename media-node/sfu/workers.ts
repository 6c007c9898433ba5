import { setPriority } from 'node:os';
import { createWorker, type types } from 'mediasoup';
import { NearcadeError } from '#shared/errors.ts';
import type { Logger } from '../log.ts';

export interface WorkersOptions {
  /** Processes in all. There is at least one for each use, however few that are. */
  count: number;
  log: Logger;
}

/** Seated players' streams, or the copies of them that spectators and recordings get: never both in one process. */
export type WorkerUse = 'players' | 'spectators';

/**
 * Niceness (setpriority(2)) of spectators' workers: when cores are short the kernel runs players' workers, encoders and games ten
 * times as much before them, so that a crowd costs itself smoothness and nobody else.
 */
const SPECTATORS_NICENESS = 10;

interface Load {
  use: WorkerUse;
  /** Routers and the streams that leave them. */
  streams: number;
}

/** mediasoup's worker processes. A router goes to the one of its use with the least to do; one that died is replaced. */
export class Workers {
  readonly #log: Logger;
  readonly #loads = new Map<types.Worker, Load>();
  #closed = false;

  private constructor(log: Logger) {
    this.#log = log;
  }

  static async open(options: WorkersOptions): Promise<Workers> {
    const workers = new Workers(options.log);
    const forSpectators = Math.max(1, Math.floor(options.count / 2));
    const forPlayers = Math.max(1, options.count - forSpectators);
    try {
      await Promise.all([
        ...Array.from({ length: forPlayers }, () => workers.#start('players')),
        ...Array.from({ length: forSpectators }, () => workers.#start('spectators')),
      ]);
    } catch (cause) {
      workers.close();
      throw new NearcadeError('media_failed', 'The mediasoup worker does not start', { cause });
    }
    return workers;
  }

  /** Workers of that use, the one with the least to do first. */
  byLoad(use: WorkerUse): types.Worker[] {
    return [...this.#loads]
      .filter(([, load]) => load.use === use)
      .sort(([, a], [, b]) => a.streams - b.streams)
      .map(([worker]) => worker);
  }

  /**
   * A new router, on the worker of that use with the least to do. It closes (`workerclose`) when its worker dies: whoever holds it
   * has to notice.
   */
  async createRouter(use: WorkerUse, mediaCodecs: types.RouterRtpCodecCapability[]): Promise<types.Router> {
    const [worker] = this.byLoad(use);
    if (worker === undefined) throw new NearcadeError('media_failed', 'No mediasoup worker runs');
    return worker.createRouter({ mediaCodecs });
  }

  close(): void {
    this.#closed = true;
    for (const worker of this.#loads.keys()) worker.close();
    this.#loads.clear();
  }

  async #start(use: WorkerUse): Promise<void> {
    const worker = await ownSignals(() => createWorker({ logLevel: 'warn' }));
    if (this.#closed) {
      worker.close();
      return;
    }
    if (use === 'spectators') this.#stepBack(worker);
    const load: Load = { use, streams: 0 };
    this.#loads.set(worker, load);
    countStreams(worker, load);
    worker.on('died', error => {
      this.#loads.delete(worker);
      this.#log.error({ err: error, pid: worker.pid, use }, 'a mediasoup worker died');
      this.#start(use).catch((cause: unknown) => {
        this.#log.fatal({ err: cause }, 'a mediasoup worker cannot be replaced');
      });
    });
  }

  #stepBack(worker: types.Worker): void {
    try {
      setPriority(worker.pid, SPECTATORS_NICENESS);
    } catch (error) {
      this.#log.warn({ err: error, pid: worker.pid }, 'spectators run with the priority of players');
    }
  }
}

/** Keeps `load` true by mediasoup's own announcements of what comes and goes on the worker. */
function countStreams(worker: types.Worker, load: Load): void {
  const count = (observer: { once: (event: 'close', listener: () => void) => unknown }) => {
    load.streams += 1;
    observer.once('close', () => {
      load.streams -= 1;
    });
  };
  worker.observer.on('newrouter', router => {
    count(router.observer);
    router.observer.on('newtransport', transport => {
      transport.observer.on('newconsumer', consumer => count(consumer.observer));
    });
  });
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
