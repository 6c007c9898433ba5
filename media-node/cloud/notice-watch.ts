import type { Clock } from '../clock.ts';
import type { LifeListener, Rest } from '../life/fleet-life.ts';
import type { Logger } from '../log.ts';
import type { InstanceMetadata } from './instance-metadata.ts';

const RESTS: Readonly<Record<string, Rest>> = { Standby: 'standby', Detached: 'detached' };

export interface NoticeWatchOptions {
  metadata: Pick<InstanceMetadata, 'targetLifecycleState' | 'spotAction' | 'rebalanceNotice'>;
  listener: LifeListener;
  /** Milliseconds between two looks. */
  everyMs: number;
  clock: Clock;
  log: Logger;
}

/** Asks the instance's metadata what is coming. What cannot be read is taken to be as it was. */
export class NoticeWatch {
  readonly #options: NoticeWatchOptions;
  readonly #failing = new Set<string>();
  #aside: Rest | undefined;
  #mayBeTaken = false;
  #cancelNext: (() => void) | undefined;
  #looking: Promise<void> | undefined;
  #closed = false;

  constructor(options: NoticeWatchOptions) {
    this.#options = options;
  }

  /** Looks now, and again and again. Resolves after the first look. */
  begin(): Promise<void> {
    this.#looking = this.#look().finally(() => {
      if (!this.#closed)
        this.#cancelNext = this.#options.clock.after(this.#options.everyMs, () => void this.begin());
    });
    return this.#looking;
  }

  /** Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelNext?.();
    await this.#looking;
  }

  async #look(): Promise<void> {
    const { metadata, listener } = this.#options;
    await Promise.all([
      this.#read('lifecycle state', async () => {
        const target = (await metadata.targetLifecycleState()) ?? '';
        if (target === 'Terminated') listener.onNotice({ kind: 'lifecycle_hook' });
        this.#aside = RESTS[target];
      }),
      this.#read('spot notice', async () => {
        const action = await metadata.spotAction();
        if (action !== undefined) listener.onNotice({ kind: 'spot', goneAt: action.time });
      }),
      this.#read('rebalance recommendation', async () => {
        // It is not taken back.
        if ((await metadata.rebalanceNotice()) !== undefined) this.#mayBeTaken = true;
      }),
    ]);
    if (!this.#closed) listener.onRest(this.#aside ?? (this.#mayBeTaken ? 'rebalance' : undefined));
  }

  async #read(what: string, read: () => Promise<void>): Promise<void> {
    const { log } = this.#options;
    try {
      await read();
      if (this.#failing.delete(what)) log.info({ what }, 'instance metadata answers again');
    } catch (err) {
      if (!this.#failing.has(what) && !this.#closed)
        log.warn({ err, what }, 'instance metadata does not answer');
      this.#failing.add(what);
    }
  }
}
