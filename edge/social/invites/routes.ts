import type { OpenAPIHono } from '@hono/zod-openapi';
import { requireEntry } from '#edge/admin/platform/entry.ts';
import type { AppEnv } from '#edge/http/context.ts';
import { serve } from '#edge/http/serve.ts';
import { invitesApi } from '#shared/api/invites.ts';
import { allowRate } from '../rate.ts';
import { createInvite, listInvites, revokeInvite } from './links.ts';
import { previewInvite, useInvite } from './use.ts';

/** Enough for anybody who follows links, too few to try tokens. */
const TOKENS_A_MINUTE = 30;

/** /v1/invites */
export function serveInvites(app: OpenAPIHono<AppEnv>): void {
  serve(app, invitesApi.create, async ({ services, body, idempotency }) =>
    createInvite(services, body, idempotency),
  );

  serve(app, invitesApi.mine, async ({ services, player, query }) =>
    listInvites(services, player.sub, query),
  );

  serve(app, invitesApi.revoke, async ({ services, player, params }) =>
    revokeInvite(services.db, params.id, player.sub),
  );

  serve(app, invitesApi.preview, async ({ services, player, body }) => {
    await allowRate(services, 'invite-tokens', player.sub, TOKENS_A_MINUTE);
    return previewInvite(services, body.token, player.sub);
  });

  serve(app, invitesApi.use, async ({ services, player, body, idempotency }) => {
    await allowRate(services, 'invite-tokens', player.sub, TOKENS_A_MINUTE);
    await requireEntry(services, { userId: player.sub, role: player.role }, 'join');
    return useInvite(services, player, body.token, idempotency);
  });
}
