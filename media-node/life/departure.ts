import type { Clock } from '../clock.ts';
import type { Logger } from '../log.ts';
import type { Notice } from './fleet-life.ts';

/** Milliseconds before a machine is taken back for the last saves and events: 10 s each, and some to spare on a busy machine. */
export const LAST_WORDS_MS = 30_000;

export interface DepartureOptions {
  /** Milliseconds that players get to finish where the notice itself says nothing. */
  graceMs: number;
  /** This machine's. */
  clock: Clock;
  log: Logger;
}

/** That the node goes, and by when: of several notices the one with the least time holds, in whatever order they come. */
export class Departure {
  readonly #options: DepartureOptions;
  readonly #begun = Promise.withResolvers<void>();
  readonly #timeUp = Promise.withResolvers<void>();
  readonly #hurried = Promise.withResolvers<void>();
  readonly #kinds = new Set<Notice['kind']>();
  #deadline: number | undefined;
  #goneAt: number | undefined;
  #cancelDeadline: (() => void) | undefined;
  #onDeadline: ((deadline: number) => void) | undefined;

  constructor(options: DepartureOptions) {
    this.#options = options;
  }

  /** From the first notice on. */
  get isOn(): boolean {
    return this.#deadline !== undefined;
  }

  /** Resolves with the first notice. */
  get begun(): Promise<void> {
    return this.#begun.promise;
  }

  /** Resolves at the deadline. */
  get timeUp(): Promise<void> {
    return this.#timeUp.promise;
  }

  /** Resolves when nothing is to be waited for any more. */
  get hurried(): Promise<void> {
    return this.#hurried.promise;
  }

  /** Whether the machine goes with the node, and its disk with it. */
  get takesDisk(): boolean {
    return this.#kinds.has('lifecycle_hook') || this.#kinds.has('spot');
  }

  /** When the machine is gone whatever happens here, if that is known. Milliseconds since 1970. */
  get goneAt(): number | undefined {
    return this.#goneAt;
  }

  /** Calls back with the deadline now, and whenever it comes nearer. Milliseconds since 1970. */
  onDeadline(listener: (deadline: number) => void): void {
    this.#onDeadline = listener;
    if (this.#deadline !== undefined) listener(this.#deadline);
  }

  /** The same notice again changes nothing, unless a machine is to go sooner. */
  note(notice: Notice): void {
    const isKnown = this.#kinds.has(notice.kind);
    if (isKnown && notice.kind !== 'spot') return;
    const { clock, log } = this.#options;
    const deadline = this.#deadlineOf(notice);
    this.#kinds.add(notice.kind);
    if (notice.kind === 'hurry') this.#hurried.resolve();
    if (notice.kind === 'spot') this.#goneAt = Math.min(this.#goneAt ?? notice.goneAt, notice.goneAt);
    const isNearer = this.#deadline === undefined || deadline < this.#deadline;
    if (!isKnown || isNearer) {
      log.info({ notice, deadline: new Date(deadline).toISOString(), isNearer }, 'notice to leave');
    }
    if (!isNearer) return;
    this.#deadline = deadline;
    this.#cancelDeadline?.();
    this.#cancelDeadline = clock.after(Math.max(0, deadline - clock.now()), () => this.#timeUp.resolve());
    this.#begun.resolve();
    this.#onDeadline?.(deadline);
  }

  /** Idempotent. */
  close(): void {
    this.#cancelDeadline?.();
  }

  #deadlineOf(notice: Notice): number {
    const { clock, graceMs } = this.#options;
    const now = clock.now();
    if (notice.kind === 'hurry') return now;
    // What plays up to the very end of its machine could not be saved.
    if (notice.kind === 'spot') return Math.max(now, notice.goneAt - LAST_WORDS_MS);
    return now + graceMs;
  }
}
