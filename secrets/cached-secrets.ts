import { NearcadeError } from '#shared/errors.ts';
import type { SecretSource, Secrets } from './secrets.ts';

/** Milliseconds for which a text is taken without asking: a rotated secret is known everywhere after that, whoever is told of it. */
const LIFETIME_MS = 5 * 60_000;

/** Milliseconds until who could not be asked is asked again. */
const RETRY_MS = 15_000;

/**
 * Milliseconds for which the last text that was read is good while nobody answers: an outage of a region's Secrets Manager is over by then,
 * and a machine that is cut off for longer had better say so than go on with what may have been taken back.
 */
const WITHOUT_ANSWER_MS = 12 * 3600_000;

/** What time is here; media-node/clock.ts has one. */
export interface SecretsClock {
  now(): number;
  after(ms: number, action: () => void): () => void;
}

/** Real time; waiting for the next look keeps no process alive. */
const realClock: SecretsClock = {
  now: () => performance.now(),
  after: (ms, action) => {
    const timer = setTimeout(action, ms).unref();
    return () => clearTimeout(timer);
  },
};

export interface CachedSecretsOptions {
  source: SecretSource;
  /** Told what could not be read, also when the last text served instead. */
  onTrouble?: (error: NearcadeError, name: string) => void;
  clock?: SecretsClock;
}

interface Held {
  text: string | undefined;
  readAt: number;
  asking: Promise<string> | undefined;
  cancelNext: () => void;
  readonly listeners: Set<(text: string) => void>;
}

/**
 * Remembers what a source says: many who ask at once are one question to it, and each secret that was asked for is looked at again
 * when its lifetime is over, so that a rotated one takes effect without a restart. While the source is away the last text goes on.
 */
export class CachedSecrets implements Secrets {
  readonly #source: SecretSource;
  readonly #onTrouble: (error: NearcadeError, name: string) => void;
  readonly #clock: SecretsClock;
  readonly #held = new Map<string, Held>();
  #closed = false;

  constructor({ source, onTrouble = () => {}, clock = realClock }: CachedSecretsOptions) {
    this.#source = source;
    this.#onTrouble = onTrouble;
    this.#clock = clock;
  }

  async get(name: string): Promise<string> {
    const held = this.#heldOf(name);
    const isFresh = this.#clock.now() - held.readAt < LIFETIME_MS;
    return held.text !== undefined && isFresh ? held.text : this.#ask(name, held);
  }

  refresh(name: string): Promise<string> {
    return this.#ask(name, this.#heldOf(name));
  }

  onChange(name: string, tell: (text: string) => void): () => void {
    const { listeners } = this.#heldOf(name);
    listeners.add(tell);
    return () => listeners.delete(tell);
  }

  /** Asks no more by itself. Idempotent. */
  close(): void {
    this.#closed = true;
    for (const { cancelNext } of this.#held.values()) cancelNext();
  }

  #heldOf(name: string): Held {
    let held = this.#held.get(name);
    if (held === undefined) {
      const readAt = Number.NEGATIVE_INFINITY;
      held = { text: undefined, readAt, asking: undefined, cancelNext: () => {}, listeners: new Set() };
      this.#held.set(name, held);
    }
    return held;
  }

  #ask(name: string, held: Held): Promise<string> {
    held.asking ??= this.#read(name, held).finally(() => {
      held.asking = undefined;
    });
    return held.asking;
  }

  async #read(name: string, held: Held): Promise<string> {
    held.cancelNext();
    try {
      const text = await this.#source.read(name);
      const isNew = held.text !== undefined && held.text !== text;
      held.text = text;
      held.readAt = this.#clock.now();
      this.#lookAgain(name, held, LIFETIME_MS);
      if (isNew) for (const tell of held.listeners) tell(text);
      return text;
    } catch (cause) {
      const error = cause instanceof NearcadeError ? cause : new NearcadeError('internal');
      this.#lookAgain(name, held, RETRY_MS);
      this.#onTrouble(error, name);
      const isGood = this.#clock.now() - held.readAt < WITHOUT_ANSWER_MS;
      if (held.text !== undefined && isGood && error.code === 'secrets_unreachable') return held.text;
      // It was taken away, or nobody could say for too long: what we had is good no more.
      held.text = undefined;
      throw error;
    }
  }

  #lookAgain(name: string, held: Held, ms: number): void {
    if (this.#closed) return;
    // Whoever could not read it was told by `onTrouble`.
    held.cancelNext = this.#clock.after(ms, () => void this.#ask(name, held).catch(() => {}));
  }
}
