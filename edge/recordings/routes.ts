import type { OpenAPIHono } from '@hono/zod-openapi';
import type { AppEnv } from '#edge/http/context.ts';
import { serve } from '#edge/http/serve.ts';
import { nodeRecordingsApi, recordingsApi } from '#shared/api/recordings.ts';
import { deleteRecording, linkToRecording, listRecordings } from './own.ts';
import { beginRecording, completeRecording } from './upload.ts';

/** /v1/recordings for players, /node/v1/recordings for nodes */
export function serveRecordings(app: OpenAPIHono<AppEnv>): void {
  serve(app, recordingsApi.list, async ({ services, player, query }) =>
    listRecordings(services.db, player.sub, query),
  );

  serve(app, recordingsApi.download, async ({ services, player, params }) =>
    linkToRecording(services, player.sub, params.id),
  );

  serve(app, recordingsApi.delete, async ({ services, player, params }) =>
    deleteRecording(services.db, player.sub, params.id),
  );

  serve(app, nodeRecordingsApi.begin, async ({ services, node, body: { sessionId, epoch, ...recording } }) =>
    beginRecording(services, { nodeId: node.id, sessionId, epoch }, recording),
  );

  serve(app, nodeRecordingsApi.complete, async ({ services, node, params, body }) =>
    completeRecording(services, { nodeId: node.id, ...body }, params.id),
  );
}
