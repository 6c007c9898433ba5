import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { walletApi } from '#shared/api/wallet.ts';
import { useServices } from '../services-context.ts';
import { useAction } from '../use-action.ts';
import { describeError } from '../words.ts';

/** Stands in for a payment provider's page, on a platform that takes no real money. */
export function TestPaymentPage({ checkoutId }: { checkoutId: string }): JSX.Element {
  const { api, router } = useServices();
  const pay = useAction(async () => {
    await api.call(walletApi.testPayment, { params: { checkoutId }, body: { act: 'pay' } });
    router.go({ page: 'wallet' }, true);
  });
  useEffect(() => {
    document.title = 'Test payment · Nearcade';
  }, []);
  return (
    <main class="centre">
      <div class="panel panel-narrow">
        <h1 class="panel-title">Test payment</h1>
        <p class="muted">This platform takes no real money. A payment provider's page would be here.</p>
        <div class="row">
          <button
            type="button"
            class="button button-primary"
            data-testid="test-payment-pay"
            disabled={pay.busy}
            onClick={() => pay.run()}
          >
            {pay.busy ? <span class="spinner spinner-small" /> : null}
            Pay
          </button>
          <button type="button" class="button" onClick={() => router.go({ page: 'wallet' }, true)}>
            Cancel
          </button>
        </div>
        <p class="form-error" role="alert" data-testid="test-payment-error">
          {pay.error ? describeError(pay.error) : ''}
        </p>
      </div>
    </main>
  );
}
