import { setTimeout as sleep } from 'node:timers/promises';
import { MAX_EVENTS_PER_REQUEST, type NodeEvent } from '#shared/api/fleet.ts';
import type { Logger } from '../log.ts';
import { backoffMs } from './backoff.ts';
import { OutboxFile } from './outbox-file.ts';

/** Events kept while the edge cannot be reached: hours of a busy node. The oldest go first when there are more. */
const MAX_KEPT = 20_000;
const RETRY_FIRST_MS = 250;
const RETRY_MOST_MS = 10_000;

export interface OutboxOptions {
  path: string;
  /** Delivers one batch; throws when the edge did not take it. */
  send: (events: readonly NodeEvent[]) => Promise<void>;
  log: Logger;
  random?: () => number;
  /** Events that may wait. */
  most?: number;
}

/** Brings events to the edge at least once, in order of their making, over failures of both sides. */
export class Outbox {
  readonly #file: OutboxFile;
  readonly #send: OutboxOptions['send'];
  readonly #log: Logger;
  readonly #random: () => number;
  readonly #most: number;
  #rewriting = false;
  #waiting: NodeEvent[] = [];
  #disk: Promise<void> = Promise.resolve();
  #delivering: Promise<void> | undefined;
  readonly #stop = new AbortController();

  private constructor(options: OutboxOptions) {
    this.#file = new OutboxFile(options.path);
    this.#send = options.send;
    this.#log = options.log;
    this.#random = options.random ?? Math.random;
    this.#most = options.most ?? MAX_KEPT;
  }

  static async open(options: OutboxOptions): Promise<Outbox> {
    const outbox = new Outbox(options);
    outbox.#waiting = await outbox.#file.load();
    if (outbox.#waiting.length > 0)
      options.log.info({ events: outbox.#waiting.length }, 'events left to deliver');
    return outbox;
  }

  get size(): number {
    return this.#waiting.length;
  }

  add(event: NodeEvent): void {
    this.#waiting.push(event);
    if (this.#waiting.length > this.#most) {
      this.#log.error(
        { dropped: this.#waiting.shift() },
        'too many events wait for the edge: dropped the oldest',
      );
      this.#rewrite();
    } else {
      this.#onDisk(() => this.#file.append(event));
    }
    this.deliver();
  }

  /** Starts delivery unless it is under way. */
  deliver(): void {
    if (this.#delivering !== undefined || this.#waiting.length === 0 || this.#stop.signal.aborted) return;
    this.#delivering = this.#deliverAll().finally(() => {
      this.#delivering = undefined;
    });
  }

  /** Resolves when nothing waits, or after `timeoutMs`: what is left stays on disk for the next start. */
  async flush(timeoutMs: number): Promise<void> {
    this.deliver();
    await Promise.race([this.#delivering, sleep(timeoutMs, undefined, { ref: false })]);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#delivering;
    await this.#disk;
  }

  async #deliverAll(): Promise<void> {
    let failures = 0;
    while (this.#waiting.length > 0 && !this.#stop.signal.aborted) {
      const batch = this.#waiting.slice(0, MAX_EVENTS_PER_REQUEST);
      try {
        await this.#send(batch);
        failures = 0;
        const taken = new Set(batch);
        this.#waiting = this.#waiting.filter(event => !taken.has(event));
        this.#rewrite();
      } catch (error) {
        this.#log.warn(
          { err: error, waiting: this.#waiting.length },
          'the edge did not take events: will retry',
        );
        const wait = backoffMs(failures, RETRY_FIRST_MS, RETRY_MOST_MS, this.#random);
        failures += 1;
        await sleep(wait, undefined, { signal: this.#stop.signal, ref: false }).catch(() => undefined);
      }
    }
  }

  /** Once for all changes until the disk gets to it: at the bound each event is one. */
  #rewrite(): void {
    if (this.#rewriting) return;
    this.#rewriting = true;
    this.#onDisk(() => {
      this.#rewriting = false;
      return this.#file.replace(this.#waiting);
    });
  }

  /** One write at a time, in order. A disk that fails costs the events' survival of a restart, not the session. */
  #onDisk(write: () => Promise<void>): void {
    this.#disk = this.#disk.then(write).catch((error: unknown) => {
      this.#log.error({ err: error }, 'the outbox cannot be written');
    });
  }
}
