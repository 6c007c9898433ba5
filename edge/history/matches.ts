import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { profilesOf } from '#edge/accounts/profiles.ts';
import { boardsOfBuilds } from '#edge/catalog/leaderboards.ts';
import { memberFacts, sessionFacts } from '#edge/play/session-facts.ts';
import { decodeCursor, toPage } from '#edge/store/cursor.ts';
import type { Database } from '#edge/store/database.ts';
import { leaderboardEntries, matches, matchPlayers, matchScores } from '#edge/store/schema.ts';
import type { NodeEvent } from '#shared/api/fleet.ts';
import { type Match, matchSchema } from '#shared/api/history.ts';
import type { Page } from '#shared/api/page.ts';
import { momentSchema } from '#shared/api/time.ts';
import { BOARD_PERIODS, periodKey } from '#shared/leaderboards.ts';
import { iso } from './plays.ts';

type MatchEnded = Extract<NodeEvent, { type: 'match_ended' }>;

/**
 * Notes a match and what it does to the leaderboards, in one statement and once for each match id. Best and sum are the same
 * in whatever order matches arrive; latest goes by when they ended. Boards that the build does not have are left out, and players who had
 * no place in the session: whoever breaks into a node writes no scores for others.
 */
export async function recordMatch(db: Database, nodeId: string, event: MatchEnded): Promise<void> {
  const players = JSON.stringify(event.players);
  const periods = BOARD_PERIODS.map(period => periodKey(period, new Date(event.at)));
  await db.execute(sql`
    with fresh as (
      insert into ${matches} (id, session_id, game, started_at, ended_at)
      select ${event.matchId}::uuid, fact.id, fact.game, ${event.startedAt}::timestamptz, ${event.at}::timestamptz
      from (${sessionFacts}) as fact
      where fact.id = ${event.sessionId}::uuid and fact.node_id = ${nodeId} and fact.epoch = ${event.epoch}
      on conflict do nothing
      returning id, session_id, game
    ), player as (
      insert into ${matchPlayers} (match_id, user_id, seat, place, ended_at)
      select fresh.id, said."userId", said.seat, said.place, ${event.at}::timestamptz
      from fresh, jsonb_to_recordset(${players}::jsonb) as said("userId" uuid, seat int, place int)
      where exists (
        select 1 from (${memberFacts}) as member
        where member.session_id = fresh.session_id and member.user_id = said."userId")
      on conflict do nothing
      returning match_id, user_id
    ), said as (
      select (player ->> 'userId')::uuid as user_id, score.board, score.value
      from jsonb_array_elements(${players}::jsonb) as player,
        jsonb_to_recordset(player -> 'scores') as score(board text, value bigint)
    ), score as (
      insert into ${matchScores} (match_id, user_id, board, value)
      select player.match_id, player.user_id, said.board, said.value
      from player join said on said.user_id = player.user_id
      on conflict do nothing
      returning user_id, board, value
    )
    insert into ${leaderboardEntries} as entry (game, board, period, user_id, rule, value, at)
    select fresh.game, score.board, period, score.user_id,
      case when board.keep <> 'best' then board.keep when board.better = 'lower' then 'lowest' else 'highest' end,
      score.value, ${event.at}::timestamptz
    from score
    cross join fresh
    join (${sessionFacts}) as fact on fact.id = fresh.session_id
    join (${boardsOfBuilds}) as board
      on board.game = fact.game and board.version = fact.game_version and board.id = score.board
    cross join jsonb_array_elements_text(${JSON.stringify(periods)}::jsonb) as period
    on conflict (game, board, period, user_id) do update set
      rule = excluded.rule,
      value = case excluded.rule
        when 'highest' then greatest(entry.value, excluded.value)
        when 'lowest' then least(entry.value, excluded.value)
        when 'sum' then entry.value + excluded.value
        else case when excluded.at >= entry.at then excluded.value else entry.value end end,
      at = case
        when excluded.rule in ('latest', 'sum') then greatest(entry.at, excluded.at)
        when excluded.rule = 'highest' and excluded.value > entry.value then excluded.at
        when excluded.rule = 'lowest' and excluded.value < entry.value then excluded.at
        else entry.at end`);
}

const cursorSchema = z.tuple([momentSchema, z.uuid()]);

/** A user's matches, newest first, of one game if given. */
export async function listMatches(
  db: Database,
  userId: string,
  { cursor, limit, game }: { cursor?: string | undefined; limit: number; game?: string | undefined },
): Promise<Page<Match>> {
  const after = decodeCursor(cursorSchema, cursor);
  const before =
    after === undefined
      ? sql`true`
      : sql`(mine.ended_at, mine.match_id) < (${after[0]}::timestamptz, ${after[1]}::uuid)`;
  const { rows } = await db.execute(sql`
    select match.id, match.session_id as "sessionId", match.game, ${iso(sql`match.started_at`)} as "startedAt",
      ${iso(sql`match.ended_at`)} as "endedAt",
      (select jsonb_agg(jsonb_build_object('userId', player.user_id, 'seat', player.seat, 'place', player.place, 'scores',
          (select coalesce(jsonb_agg(jsonb_build_object('board', score.board, 'value', score.value) order by score.board), '[]')
            from ${matchScores} as score where score.match_id = match.id and score.user_id = player.user_id))
          order by player.seat)
        from ${matchPlayers} as player where player.match_id = match.id) as players
    from ${matchPlayers} as mine join ${matches} as match on match.id = mine.match_id
    where mine.user_id = ${userId}::uuid and ${before}
      and ${game === undefined ? sql`true` : sql`match.game = ${game}`}
    order by mine.ended_at desc, mine.match_id desc limit ${limit + 1}`);
  const found = z.array(rowSchema).parse(rows);
  const names = await profilesOf(
    db,
    found.flatMap(row => row.players.map(player => player.userId)),
  );
  const items = found.map(row => ({
    ...row,
    players: row.players.map(({ userId: id, ...player }) => ({
      user: { id, displayName: names.get(id)?.displayName ?? '' },
      ...player,
    })),
  }));
  return toPage(items, limit, match => [match.endedAt, match.id]);
}

const playerShape = matchSchema.shape.players.element;
const rowSchema = matchSchema.extend({
  players: z.array(playerShape.omit({ user: true }).extend({ userId: z.uuid() })),
});
