import type { OpenAPIHono } from '@hono/zod-openapi';
import { serviceApi } from '#shared/api/service.ts';
import type { AppEnv } from './context.ts';
import { serve } from './serve.ts';

/** Seconds for which the keys may be cached: a new key is published longer than that before it signs. */
const JWKS_MAX_AGE_S = 300;

/** What belongs to no capability. */
export function serveWellKnown(app: OpenAPIHono<AppEnv>): void {
  serve(app, serviceApi.jwks, async ({ c, services }) => {
    c.header('Cache-Control', `public, max-age=${JWKS_MAX_AGE_S}`);
    return services.keys.jwks;
  });

  serve(app, serviceApi.health, async () => ({ status: 'ok' as const }));
}
