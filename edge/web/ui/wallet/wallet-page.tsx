import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { Wallet } from '#shared/api/wallet.ts';
import { walletApi } from '#shared/api/wallet.ts';
import { Header } from '../header.tsx';
import { useServices } from '../services-context.ts';
import { useAction } from '../use-action.ts';
import { describeCredits, describeError } from '../words.ts';
import { CreditPacks } from './credit-packs.tsx';
import { Statement } from './statement.tsx';

export function WalletPage(): JSX.Element {
  const { api, live } = useServices();
  const wallet = useSignal<Wallet | null>(null);
  const load = useAction(async () => {
    wallet.value = await api.call(walletApi.get, {});
  });
  /** Counts what has changed since the page is open: the statement begins anew. */
  const changes = useSignal(0);
  useEffect(() => {
    document.title = 'Wallet · Nearcade';
    load.run();
    return live.on('wallet_changed', ({ available, held }) => {
      if (wallet.value !== null) wallet.value = { ...wallet.value, available, held };
      changes.value += 1;
      load.run();
    });
  }, []);
  return (
    <>
      <Header />
      <main class="page wallet">
        <div class="page-head">
          <h1>Wallet</h1>
        </div>
        <div role="alert">
          {load.error && (
            <p class="notice notice-error" data-testid="wallet-error">
              {describeError(load.error)}
              <button type="button" class="button button-small" onClick={() => load.run()}>
                Try again
              </button>
            </p>
          )}
        </div>
        {wallet.value && <Balance wallet={wallet.value} />}
        <CreditPacks />
        <Statement key={changes.value} />
      </main>
    </>
  );
}

function Balance({ wallet: { available, held, owed } }: { wallet: Wallet }): JSX.Element {
  return (
    <dl class="wallet-balance">
      <div class="panel wallet-sum">
        <dt class="muted">To spend</dt>
        <dd data-testid="wallet-available">{describeCredits(available)}</dd>
      </div>
      {held > 0 && (
        <div class="panel wallet-sum">
          <dt class="muted">Held for a game that runs</dt>
          <dd data-testid="wallet-held">{describeCredits(held)}</dd>
        </div>
      )}
      {owed > 0 && (
        <div class="panel wallet-sum">
          <dt class="muted">Owed, paid by your next credits</dt>
          <dd data-testid="wallet-owed">{describeCredits(owed)}</dd>
        </div>
      )}
    </dl>
  );
}
