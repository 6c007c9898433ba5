import { type SQL, sql } from 'drizzle-orm';
import { isPaused } from '#edge/admin/platform/pause.ts';
import { slotsFor } from '#edge/fleet/slots.ts';
import type { Services } from '#edge/services.ts';
import type { Database } from '#edge/store/database.ts';
import { sessionMembers, sessions } from '#edge/store/schema.ts';

/** Places in the queue of a game whose holders are told as they move up; who is further back asks anyway. */
const TOLD_PLACES = 50;

/** Ended sessions that the estimate goes by: enough to even out, few enough to follow the day. */
const TURNOVER_SESSIONS = 50;

/** Where a session is in the queue of its game. */
export type Place = {
  /** 1 is next. */
  position: number;
  /** An estimate: lengths of recent sessions over the slots there are. Null while there is no ground for one. */
  waitSeconds: number | null;
  /** The line stands still while the platform is in maintenance. */
  paused: boolean;
};

/** The sign-in by which the owner of a waiting session has their place. */
export const ownersSignIn = (session: SQL): SQL => sql`(
  select owner.sign_in_id from ${sessionMembers} as owner
  where owner.session_id = ${session}.id and owner.user_id = ${session}.owner_id)`;

/** Undefined once it does not wait any more. */
export async function placeOf(db: Database, sessionId: string): Promise<Place | undefined> {
  const { rows } = await db.execute<Place>(sql`
    select place.position, place.paused, ${waitAt(sql`place.position`, sql`place.game`, sql`place.paused`)} as "waitSeconds"
    from (
      select mine.game, ${isPaused(sql`mine`, ownersSignIn(sql`mine`))} as paused, (
        select count(*)::int from ${sessions} as ahead
        where ahead.game = mine.game and ${isWaiting(sql`ahead`)}
          and (ahead.queued_at, ahead.id) <= (mine.queued_at, mine.id)) as position
      from ${sessions} as mine where mine.id = ${sessionId}::uuid and ${isWaiting(sql`mine`)}) as place`);
  return rows[0];
}

/** Tells those who wait for these games where they are now. */
export async function tellPositions({ db, live }: Services, games: readonly string[]): Promise<void> {
  if (games.length === 0) return;
  const { rows } = await db.execute<Place & { id: string; members: string[] }>(sql`
    select place.id, place.position, place.paused,
      ${waitAt(sql`place.position`, sql`place.game`, sql`place.paused`)} as "waitSeconds", array(
      select member.user_id::text from ${sessionMembers} as member
      where member.session_id = place.id and member.active) as members
    from (
      select waiting.id, waiting.game, ${isPaused(sql`waiting`, ownersSignIn(sql`waiting`))} as paused,
        (row_number() over (partition by waiting.game order by waiting.queued_at, waiting.id))::int as position
      from ${sessions} as waiting where waiting.game in ${[...games]} and ${isWaiting(sql`waiting`)}) as place
    where place.position <= ${TOLD_PLACES}`);
  await Promise.all(
    rows.map(({ id, position, waitSeconds, paused, members }) =>
      live.send(members, { type: 'queue_position', sessionId: id, position, waitSeconds, paused }),
    ),
  );
}

const isWaiting = (session: SQL) => sql`${session}.state = 'queued' and ${session}.wait_until > now()`;

function waitAt(position: SQL, game: SQL, paused: SQL): SQL {
  return sql`(
    select case when not ${paused} then ceil(${position} * avg(recent.length) / nullif((${slotsFor(game)}), 0))::int end
    from (
      select extract(epoch from past.ended_at - past.created_at) as length from ${sessions} as past
      where past.game = ${game} and past.ended_at is not null and past.started_at is not null
      order by past.ended_at desc limit ${TURNOVER_SESSIONS}) as recent)`;
}
