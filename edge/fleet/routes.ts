import type { OpenAPIHono } from '@hono/zod-openapi';
import type { AppEnv } from '#edge/http/context.ts';
import { serve } from '#edge/http/serve.ts';
import { fleetApi } from '#shared/api/fleet.ts';
import { enqueueEvents } from './events.ts';
import { heartbeat, noteLoad, registerNode } from './nodes.ts';

/** /node/v1 */
export function serveFleet(app: OpenAPIHono<AppEnv>): void {
  serve(app, fleetApi.register, async ({ services, body }) => registerNode(services, body));

  serve(app, fleetApi.heartbeat, async ({ c, services, node, body }) => {
    const answer = await heartbeat(services, node, body);
    c.executionCtx.waitUntil(noteLoad(services, node, body.load));
    return answer;
  });

  serve(app, fleetApi.events, async ({ services, node, body: { events } }) => {
    await enqueueEvents(services, node.id, events);
    return { accepted: events.length };
  });
}
