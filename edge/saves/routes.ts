import type { OpenAPIHono } from '@hono/zod-openapi';
import type { AppEnv } from '#edge/http/context.ts';
import { serve } from '#edge/http/serve.ts';
import { allowRate } from '#edge/social/rate.ts';
import { saveSharesApi } from '#shared/api/save-shares.ts';
import { nodeSavesApi, savesApi } from '#shared/api/saves.ts';
import { deleteSave, linkToSave, listSaves } from './own.ts';
import { copyShared, previewShare } from './share-use.ts';
import { createShare, listShares, revokeShare } from './shares.ts';
import { beginSave, completeSave, saveForNode } from './upload.ts';

/** Enough for anybody who follows links, too few to try tokens. */
const TOKENS_A_MINUTE = 30;

/** /v1/saves and /v1/save-shares for players, /node/v1/saves for nodes */
export function serveSaves(app: OpenAPIHono<AppEnv>): void {
  serve(app, savesApi.list, async ({ services, player, query }) => listSaves(services.db, player.sub, query));

  serve(app, savesApi.download, async ({ services, player, params }) =>
    linkToSave(services, player.sub, params.id),
  );

  serve(app, savesApi.delete, async ({ services, player, params }) =>
    deleteSave(services.db, player.sub, params.id),
  );

  serve(app, saveSharesApi.create, async ({ services, params, body, idempotency }) =>
    createShare(services, params.id, body, idempotency),
  );

  serve(app, saveSharesApi.mine, async ({ services, player, query }) =>
    listShares(services, player.sub, query),
  );

  serve(app, saveSharesApi.revoke, async ({ services, player, params }) =>
    revokeShare(services.db, player.sub, params.id),
  );

  serve(app, saveSharesApi.preview, async ({ services, player, body }) => {
    await allowRate(services, 'save-share-tokens', player.sub, TOKENS_A_MINUTE);
    return previewShare(services.db, body.token);
  });

  serve(app, saveSharesApi.use, async ({ services, player, body }) => {
    await allowRate(services, 'save-share-tokens', player.sub, TOKENS_A_MINUTE);
    return copyShared(services, player.sub, body.token);
  });

  serve(app, nodeSavesApi.begin, async ({ services, node, body: { sessionId, epoch, ...save } }) =>
    beginSave(services, { nodeId: node.id, sessionId, epoch }, save),
  );

  serve(app, nodeSavesApi.complete, async ({ services, node, params, body }) =>
    completeSave(services, { nodeId: node.id, ...body }, params.id),
  );

  serve(app, nodeSavesApi.newest, async ({ services, node, query }) => ({
    save: await saveForNode(services, { nodeId: node.id, ...query }),
  }));
}
