import { describeError, log } from '#edge/http/log.ts';
import type { Directory } from './directory.ts';
import { LISTING_LEASE_S } from './live-directory.ts';

const LISTING = 'listing';

/** Milliseconds until a directory that could not be reached is tried again. */
const RETRY_MS = 30_000;

interface Listed {
  region: string | null;
  renewAt: number;
}

/** Keeps one player in the directory while they are connected. Kept in their hub's storage, which calls it from its alarm. */
export class Listing {
  readonly #storage: DurableObjectStorage;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
  }

  /** When `settle` has something to do; Infinity for never. Milliseconds since 1970. */
  nextAt(connected: boolean): number {
    const listed = this.#listed;
    if (connected) return listed?.renewAt ?? 0;
    return listed === undefined ? Number.POSITIVE_INFINITY : 0;
  }

  /** Never throws. */
  async settle(directory: Directory, userId: string, at: { region: string | null } | null): Promise<void> {
    const now = Date.now();
    if (now < this.nextAt(at !== null)) return;
    try {
      if (at === null) {
        // First, since an entry that is left behind ends by itself.
        this.#storage.kv.delete(LISTING);
        await directory.leave(userId);
      } else {
        const taken = await directory.join(userId, at.region);
        if (!taken) log('error', 'live directory is full', { userId });
        this.#put(at.region, now + (LISTING_LEASE_S * 1000) / 2);
      }
    } catch (error) {
      log('warn', 'live directory not told', { userId, ...describeError(error) });
      if (at !== null) this.#put(at.region, now + RETRY_MS);
    }
  }

  get #listed(): Listed | undefined {
    return this.#storage.kv.get<Listed>(LISTING);
  }

  #put(region: string | null, renewAt: number): void {
    this.#storage.kv.put<Listed>(LISTING, { region, renewAt });
  }
}
