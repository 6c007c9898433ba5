import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { Transfer } from '#shared/api/wallet.ts';
import { walletApi } from '#shared/api/wallet.ts';
import { useServices } from '../services-context.ts';
import { useAction } from '../use-action.ts';
import { describeError } from '../words.ts';

/** Lines at a time. */
const LINES = 20;

const WHEN = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const CHANGE = new Intl.NumberFormat(undefined, { signDisplay: 'exceptZero' });

/** What has moved in the wallet, newest first. */
export function Statement(): JSX.Element {
  const { api } = useServices();
  const lines = useSignal<Transfer[] | null>(null);
  const next = useSignal<string | null>(null);
  const load = useAction(async () => {
    const cursor = next.peek();
    const query = { limit: LINES, ...(cursor === null ? {} : { cursor }) };
    const { items, nextCursor } = await api.call(walletApi.transfers, { query });
    lines.value = [...(lines.peek() ?? []), ...items];
    next.value = nextCursor;
  });
  useEffect(() => load.run(), []);
  return (
    <section class="wallet-section" aria-labelledby="statement-title">
      <h2 id="statement-title">Statement</h2>
      {lines.value?.length === 0 && <p class="muted">Nothing yet.</p>}
      {lines.value !== null && lines.value.length > 0 && (
        <table class="wallet-statement">
          <thead class="visually-hidden">
            <tr>
              <th scope="col">What</th>
              <th scope="col">When</th>
              <th scope="col">Credits to spend</th>
            </tr>
          </thead>
          <tbody>
            {lines.value.map(line => (
              <tr key={line.id} data-testid={`transfer-${line.kind}`}>
                <td>
                  {line.title}
                  {line.reason !== null && <span class="muted"> {line.reason}</span>}
                </td>
                <td class="muted">{WHEN.format(new Date(line.createdAt))}</td>
                <td class="wallet-change">{CHANGE.format(line.available)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <p class="form-error" role="alert">
        {load.error ? describeError(load.error) : ''}
      </p>
      {(next.value !== null || load.error) && (
        <button type="button" class="button" disabled={load.busy} onClick={() => load.run()}>
          {load.error ? 'Try again' : 'Older'}
        </button>
      )}
    </section>
  );
}
