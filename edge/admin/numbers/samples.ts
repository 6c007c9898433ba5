import { sql } from 'drizzle-orm';
import { sessionsNow } from '#edge/play/session-facts.ts';
import type { Services } from '#edge/services.ts';
import type { Database } from '#edge/store/database.ts';
import { listOf } from '#edge/store/schema/columns.ts';
import { SAMPLED, samples } from '#edge/store/schema.ts';

/** Days for which every minute is kept; then four an hour are, as fine as a chart of weeks shows. */
const KEEP_MINUTES_DAYS = 3;
const KEPT_MINUTES = 15;
const KEEP_DAYS = 400;

/** Cron: notes how many are online, play and wait now. Once a minute, whoever else does it at the same time. */
export async function takeSamples({ db, live }: Services): Promise<void> {
  const online = JSON.stringify(await live.online());
  const minute = sql`date_trunc('minute', now())`;
  // A row for nowhere with each measure: that nobody was there is known too.
  await db.execute(sql`
    insert into ${samples} (at, measure, region, game, value)
    select ${minute}, measure, coalesce(region, ''), coalesce(game, ''), sum(value)::int
    from (
      select 'online' as measure, region, '' as game, players as value
      from jsonb_to_recordset(${online}::jsonb) as connected(region text, players int)
      union all
      select case state when 'queued' then 'waiting' else 'sessions' end, region, game, 1 from (${sessionsNow}) as now
      union all
      select 'players', region, game, players from (${sessionsNow}) as now where state <> 'queued'
      union all
      select measure, '', '', 0 from unnest(array['online', 'sessions', 'players', 'waiting']) as measure
    ) as counted
    group by measure, coalesce(region, ''), coalesce(game, '')
    on conflict do nothing`);
}

/** Each run finds what came of age since the last: a few rows. */
export async function thinOutSamples(db: Database): Promise<void> {
  const age = (days: number) => sql`now() - make_interval(days => ${days}::int)`;
  await db.batch([
    db.execute(sql`delete from ${samples} where ${isAny} and at < ${age(KEEP_DAYS)}`),
    db.execute(sql`
      delete from ${samples} where ${isAny} and at < ${age(KEEP_MINUTES_DAYS)} and at > ${age(KEEP_MINUTES_DAYS + 1)}
        and extract(minute from at)::int % ${KEPT_MINUTES} <> 0`),
  ]);
}

/** Every measure, so that the index, which begins with it, finds the rows. */
const isAny = sql`measure in (${listOf(SAMPLED)})`;
