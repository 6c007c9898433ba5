import type { OpenAPIHono } from '@hono/zod-openapi';
import { requirePermission } from '#edge/accounts/permissions.ts';
import type { AppEnv } from '#edge/http/context.ts';
import { serve } from '#edge/http/serve.ts';
import type { Services } from '#edge/services.ts';
import type { AccessClaims } from '#shared/api/accounts.ts';
import { publishingApi } from '#shared/api/publishing.ts';
import { hasPermission } from '#shared/roles.ts';
import { findBuild, listBuilds, listOwnGames, listReleases } from './builds.ts';
import type { Developer } from './developer.ts';
import { publishBuild, retireBuild, rollBackChannel } from './release.ts';
import { registerGame, uploadBuild } from './upload.ts';

/** /v1/developer */
export function servePublishing(app: OpenAPIHono<AppEnv>): void {
  serve(app, publishingApi.games, async ({ services, player, query }) =>
    listOwnGames(services.db, await developerOf(services, player), query),
  );

  serve(app, publishingApi.register, async ({ services, body, idempotency }) =>
    registerGame(services.db, body, idempotency),
  );

  serve(app, publishingApi.builds, async ({ services, player, params, query }) =>
    listBuilds(services.db, await developerOf(services, player), params.slug, query),
  );

  serve(app, publishingApi.build, async ({ services, player, params }) =>
    findBuild(services.db, await developerOf(services, player), params),
  );

  serve(app, publishingApi.upload, async ({ services, player, params, body }) =>
    uploadBuild(services.db, await developerOf(services, player), params, body),
  );

  serve(app, publishingApi.publish, async ({ services, player, params, body, idempotency }) =>
    publishBuild(services.db, await developerOf(services, player), params, body.channel, idempotency),
  );

  serve(app, publishingApi.retire, async ({ services, player, params, idempotency }) =>
    retireBuild(services.db, await developerOf(services, player), params, idempotency),
  );

  serve(app, publishingApi.rollBack, async ({ services, player, params, idempotency }) =>
    rollBackChannel(services.db, await developerOf(services, player), params, idempotency),
  );

  serve(app, publishingApi.releases, async ({ services, player, params, query }) =>
    listReleases(services.db, await developerOf(services, player), params.slug, query),
  );
}

/** Throws `forbidden` when the token says more than the account may now. */
async function developerOf(services: Services, player: AccessClaims): Promise<Developer> {
  const everybodys = hasPermission(player.role, 'builds:write_all');
  if (everybodys) await requirePermission(services, player, 'builds:write_all');
  return { userId: player.sub, everybodys };
}
