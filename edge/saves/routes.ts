import type { OpenAPIHono } from '@hono/zod-openapi';
import type { AppEnv } from '#edge/http/context.ts';
import { serve } from '#edge/http/serve.ts';
import { nodeSavesApi, savesApi } from '#shared/api/saves.ts';
import { deleteSave, linkToSave, listSaves } from './own.ts';
import { beginSave, completeSave, saveForNode } from './upload.ts';

/** /v1/saves for players, /node/v1/saves for nodes */
export function serveSaves(app: OpenAPIHono<AppEnv>): void {
  serve(app, savesApi.list, async ({ services, player, query }) => listSaves(services.db, player.sub, query));

  serve(app, savesApi.download, async ({ services, player, params }) =>
    linkToSave(services, player.sub, params.id),
  );

  serve(app, savesApi.delete, async ({ services, player, params }) =>
    deleteSave(services.db, player.sub, params.id),
  );

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
