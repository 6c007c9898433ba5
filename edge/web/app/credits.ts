import { type ReadonlySignal, signal } from '@preact/signals';
import { walletApi } from '#shared/api/wallet.ts';
import type { ApiClient } from '../api/client.ts';
import type { LiveClient } from '../live/live-client.ts';

/** What the player can spend, kept up to date; null until it is known. */
export function watchCredits(api: ApiClient, live: LiveClient): ReadonlySignal<number | null> {
  const credits = signal<number | null>(null);
  live.on('wallet_changed', ({ available }) => {
    credits.value = available;
  });
  live.onFresh(() => {
    credits.value = null;
    api.call(walletApi.get, {}).then(
      ({ available }) => {
        // What was told meanwhile is newer.
        credits.value ??= available;
      },
      // Unknown it stays; the next change tells it.
      () => {},
    );
  });
  return credits;
}
