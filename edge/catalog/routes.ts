import type { OpenAPIHono } from '@hono/zod-openapi';
import type { AppEnv } from '#edge/http/context.ts';
import { serve } from '#edge/http/serve.ts';
import { catalogApi } from '#shared/api/catalog.ts';
import { getGame, listGames } from './games.ts';

/** /v1/games */
export function serveCatalog(app: OpenAPIHono<AppEnv>): void {
  serve(app, catalogApi.list, async ({ services, query }) => listGames(services.db, query));

  serve(app, catalogApi.get, async ({ services, params }) => getGame(services.db, params.slug));
}
