import type { OpenAPIHono } from '@hono/zod-openapi';
import type { AppEnv } from '#edge/http/context.ts';
import { serve } from '#edge/http/serve.ts';
import { presenceApi } from '#shared/api/presence.ts';
import { PRESENCE_TTL_S } from '#shared/limits.ts';
import { getPresence, putPresence } from './presence.ts';

/** /v1/presence */
export function servePresence(app: OpenAPIHono<AppEnv>): void {
  serve(app, presenceApi.put, async ({ services, player, body }) => {
    await putPresence(services, player.sub, body);
    return { expiresIn: PRESENCE_TTL_S };
  });

  serve(app, presenceApi.get, async ({ services, params }) => getPresence(services, params.userId));
}
