import { type SQL, sql } from 'drizzle-orm';
import { z } from 'zod';
import { memberFacts, sessionFacts } from '#edge/play/session-facts.ts';
import { decodeCursor, toPage } from '#edge/store/cursor.ts';
import type { Database } from '#edge/store/database.ts';
import { idsIn } from '#edge/store/ids.ts';
import { plays, viewerEvents } from '#edge/store/schema.ts';
import type { NodeEvent } from '#shared/api/fleet.ts';
import { type Play, playSchema } from '#shared/api/history.ts';
import type { Page } from '#shared/api/page.ts';
import { momentSchema } from '#shared/api/time.ts';

/** A query for who was where: columns user_id, session_id, game, region and joined_at. Give a range of `joined_at`: it is read by an index. */
export const playFacts: SQL = sql`
  select play.user_id, play.session_id, play.game, play.region, play.joined_at from ${plays} as play`;

/** Sessions whose play log is closed in one turn of the cron. */
const CLOSE_AT_ONCE = 200;

/** How long comings and goings are kept: far longer than a node that was cut off keeps its events. */
const KEEP_S = 30 * 24 * 3600;

type ComingOrGoing = Extract<NodeEvent, { type: 'viewer_joined' | 'viewer_left' }>;
type End = Extract<NodeEvent, { type: 'session_ended' }>;

/** Notes who came or went, and brings the play log in line: in one transaction, the same however often and in whatever order. */
export async function recordPresence(db: Database, nodeId: string, event: ComingOrGoing): Promise<void> {
  const { sessionId, epoch, seq, at, userId, seat } = event;
  const kind = event.type === 'viewer_joined' ? 'joined' : 'left';
  await db.batch([
    note(db, [{ nodeId, sessionId, epoch, seq, at, userId, kind, seat }]),
    writePlays(db, sql`session_id = ${sessionId}::uuid and user_id = ${userId}::uuid`),
  ]);
}

/** As JSON for `facts` of `recordEndsQueries`. */
export const endFacts = (ends: ReadonlyArray<{ nodeId: string; event: End }>): string =>
  JSON.stringify(
    ends.map(({ nodeId, event: { sessionId, epoch, seq, at } }): PresenceFact => {
      return { nodeId, sessionId, epoch, seq, at, userId: null, kind: 'left', seat: null };
    }),
  );

/**
 * The same for sessions that ended, with all who were there: statements for a procedure. `facts`: what `endFacts` makes, as jsonb;
 * `sessionIds`: as jsonb.
 */
export const recordEndsQueries = (facts: SQL, sessionIds: SQL): SQL[] => [
  sql`${noteQuery(facts)} returning 1`,
  sql`${writePlaysOf(sql`
    select distinct event.session_id, event.user_id from ${idsIn(sessionIds)} as wanted cross join lateral (
      select session_id, user_id from ${viewerEvents}
      where session_id = wanted.id and user_id is not null offset 0) as event`)} returning 1`,
];

interface PresenceFact {
  nodeId: string;
  sessionId: string;
  epoch: number;
  seq: number;
  at: string;
  /** Null: everybody, with the session. */
  userId: string | null;
  kind: 'joined' | 'left';
  seat: number | null;
}

const note = (db: Database, facts: readonly PresenceFact[]) =>
  db.execute(noteQuery(sql`${JSON.stringify(facts)}::jsonb`));

const noteQuery = (facts: SQL): SQL => sql`
    insert into ${viewerEvents} (session_id, epoch, seq, user_id, kind, seat, at)
    select fact.id, told.epoch, told.seq, told."userId", told.kind, told.seat, told.at
    from jsonb_to_recordset(${facts}) as told(
      "nodeId" text, "sessionId" uuid, epoch bigint, seq int, at timestamptz, "userId" uuid, kind text, seat int)
    -- One by one, as what follows in writePlaysOf: a plan from when there were few would go through all sessions, and all events.
    cross join lateral (select * from (${sessionFacts}) as fact where fact.id = told."sessionId" offset 0) as fact
    where fact.node_id = told."nodeId" and fact.epoch = told.epoch and (told."userId" is null or exists (
      select 1 from (${memberFacts}) as member
      where member.session_id = fact.id and member.user_id = told."userId"))
    on conflict do nothing`;

