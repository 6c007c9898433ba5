import { effect, type ReadonlySignal, signal } from '@preact/signals';
import { type CurrentPlace, playApi } from '#shared/api/play.ts';
import type { Access } from '../api/access.ts';
import type { ApiClient } from '../api/client.ts';
import type { LiveClient } from '../live/live-client.ts';
import { Coalesced } from '../social/coalesced.ts';

/**
 * Milliseconds between questions while the place is one in the queue: asking keeps it (QUEUE_KEEP_S), whatever page is open,
 * and browsers run the timers of a hidden page once a minute.
 */
const KEEP_MS = 20_000;

export interface CurrentSessionOptions {
  access: Access;
  api: Pick<ApiClient, 'call'>;
  live: Pick<LiveClient, 'on' | 'onFresh'>;
}

/** The player's session that goes on or waits in line, on whatever device it was begun. */
export class CurrentSession {
  readonly #api: Pick<ApiClient, 'call'>;
  readonly #place = signal<CurrentPlace | null>(null);
  readonly #reading = new Coalesced(() => this.#load());
  /** Null: nothing, or not known yet. */
  readonly place: ReadonlySignal<CurrentPlace | null> = this.#place;
  #signedIn = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor({ access, api, live }: CurrentSessionOptions) {
    this.#api = api;
    effect(() => {
      this.#signedIn = access.state.value.kind === 'in';
      this.#see(access.place.value);
    });
    const again = () => void this.read().catch(() => {});
    live.onFresh(again);
    live.on('session_ready', again);
    live.on('session_changed', again);
    live.on('place_changed', again);
    live.on('kicked', again);
    live.on('queue_position', ({ sessionId, position, waitSeconds, paused }) => {
      const place = this.#place.peek();
      if (place?.session.id === sessionId) this.#see({ ...place, queue: { position, waitSeconds, paused } });
    });
  }

  /** Asks the platform. Throws NearcadeError. */
  read(): Promise<void> {
    return this.#reading.run();
  }

  async #load(): Promise<void> {
    if (!this.#signedIn) return;
    const { current } = await this.#api.call(playApi.current, {});
    this.#see(current);
  }

  #see(place: CurrentPlace | null): void {
    this.#place.value = this.#signedIn ? place : null;
    clearTimeout(this.#timer);
    if (this.#place.peek()?.queue == null) return;
    this.#timer = setTimeout(() => void this.read().catch(() => {}), KEEP_MS);
  }
}
