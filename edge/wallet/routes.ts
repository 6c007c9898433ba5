import type { OpenAPIHono } from '@hono/zod-openapi';
import type { AppEnv } from '#edge/http/context.ts';
import { serve } from '#edge/http/serve.ts';
import { walletApi } from '#shared/api/wallet.ts';
import { balanceOf } from './balance.ts';
import { topUp } from './top-up.ts';
import { listTransfers } from './transfers.ts';

/** /v1/wallet, and what operators do with wallets. */
export function serveWallet(app: OpenAPIHono<AppEnv>): void {
  serve(app, walletApi.get, async ({ services, player }) => balanceOf(services.db, player.sub));

  serve(app, walletApi.transfers, async ({ services, player, query }) =>
    listTransfers(services.db, player.sub, query),
  );

  serve(app, walletApi.topUp, async ({ services, player, params, body, idempotency }) =>
    topUp(services, { userId: params.userId, ...body, actor: player.sub }, idempotency),
  );
}
