import type { OpenAPIHono } from '@hono/zod-openapi';
import type { AppEnv } from '#edge/http/context.ts';
import { serve } from '#edge/http/serve.ts';
import { presenceApi } from '#shared/api/presence.ts';
import { visiblePresences } from './presence.ts';

/** /v1/presence */
export function servePresence(app: OpenAPIHono<AppEnv>): void {
  serve(app, presenceApi.list, async ({ services, player, query }) => ({
    presences: await visiblePresences(services, player.sub, query.ids.toLowerCase().split(',')),
  }));
}
