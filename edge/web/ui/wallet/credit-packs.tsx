import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { CreditPack } from '#shared/api/wallet.ts';
import { walletApi } from '#shared/api/wallet.ts';
import { useServices } from '../services-context.ts';
import { useAction } from '../use-action.ts';
import { describeCredits, describeError, describeMoney } from '../words.ts';

/** What can be bought; nothing where nothing is sold. */
export function CreditPacks(): JSX.Element | null {
  const { api } = useServices();
  const packs = useSignal<CreditPack[]>([]);
  const load = useAction(async () => {
    packs.value = (await api.call(walletApi.packs, {})).packs;
  });
  const buy = useAction(async (pack: CreditPack) => {
    const { url } = await api.call(walletApi.checkout, { body: { pack: pack.id } });
    window.location.assign(url);
  });
  useEffect(() => load.run(), []);
  const failure = buy.error ?? load.error;
  if (packs.value.length === 0 && failure === null) return null;
  return (
    <section class="wallet-section" aria-labelledby="packs-title">
      <h2 id="packs-title">Get credits</h2>
      <ul class="wallet-packs">
        {packs.value.map(pack => (
          <li key={pack.id}>
            <button
              type="button"
              class="button wallet-pack"
              disabled={buy.busy}
              data-testid={`buy-${pack.id}`}
              onClick={() => buy.run(pack)}
            >
              <strong>{describeCredits(pack.credits)}</strong>
              <span class="muted">{describeMoney(pack.amount, pack.currency)}</span>
            </button>
          </li>
        ))}
      </ul>
      <p class="form-error" role="alert" data-testid="buy-error">
        {failure ? describeError(failure) : ''}
      </p>
    </section>
  );
}
