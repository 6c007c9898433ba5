import type { OpenAPIHono } from '@hono/zod-openapi';
import type { AppEnv } from '#edge/http/context.ts';
import { serve } from '#edge/http/serve.ts';
import { historyApi } from '#shared/api/history.ts';
import { listBoards, listRanks, rankOf } from './leaderboards.ts';
import { listMatches } from './matches.ts';
import { listPlays } from './plays.ts';

/** /v1/history and /v1/leaderboards */
export function serveHistory(app: OpenAPIHono<AppEnv>): void {
  serve(app, historyApi.plays, async ({ services, player, query }) =>
    listPlays(services.db, player.sub, query),
  );

  serve(app, historyApi.matches, async ({ services, player, query }) =>
    listMatches(services.db, player.sub, query),
  );

  serve(app, historyApi.boards, async ({ services, params }) => ({
    boards: await listBoards(services.db, params.game),
  }));

  serve(app, historyApi.ranks, async ({ services, params, query }) =>
    listRanks(services, { ...params, period: query.period }, query),
  );

  serve(app, historyApi.myRank, async ({ services, player, params, query }) => ({
    rank: await rankOf(services, { ...params, period: query.period }, player.sub),
  }));
}
