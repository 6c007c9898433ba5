import type { OpenAPIHono } from '@hono/zod-openapi';
import type { AppEnv } from '#edge/http/context.ts';
import { describeError, log } from '#edge/http/log.ts';
import { serve } from '#edge/http/serve.ts';
import { wayOfRelay } from '#edge/play/relays.ts';
import { whepWay } from '#edge/play/whep-ways.ts';
import type { Services } from '#edge/services.ts';
import { fleetApi } from '#shared/api/fleet.ts';
import { NearcadeError } from '#shared/errors.ts';
import { enqueueEvents } from './events.ts';
import { noteLoad } from './load.ts';
import { letGoOfName, nameNode } from './naming/names.ts';
import { heartbeat, leaveFleet, registerNode } from './nodes.ts';
import { nodeLost } from './reconcile.ts';

/** /node/v1 */
export function serveFleet(app: OpenAPIHono<AppEnv>): void {
  serve(app, fleetApi.name, ({ services, body }) => nameNode(services, body));

  serve(app, fleetApi.register, async ({ c, services, body }) => {
    const answer = await registerNode(services, body);
    c.executionCtx.waitUntil(watchLease(services, body.nodeId));
    return answer;
  });

  serve(app, fleetApi.heartbeat, async ({ c, services, node, body }) => {
    const answer = await heartbeat(services, node, body);
    c.executionCtx.waitUntil(noteLoad(services, node, body.load));
    return answer;
  });

  serve(app, fleetApi.events, async ({ services, node, body: { events } }) => {
    await enqueueEvents(services, node.id, events);
    return { accepted: events.length };
  });

  serve(app, fleetApi.relays, ({ services, node, body }) => wayOfRelay(services, node, body));

  serve(app, fleetApi.whepWays, ({ services, node, body }) => whepWay(services, node, body));

  serve(app, fleetApi.leave, async ({ c, services, node }) => {
    await leaveFleet(services, node);
    await nodeLost(services, node.id);
    c.executionCtx.waitUntil(letGoOfName(services, node.id));
  });

  serve(app, fleetApi.control, async ({ c, services: { nodeChannels }, node }) => {
    if (c.req.header('upgrade')?.toLowerCase() !== 'websocket') {
      throw new NearcadeError('invalid_request', 'Only a WebSocket can be opened here');
    }
    const address = new URL(c.req.url);
    address.searchParams.set('nodeId', node.id);
    const channel = nodeChannels.get(nodeChannels.idFromName(node.id));
    const { status, webSocket } = await channel.fetch(new Request(address, c.req.raw));
    // A new one: the headers of another place's answer can't be added to.
    return new Response(null, { status, webSocket });
  });
}

/** Never throws: the cron notices a lost lease too, later. */
async function watchLease({ nodeChannels }: Services, nodeId: string): Promise<void> {
  try {
    await nodeChannels.get(nodeChannels.idFromName(nodeId)).watch(nodeId);
  } catch (error) {
    log('warn', 'lease not watched', { nodeId, ...describeError(error) });
  }
}
