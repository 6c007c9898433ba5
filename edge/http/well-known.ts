import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Bindings } from '#edge/bindings.ts';
import { serviceApi } from '#shared/api/service.ts';
import { NearcadeError } from '#shared/errors.ts';
import { JWKS_MAX_AGE_S } from '#shared/limits.ts';
import type { AppEnv } from './context.ts';
import { serve } from './serve.ts';

/** What belongs to no capability. */
export function serveWellKnown(app: OpenAPIHono<AppEnv>): void {
  serve(app, serviceApi.jwks, async ({ c, services }) => {
    c.header('Cache-Control', `public, max-age=${JWKS_MAX_AGE_S}`);
    return services.keys.jwks;
  });

  serve(app, serviceApi.health, async ({ c }) => answered(c.env));

  serve(app, serviceApi.ready, async ({ c, services }) => {
    const parts = await services.readiness.lacking(services);
    if (parts.length > 0) {
      throw new NearcadeError('unavailable', `Not ready: ${parts.join(', ')}`, { details: { parts } });
    }
    return answered(c.env);
  });
}

/** `wrangler dev` and tests know no version, or an empty one. */
function answered({ VERSION }: Bindings) {
  const id = VERSION?.id;
  return { status: 'ok' as const, ...(id === undefined || id === '' ? {} : { version: id }) };
}
