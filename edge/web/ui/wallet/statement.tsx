import type { JSX } from 'preact';
import type { Transfer } from '#shared/api/wallet.ts';
import { walletApi } from '#shared/api/wallet.ts';
import { PageEnd } from '../page-end.tsx';
import { useServices } from '../services-context.ts';
import { usePages } from '../use-pages.ts';
import { sayMoment } from '../words.ts';

/** Lines at a time. */
const LINES = 20;

const CHANGE = new Intl.NumberFormat(undefined, { signDisplay: 'exceptZero' });

/** What has moved in the wallet, newest first. */
export function Statement(): JSX.Element {
  const { api } = useServices();
  const lines = usePages<Transfer>(page =>
    api.call(walletApi.transfers, { query: { ...page, limit: LINES } }),
  );
  return (
    <section class="wallet-section" aria-labelledby="statement-title">
      <h2 id="statement-title">Statement</h2>
      {lines.items !== null && lines.items.length > 0 && (
        <table class="wallet-statement">
          <thead class="visually-hidden">
            <tr>
              <th scope="col">What</th>
              <th scope="col">When</th>
              <th scope="col">Credits to spend</th>
            </tr>
          </thead>
          <tbody>
            {lines.items.map(line => (
              <tr key={line.id} data-testid={`transfer-${line.kind}`}>
                <td>
                  {line.title}
                  {line.reason !== null && <span class="muted"> {line.reason}</span>}
                </td>
                <td class="muted">{sayMoment(line.createdAt)}</td>
                <td class="wallet-change">{CHANGE.format(line.available)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <PageEnd pages={lines} empty="Nothing yet." />
    </section>
  );
}
