import type { OpenAPIHono } from '@hono/zod-openapi';
import type { AppEnv } from '#edge/http/context.ts';
import { serve } from '#edge/http/serve.ts';
import type { Services } from '#edge/services.ts';
import type { AccessClaims } from '#shared/api/accounts.ts';
import { adminPlayersApi } from '#shared/api/admin-players.ts';
import {
  banPlayer,
  changeRole,
  kickPlayer,
  type PlayerAct,
  resetPlayer,
  signOutPlayer,
  unbanPlayer,
} from './player-acts.ts';
import { findPlayers, stateOfPlayer } from './players.ts';
import { serveAct } from './serve-act.ts';

/** /v1/admin/players */
export function servePlayersForOperators(app: OpenAPIHono<AppEnv>): void {
  serve(app, adminPlayersApi.find, async ({ services, query }) => findPlayers(services.db, query));
  serve(app, adminPlayersApi.state, async ({ services, params }) => stateOfPlayer(services, params.userId));

  serveAct(app, adminPlayersApi.reset, request => resetPlayer(aboutOf(request)));
  serveAct(app, adminPlayersApi.kick, request => kickPlayer(aboutOf(request), request.body.from));
  serveAct(app, adminPlayersApi.ban, request => {
    const { until } = request.body;
    return banPlayer(aboutOf(request), until === null ? null : new Date(until));
  });
  serveAct(app, adminPlayersApi.unban, request => unbanPlayer(aboutOf(request)));
  serveAct(app, adminPlayersApi.signOut, request => signOutPlayer(aboutOf(request)));
  serveAct(app, adminPlayersApi.setRole, request => changeRole(aboutOf(request), request.body.role));
}

function aboutOf({
  services,
  player,
  params,
  body,
}: {
  services: Services;
  player: AccessClaims;
  params: { userId: string };
  body: { reason: string };
}): PlayerAct {
  return { services, actorId: player.sub, userId: params.userId, reason: body.reason };
}
