import type { OpenAPIHono } from '@hono/zod-openapi';
import type { AppEnv } from '#edge/http/context.ts';
import { serve } from '#edge/http/serve.ts';
import { chatApi } from '#shared/api/chat.ts';
import { readHistory } from './history.ts';
import { deleteMessage, postMessage, tellChat } from './post.ts';

/** /v1/chat */
export function serveChat(app: OpenAPIHono<AppEnv>): void {
  serve(app, chatApi.post, async ({ c, services, player, params, body, idempotency }) => {
    const message = await postMessage(services, params, player.sub, body.text, idempotency);
    c.executionCtx.waitUntil(tellChat(services, params, message));
    return message;
  });

  serve(app, chatApi.history, async ({ services, player, params, query }) =>
    readHistory(services.db, params, player.sub, query),
  );

  serve(app, chatApi.remove, async ({ services, player, params: { messageId, ...chat } }) =>
    deleteMessage(services, chat, messageId, player.sub),
  );
}