/** Closes the play log of sessions that ended without their node's word. */
export async function closePlays(db: Database): Promise<void> {
  await writePlays(
    db,
    sql`session_id in (
      select play.session_id from ${plays} as play join (${sessionFacts}) as fact on fact.id = play.session_id
      where play.left_at is null and fact.ended_at is not null
      limit ${CLOSE_AT_ONCE})`,
  );
}

export async function deleteOldPresence(db: Database): Promise<void> {
  await db.execute(sql`
    delete from ${viewerEvents} where received_at < now() - make_interval(secs => ${KEEP_S}::float8)`);
}

/**
 * Makes the rows of `plays` anew for those whose events meet `which`. A stay begins with a `joined` and ends with what came
 * next for that user or with the session; one that is still open counts when it has ended.
 */
const writePlays = (db: Database, which: SQL) =>
  db.execute(
    writePlaysOf(sql`
      select distinct session_id, user_id from ${viewerEvents} where ${which} and user_id is not null`),
  );

/** `who`: a query with columns session_id and user_id. */
const writePlaysOf = (who: SQL): SQL => sql`
    with who as (${who}
    ), step as (
      select who.session_id, who.user_id, event.kind, event.seat, event.at,
        lead(event.at) over (partition by who.session_id, who.user_id order by event.epoch, event.seq) as next_at
      from who cross join lateral (
        select * from ${viewerEvents} as event
        where event.session_id = who.session_id and (event.user_id = who.user_id or event.user_id is null)
        offset 0) as event
    ), stay as (
      select step.*, fact.game, fact.region, coalesce(step.next_at,
        case when fact.ended_at is not null then greatest(fact.ended_at, step.at) end) as end_at
      from step join (${sessionFacts}) as fact on fact.id = step.session_id
      where step.kind = 'joined'
    )
    insert into ${plays} (session_id, user_id, game, region, role, joined_at, left_at, seconds)
    select session_id, user_id, game, coalesce(region, ''), case when max(seat) is null then 'spectator' else 'player' end,
      min(at), case when bool_or(end_at is null) then null else max(end_at) end,
      coalesce(sum(greatest(0, extract(epoch from end_at - at))), 0)::int
    from stay group by session_id, user_id, game, region
    on conflict (session_id, user_id) do update set role = excluded.role, joined_at = excluded.joined_at,
      left_at = excluded.left_at, seconds = excluded.seconds`;

const cursorSchema = z.tuple([momentSchema, z.uuid()]);

/** Where a user was, newest first. */
export async function listPlays(
  db: Database,
  userId: string,
  { cursor, limit }: { cursor?: string | undefined; limit: number },
): Promise<Page<Play>> {
  const after = decodeCursor(cursorSchema, cursor);
  const before =
    after === undefined
      ? sql`true`
      : sql`(joined_at, session_id) < (${after[0]}::timestamptz, ${after[1]}::uuid)`;
  const { rows } = await db.execute(sql`
    select session_id as "sessionId", game, region, role, ${iso(sql`joined_at`)} as "joinedAt",
      ${iso(sql`left_at`)} as "leftAt", seconds
    from ${plays} where user_id = ${userId}::uuid and ${before}
    order by joined_at desc, session_id desc limit ${limit + 1}`);
  return toPage(z.array(playSchema).parse(rows), limit, play => [play.joinedAt, play.sessionId]);
}

/** A moment as ISO 8601, to the microsecond: a cursor made of it loses nothing. */
export function iso(moment: SQL): SQL {
  return sql`to_char(${moment} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
}
