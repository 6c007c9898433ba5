import { effect, signal } from '@preact/signals';
import { PRESENCE_TTL_S } from '#shared/limits.ts';
import type { Access } from '../api/access.ts';
import type { ApiClient } from '../api/client.ts';

export interface Whereabouts {
  status: 'online' | 'playing' | 'watching';
  sessionId: string | null;
}

/** Tells the platform where this player is, for as long as someone is signed in and the app is open. */
export class Presence {
  readonly #whereabouts = signal<Whereabouts>({ status: 'online', sessionId: null });
  readonly #stop: () => void;

  constructor(api: ApiClient, access: Access) {
    this.#stop = effect(() => {
      const { status, sessionId } = this.#whereabouts.value;
      if (access.state.value.kind !== 'in') return;
      // Lost, it is said again; until then the player is seen where they were.
      const tell = () => void api.putPresence(status, sessionId).catch(() => {});
      const first = setTimeout(tell, FIRST_DELAY_MS);
      const timer = setInterval(tell, (PRESENCE_TTL_S / 2) * 1000);
      return () => {
        clearTimeout(first);
        clearInterval(timer);
      };
    });
  }

  set(whereabouts: Whereabouts): void {
    this.#whereabouts.value = whereabouts;
  }

  close(): void {
    this.#stop();
  }
}

/** Out of the way of what the player has just clicked for. */
const FIRST_DELAY_MS = 2_000;
