import { setPriority } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { createWorker, type types } from 'mediasoup';
import { NearcadeError } from '#shared/errors.ts';
import type { Logger } from '../log.ts';
import { Watchdog } from '../watchdog.ts';

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
export const SPECTATORS_NICENESS = 10;

/** The watchdog's periods of 150 ms that it may wait for a processor, then: half a minute, since to end it would only bring all its spectators in anew. */
const STEPPED_BACK_PERIODS = 200;

/** Milliseconds that a room waits for a worker when there is none: another one takes a tenth of it to start. */
const WORKER_WAIT_MS = 3000;

/** A worker that died younger than this is followed by another only after a pause, twice as long each time. */
const YOUNG_MS = 5000;
const RESTART_FIRST_MS = 250;
const RESTART_MOST_MS = 10_000;

interface Load {
  use: WorkerUse;
  /** Routers and the streams that leave them. */
  streams: number;
}

/** mediasoup's worker processes. A router goes to the one of its use with the least to do; one that died or hangs is replaced. */
export class Workers {
  readonly #log: Logger;
  readonly #loads = new Map<types.Worker, Load>();
  readonly #stop = new AbortController();
  #arrival = Promise.withResolvers<void>();
  #restarts = 0;
  /** Deaths in a row of workers that had hardly begun. */
  #youngDeaths = 0;

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

  /** Of the processes that run now. */
  get pids(): number[] {
    return [...this.#loads.keys()].map(worker => worker.pid);
  }

  /** Workers that had to be replaced so far. */
  get restarts(): number {
    return this.#restarts;
  }

  /**
   * A new router, on the worker of that use with the least to do. It closes (`workerclose`) when its worker dies: whoever holds it
   * has to notice.
   */
  async createRouter(use: WorkerUse, mediaCodecs: types.RouterRtpCodecCapability[]): Promise<types.Router> {
    const worker = await this.#living(use);
    return worker.createRouter({ mediaCodecs });
  }

  close(): void {
    this.#stop.abort();
    for (const worker of this.#loads.keys()) worker.close();
    this.#loads.clear();
  }

  /** Waits a moment for one that is being replaced. Throws `media_failed`. */
  async #living(use: WorkerUse): Promise<types.Worker> {
    const late = sleep(WORKER_WAIT_MS, true, { signal: this.#stop.signal, ref: false }).catch(() => true);
    for (;;) {
      const [worker] = this.byLoad(use);
      if (worker !== undefined) return worker;
      if (await Promise.race([this.#arrival.promise.then(() => false), late])) {
        throw new NearcadeError('media_failed', 'No mediasoup worker runs');
      }
    }
  }

  async #start(use: WorkerUse): Promise<void> {
    const worker = await ownSignals(() => createWorker({ logLevel: 'warn' }));
    if (this.#stop.signal.aborted) {
      worker.close();
      return;
    }
    if (use === 'spectators') this.#stepBack(worker);
    const load: Load = { use, streams: 0 };
    this.#loads.set(worker, load);
    countStreams(worker, load);
    const bornAt = performance.now();
    const watchdog = new Watchdog({
      pid: worker.pid,
      ask: () => worker.getResourceUsage(),
      ...(use === 'spectators' && { busyPeriods: STEPPED_BACK_PERIODS }),
      onHung: detail => {
        this.#log.error({ pid: worker.pid, use, detail }, 'a mediasoup worker hangs: ending it');
        killWorker(worker.pid);
      },
    });
    worker.observer.once('close', () => watchdog.close());
    worker.on('died', error => {
      this.#loads.delete(worker);
      this.#log.error({ err: error, pid: worker.pid, use }, 'a mediasoup worker died');
      this.#youngDeaths = performance.now() - bornAt < YOUNG_MS ? this.#youngDeaths + 1 : 0;
      void this.#replace(use, this.#youngDeaths);
    });
    this.#arrival.resolve();
    this.#arrival = Promise.withResolvers();
  }

  /** Never throws: tries for as long as the node runs. */
  async #replace(use: WorkerUse, failures: number): Promise<void> {
    this.#restarts += 1;
    for (let failed = failures; !this.#stop.signal.aborted; failed++) {
      const pause = failed === 0 ? 0 : Math.min(RESTART_MOST_MS, RESTART_FIRST_MS * 2 ** (failed - 1));
      await sleep(pause, undefined, { signal: this.#stop.signal, ref: false }).catch(() => undefined);
      try {
        await this.#start(use);
        return;
      } catch (cause) {
        this.#log.fatal({ err: cause }, 'a mediasoup worker cannot be replaced: will retry');
      }
    }
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

function killWorker(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has gone by itself in this moment.
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
