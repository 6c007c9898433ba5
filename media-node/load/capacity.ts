import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { HeartbeatRequest } from '#shared/api/fleet.ts';
import type { GameManifest } from '#shared/manifest.ts';
import type { Slot } from '../agent/slot.ts';
import type { Config } from '../config.ts';
import type { Games } from '../games.ts';
import type { Logger } from '../log.ts';
import { CostBook } from './cost-book.ts';
import { CpuBudget } from './cpu-budget.ts';
import { LoadMeter } from './meter.ts';

/** Milliseconds for which a refusal is told with each heartbeat: several may get lost, and telling it twice changes nothing. */
const TELL_TURNED_AWAY_MS = 20_000;

type SessionName = { sessionId: string; epoch: number };

export interface CapacityOptions {
  config: Config;
  games: Games;
  log: Logger;
  /** The edge should hear of it now. */
  onChanged: () => void;
}

/** What this node can still take, and what it has refused. */
export class Capacity {
  readonly budget: CpuBudget;
  readonly #options: CapacityOptions;
  readonly #book: CostBook;
  readonly #turnedAway = new Map<string, { session: SessionName; at: number }>();
  #fullFor: string[] = [];
  #refused = 0;
  #meter: LoadMeter | undefined;

  private constructor(options: CapacityOptions, book: CostBook) {
    this.#options = options;
    this.#book = book;
    const enforced = options.config.cpuBudget === 'enforced';
    this.budget = new CpuBudget({ cores: availableParallelism(), book, enforced });
  }

  static async open(options: CapacityOptions): Promise<Capacity> {
    return new Capacity(options, await CostBook.open(join(options.config.dataDir, 'cpu-costs.json')));
  }

  /** Hosts that were refused so far since the machine had no room for them. */
  get refused(): number {
    return this.#refused;
  }

  /** Measures from now on; resolves with the first sample. */
  async measure(slots: readonly Slot[]): Promise<void> {
    const { log } = this.#options;
    this.#meter = await LoadMeter.open({
      slots,
      budget: this.budget,
      book: this.#book,
      log,
      onSample: () => this.#look(),
    });
  }

  /** Throws `node_overloaded`. */
  check(game: GameManifest): void {
    this.budget.check(game);
  }

  turnAway(session: SessionName): void {
    this.#refused += 1;
    this.#turnedAway.set(session.sessionId, { session, at: performance.now() });
    this.#options.log.warn(
      { ...session, free: this.budget.free, busy: this.budget.busy },
      'no room for a session',
    );
    this.#look();
    this.#options.onChanged();
  }

  /** What a heartbeat says of it. */
  report(): Pick<HeartbeatRequest, 'fullFor' | 'turnedAway'> & { cpu: number; freeCores: number } {
    const now = performance.now();
    for (const [id, { at }] of this.#turnedAway) {
      if (now - at > TELL_TURNED_AWAY_MS) this.#turnedAway.delete(id);
    }
    return {
      cpu: this.budget.busy,
      freeCores: this.budget.free,
      fullFor: this.#fullFor,
      turnedAway: [...this.#turnedAway.values()].map(({ session }) => session),
    };
  }

  /** Idempotent. */
  async close(): Promise<void> {
    await this.#meter?.close();
  }

  #look(): void {
    const full = [...this.#options.games.values()]
      .filter(({ manifest }) => !this.budget.fits(manifest))
      .map(({ manifest }) => manifest.slug);
    const isOther = full.join() !== this.#fullFor.join();
    this.#fullFor = full;
    if (isOther) this.#options.onChanged();
  }
}
