import { type SQL, sql } from 'drizzle-orm';
import { nodeEvents } from '#edge/store/schema.ts';

/**
 * Seconds for which a session (its alias: a row of `sessions`) was played until now or its end, a float8; null when play never began.
 * Counted are the stretches from each `session_playing` of its node to what that node said next, by the node's own clock, which goes by
 * ours: neither starting, nor waiting for players who are gone, nor waiting in a queue for another node, nor how long the news took
 * to arrive. A stretch that a lost node left open counts for nothing, and none counts before the session or after we heard of it.
 */
export const playedSeconds = (session: SQL): SQL => sql`
  case when ${session}.started_at is not null then coalesce((
    select sum(extract(epoch from greatest(stretch.since, stretch.until) - stretch.since))
    from (
      select event.type, ${bounded(sql`event`, session)} as since,
        coalesce(lead(${bounded(sql`event`, session)}) over (partition by event.epoch order by event.seq),
          case when event.epoch = ${session}.epoch then coalesce(${session}.ended_at, now()) end) as until
      from ${nodeEvents} as event
      where event.session_id = ${session}.id
        and event.type in ('session_starting', 'session_playing', 'session_reconnecting', 'session_ended')
    ) as stretch where stretch.type = 'session_playing'), 0)::float8 end`;

const bounded = (event: SQL, session: SQL) =>
  sql`greatest(${session}.created_at, least(${event}.at, ${event}.received_at))`;
