import { createRoute } from '@hono/zod-openapi';
import type { AppEnv } from '#edge/http/context.ts';
import { jsonResponse, openApiApp, problems } from '#edge/http/openapi.ts';
import { gameListSchema } from '#shared/api/catalog.ts';
import { listGames } from './games.ts';

const listRoute = createRoute({
  method: 'get',
  path: '/',
  tags: ['Catalogue'],
  summary: 'The games that can be played',
  responses: { 200: jsonResponse('The games by title', gameListSchema), ...problems },
});

/** /v1/games */
export function catalogRoutes() {
  const app = openApiApp<AppEnv>();
  app.openapi(listRoute, async c => c.json({ games: await listGames(c.get('services').db) }, 200));
  return app;
}
