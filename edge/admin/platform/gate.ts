import { describeError, log } from '#edge/http/log.ts';
import { type AccessLists, listsOf } from './access-lists.ts';
import { readRules, readSharedSettings, type SharedSettings, type Stores } from './settings.ts';

/** Milliseconds for which an isolate goes by what it has read: see SHARED_COPY_S. */
const FRESH_MS = 2_000;

/** Milliseconds in which no second request reads anew, while one does or after one has failed. */
const READING_MS = 500;

/** Milliseconds that reading may take before a request goes on with what is known. */
const READ_TIMEOUT_MS = 1_500;

/**
 * The platform's settings as one isolate knows them: a request reads them anew when they are a little old, and all others ask nobody.
 * When neither Redis nor Postgres answers, what was known last holds, however old it is.
 */
export class PlatformGate {
  readonly name: string;
  #settings: SharedSettings | undefined;
  #lists: { version: number; lists: AccessLists } | undefined;
  #readAgainAt = 0;

  constructor(name: string) {
    this.name = name;
  }

  /** Takes a change in that this isolate has made. */
  learn(settings: SharedSettings, now: Date): void {
    this.#settings = settings;
    this.#readAgainAt = now.getTime() + FRESH_MS;
  }

  /** Undefined when nothing was ever known, and no store answers. */
  async settings(stores: Stores): Promise<SharedSettings | undefined> {
    const now = stores.now().getTime();
    if (now < this.#readAgainAt) return this.#settings;
    this.#readAgainAt = this.#settings === undefined ? 0 : now + READING_MS;
    try {
      const settings = await inTime(readSharedSettings(stores, this.name));
      this.learn(settings, stores.now());
    } catch (error) {
      this.#readAgainAt = stores.now().getTime() + READING_MS;
      log('error', 'platform settings not read', describeError(error));
    }
    return this.#settings;
  }

  /** The lists that belong to `settings`, or the last that were known; undefined when none ever were and Postgres is away. */
  async lists(stores: Stores, settings: SharedSettings): Promise<AccessLists | undefined> {
    if (settings.rulesVersion === 0) return EMPTY;
    if (this.#lists !== undefined && this.#lists.version >= settings.rulesVersion) return this.#lists.lists;
    try {
      const { version, rules } = await inTime(readRules(stores.db, this.name));
      this.#lists = { version, lists: listsOf(rules) };
    } catch (error) {
      log('error', 'access lists not read', describeError(error));
    }
    return this.#lists?.lists;
  }
}

const EMPTY = listsOf([]);

async function inTime<T>(reading: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${READ_TIMEOUT_MS} ms`)), READ_TIMEOUT_MS);
  });
  try {
    return await Promise.race([reading, late]);
  } finally {
    clearTimeout(timer);
  }
}
