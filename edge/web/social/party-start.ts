import { type ReadonlySignal, signal } from '@preact/signals';
import { asNearcadeError } from '#shared/api/client.ts';
import type { Entry } from '#shared/api/play.ts';
import { NearcadeError } from '#shared/errors.ts';
import type { ApiClient } from '../api/client.ts';
import type { Router } from '../app/router.ts';
import type { AdmissionDesk } from '../session/admission-desk.ts';

/** Who does not pay is as quick as who does: their page asks so often, and so many milliseconds apart, until the session is there. */
const TRIES = 10;
const WAIT_MS = 1000;

export interface PartyStartOptions {
  api: Pick<ApiClient, 'enterParty'>;
  desk: Pick<AdmissionDesk, 'leave'>;
  router: Pick<Router, 'go' | 'route'>;
  /** Lets so many milliseconds pass. */
  wait?: (ms: number) => Promise<void>;
}

/** Takes the player into the game that their party starts. Only who has agreed to its price pays for it. */
export class PartyStart {
  readonly #options: PartyStartOptions;
  readonly #busy = signal(false);
  readonly #error = signal<NearcadeError | null>(null);
  #agreed: { partyId: string; credits: number } | undefined;

  constructor(options: PartyStartOptions) {
    this.#options = options;
  }

  get busy(): ReadonlySignal<boolean> {
    return this.#busy;
  }

  get error(): ReadonlySignal<NearcadeError | null> {
    return this.#error;
  }

  /** The player is about to start this party's game, and pays so many credits for it. */
  agree(partyId: string, credits: number): void {
    this.#agreed = { partyId, credits };
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
    const { desk, router } = this.#options;
    performance.mark('nearcade:click');
    const entry = await this.#ask(partyId);
    desk.leave(entry);
    router.go({ page: 'play', sessionId: entry.session.id });
  }

  async #ask(partyId: string): Promise<Entry> {
    const { api, wait = pause } = this.#options;
    const credits = this.#agreed?.partyId === partyId ? this.#agreed.credits : 0;
    for (let attempt = 1; ; attempt++) {
      try {
        return await api.enterParty(partyId, credits);
      } catch (error) {
        const isEarly = credits === 0 && error instanceof NearcadeError && error.code === 'price_changed';
        if (!isEarly || attempt === TRIES) throw error;
        await wait(WAIT_MS);
      }
    }
  }
}

const pause = (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms));
