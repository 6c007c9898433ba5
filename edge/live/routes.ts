import type { OpenAPIHono } from '@hono/zod-openapi';
import { noteWhereabouts } from '#edge/accounts/sign-ins.ts';
import { requireEntry } from '#edge/admin/platform/entry.ts';
import type { AppEnv } from '#edge/http/context.ts';
import { comesFromOtherOrigin } from '#edge/http/same-site.ts';
import { serve } from '#edge/http/serve.ts';
import { nearestRegion, type Place } from '#edge/play/regions.ts';
import { liveApi } from '#shared/api/live.ts';
import { NearcadeError } from '#shared/errors.ts';
import { LIVE_SUBPROTOCOL } from '#shared/live-protocol.ts';
import { visitRequest } from './visitor.ts';

/** /v1/live */
export function serveLive(app: OpenAPIHono<AppEnv>): void {
  serve(app, liveApi.connect, async ({ c, services, player }) => {
    // Browsers let any page open a WebSocket to any host. Ours asks for a token that no other site has, so that this is a second lock.
    if (comesFromOtherOrigin(c)) throw new NearcadeError('forbidden', 'Only pages of this site may do that');
    const offered = (c.req.header('sec-websocket-protocol') ?? '').split(',').map(name => name.trim());
    if (c.req.header('upgrade')?.toLowerCase() !== 'websocket' || !offered.includes(LIVE_SUBPROTOCOL)) {
      throw new NearcadeError('invalid_request', `Open it as a WebSocket that speaks ${LIVE_SUBPROTOCOL}`);
    }
    await requireEntry(services, { userId: player.sub, role: player.role }, 'connect');
    c.executionCtx.waitUntil(noteWhereabouts(services, player.sid));
    const region = nearestRegion(c.req.raw.cf as Place | undefined);
    const hub = c.env.PLAYER_HUB.get(c.env.PLAYER_HUB.idFromName(player.sub));
    const { webSocket, status, headers } = await hub.fetch(
      visitRequest({ userId: player.sub, signInId: player.sid, tokenExpiresAt: player.exp * 1000, region }),
    );
    if (webSocket === null) {
      throw new NearcadeError(status === 429 ? 'rate_limited' : 'unavailable', 'Too many live connections');
    }
    return new Response(null, { status: 101, webSocket, headers });
  });
}
