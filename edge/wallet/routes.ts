import type { OpenAPIHono } from '@hono/zod-openapi';
import { audited } from '#edge/admin/audit.ts';
import { actorOf } from '#edge/admin/serve-act.ts';
import type { AppEnv } from '#edge/http/context.ts';
import { serve } from '#edge/http/serve.ts';
import type { Services } from '#edge/services.ts';
import { walletApi } from '#shared/api/wallet.ts';
import { balanceOf } from './balance.ts';
import { reverseTransfer, topUp } from './operator-moves.ts';
import { receivePayment } from './payments/apply.ts';
import { openCheckout, packsOf } from './payments/checkouts.ts';
import { testPayment } from './payments/test-payment.ts';
import { listTransfers } from './transfers.ts';
import { welcomed } from './welcome.ts';

/** /v1/wallet, and what operators do with wallets. */
export function serveWallet(app: OpenAPIHono<AppEnv>): void {
  serve(app, walletApi.get, async ({ services, player }) => welcomed(services, player.sub));

  serve(app, walletApi.transfers, async ({ services, player, query }) =>
    listTransfers(services.db, player.sub, query),
  );

  serve(app, walletApi.packs, async ({ services }) => ({ packs: packsOf(services.settings) }));

  serve(app, walletApi.checkout, async ({ services, player, body, idempotency }) =>
    openCheckout(services, player.sub, body.pack, idempotency),
  );

  serve(app, walletApi.testPayment, async ({ services, player, params, body }) =>
    testPayment(services, player.sub, params.checkoutId, body.act),
  );

  // As it came: the signature is over its very bytes.
  serve(app, walletApi.webhook, async ({ c, services }) =>
    receivePayment(services, await c.req.text(), c.req.raw.headers),
  );

  serve(app, walletApi.ofPlayer, async ({ services, params }) => balanceOf(services.db, params.userId));

  serve(app, walletApi.transfersOfPlayer, async ({ services, params, query }) =>
    listTransfers(services.db, params.userId, query),
  );

  serve(app, walletApi.topUp, async request => {
    const { services, player, params, body, idempotency } = request;
    const { answer } = await audited(services, actorOf(request), {
      act: 'wallet.top_up',
      target: { kind: 'player', id: params.userId },
      look: () => lookAtWallet(services, params.userId),
      run: async () => ({
        answer: await topUp(services, { ...params, ...body, actor: player.sub }, idempotency),
      }),
    });
    return answer;
  });

  serve(app, walletApi.reverse, async request => {
    const { services, player, params, body, idempotency } = request;
    const { answer } = await audited(services, actorOf(request), {
      act: 'wallet.reverse',
      target: { kind: 'player', id: params.userId },
      look: () => lookAtWallet(services, params.userId),
      run: async () => ({
        answer: await reverseTransfer(services, { ...params, ...body, actor: player.sub }, idempotency),
      }),
    });
    return answer;
  });
}

const lookAtWallet = async ({ db }: Services, userId: string) => ({ ...(await balanceOf(db, userId)) });
