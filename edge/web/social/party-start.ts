import { type ReadonlySignal, signal } from '@preact/signals';
import { asNearcadeError } from '#shared/api/client.ts';
import type { NearcadeError } from '#shared/errors.ts';
import type { ApiClient } from '../api/client.ts';
import type { Router } from '../app/router.ts';
import type { AdmissionDesk } from '../session/admission-desk.ts';

/** Takes the player into the game that their party starts. */
export class PartyStart {
  readonly #options: { api: ApiClient; desk: AdmissionDesk; router: Router };
  readonly #busy = signal(false);
  readonly #error = signal<NearcadeError | null>(null);

  constructor(options: { api: ApiClient; desk: AdmissionDesk; router: Router }) {
    this.#options = options;
  }

  get busy(): ReadonlySignal<boolean> {
    return this.#busy;
  }

  get error(): ReadonlySignal<NearcadeError | null> {
    return this.#error;
  }

  /** Does nothing while it is under way, nor for somebody who plays already. */
  enter(partyId: string): void {
    const { router } = this.#options;
    if (this.#busy.peek() || router.route.peek().page === 'play') return;
    this.#busy.value = true;
    this.#error.value = null;
    void this.#enter(partyId)
      .catch(cause => {
        this.#error.value = asNearcadeError(cause);
      })
      .finally(() => {
        this.#busy.value = false;
      });
  }

  async #enter(partyId: string): Promise<void> {
    const { api, desk, router } = this.#options;
    performance.mark('nearcade:click');
    const entry = await api.enterParty(partyId);
    desk.leave(entry);
    router.go({ page: 'play', sessionId: entry.session.id });
  }
}
