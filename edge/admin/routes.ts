import type { OpenAPIHono } from '@hono/zod-openapi';
import { drainNode, undrainNode } from '#edge/fleet/drain.ts';
import { listNodes, stateOfNode } from '#edge/fleet/list-nodes.ts';
import type { AppEnv } from '#edge/http/context.ts';
import { serve } from '#edge/http/serve.ts';
import { endSession } from '#edge/play/leave.ts';
import { listSessions, stateOfSession } from '#edge/play/list-sessions.ts';
import { adminAuditApi } from '#shared/api/admin.ts';
import { adminFleetApi } from '#shared/api/admin-fleet.ts';
import { NearcadeError, wrongField } from '#shared/errors.ts';
import { listAudit } from './audit-list.ts';
import { serveBacklog } from './backlog-routes.ts';
import { serveNumbers } from './numbers/routes.ts';
import { servePlatform } from './platform/routes.ts';
import { servePlayersForOperators } from './player-routes.ts';
import { serveAct } from './serve-act.ts';

/** /v1/admin */
export function serveAdmin(app: OpenAPIHono<AppEnv>): void {
  serve(app, adminAuditApi.audit, async ({ services, query }) => listAudit(services.db, query));
  serveNumbers(app);
  servePlatform(app);
  servePlayersForOperators(app);
  serveFleetForOperators(app);
  serveBacklog(app);
}

function serveFleetForOperators(app: OpenAPIHono<AppEnv>): void {
  serve(app, adminFleetApi.nodes, async ({ services, query }) => listNodes(services, query));
  serve(app, adminFleetApi.sessions, async ({ services, query }) => listSessions(services.db, query));

  serveAct(app, adminFleetApi.drain, ({ services, params: { nodeId }, body }) => ({
    act: 'node.drain',
    target: { kind: 'node', id: nodeId },
    look: () => stateOfNode(services.db, nodeId),
    async run() {
      const deadline = body.deadline === null ? null : new Date(body.deadline);
      if (deadline !== null && deadline <= services.now()) {
        throw wrongField('deadline', 'lies in the past');
      }
      await drainNode(services, nodeId, deadline);
      return { answer: null };
    },
  }));

  serveAct(app, adminFleetApi.undrain, ({ services, params: { nodeId } }) => ({
    act: 'node.undrain',
    target: { kind: 'node', id: nodeId },
    look: () => stateOfNode(services.db, nodeId),
    async run() {
      await undrainNode(services, nodeId);
      return { answer: null };
    },
  }));

  serveAct(app, adminFleetApi.endSession, ({ services, params: { sessionId } }) => ({
    act: 'session.end',
    target: { kind: 'session', id: sessionId },
    look: () => stateOfSession(services.db, sessionId),
    async run() {
      const wentOn = await endSession(services, sessionId, 'operator_ended');
      if (!wentOn) throw new NearcadeError('session_over');
      return { answer: null };
    },
  }));
}
