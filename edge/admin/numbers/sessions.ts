import { sql } from 'drizzle-orm';
import type { z } from 'zod';
import { countUnsentMails } from '#edge/mail/unsent.ts';
import { sessionFacts, sessionsNow } from '#edge/play/session-facts.ts';
import type { Services } from '#edge/services.ts';
import type { Database } from '#edge/store/database.ts';
import { samples } from '#edge/store/schema.ts';
import { creditsSpent } from '#edge/wallet/spent.ts';
import type {
  failuresSchema,
  nowSchema,
  onlineSchema,
  spentSchema,
  waitsSchema,
} from '#shared/api/admin-numbers.ts';
import { answerRange, isOf, isoOf, isWithin, type Range, stepOf, steps } from './range.ts';

interface Place {
  game?: string | undefined;
  region?: string | undefined;
}

export async function numbersNow({ db, live }: Services): Promise<z.output<typeof nowSchema>> {
  const [online, { rows }, unsentMails] = await Promise.all([
    live.online(),
    db.execute<z.output<typeof nowSchema>['sessions'][number]>(sql`
      select region, game, state, count(*)::int as sessions, sum(players)::int as players
      from (${sessionsNow}) as now group by region, game, state order by sessions desc, game, region, state`),
    countUnsentMails(db),
  ]);
  return { online, sessions: rows, unsentMails };
}

/** Null where no sample was taken. */
export async function sampledNumbers(
  db: Database,
  range: Range,
  { measure, ...place }: Place & { measure: string },
): Promise<z.output<typeof onlineSchema>> {
  const { rows } = await db.execute<{ at: string; average: number | null; peak: number | null }>(sql`
    with step as (${steps(range)}
    ), sample as (
      select taken.at, coalesce(sum(taken.value) filter (where ${isOf(sql`taken`, place)}), 0) as value
      from ${samples} as taken
      where taken.measure = ${measure} and ${isWithin(sql`taken.at`, range)} group by taken.at
    ), summed as (
      select ${stepOf(sql`sample.at`, range)} as at, avg(value)::float8 as average, max(value)::int as peak
      from sample group by 1
    )
    select ${isoOf(sql`step.at`)} as at, average, peak
    from step left join summed on summed.at = step.at order by step.at`);
  return { ...answerRange(range), points: rows };
}

export async function spentNumbers(
  db: Database,
  range: Range,
  place: Place,
): Promise<z.output<typeof spentSchema>> {
  const { rows } = await db.execute<{ at: string; credits: number }>(sql`
    with step as (${steps(range)}
    ), summed as (
      select ${stepOf(sql`spent.at`, range)} as at, sum(spent.credits)::float8 as credits
      from (${creditsSpent}) as spent left join (${sessionFacts}) as fact on fact.id = spent.session_id
      where ${isWithin(sql`spent.at`, range)} and ${isOf(sql`fact`, place)} group by 1
    )
    select ${isoOf(sql`step.at`)} as at, coalesce(credits, 0) as credits
    from step left join summed on summed.at = step.at order by step.at`);
  return { ...answerRange(range), points: rows };
}

export async function failureNumbers(
  db: Database,
  range: Range,
  place: Place,
): Promise<z.output<typeof failuresSchema>> {
  const those = sql`
    select * from (${sessionFacts}) as fact
    where ${isWithin(sql`fact.created_at`, range)} and ${isOf(sql`fact`, place)}`;
  const [points, reasons] = await db.batch([
    db.execute<{ at: string; sessions: number; failed: number }>(sql`
      with step as (${steps(range)}
      ), summed as (
        select ${stepOf(sql`session.created_at`, range)} as at, count(*)::int as sessions,
          (count(*) filter (where session.state = 'failed'))::int as failed
        from (${those}) as session group by 1
      )
      select ${isoOf(sql`step.at`)} as at, coalesce(sessions, 0) as sessions, coalesce(failed, 0) as failed
      from step left join summed on summed.at = step.at order by step.at`),
    db.execute<z.output<typeof failuresSchema>['reasons'][number]>(sql`
      select end_reason as reason, region, game, count(*)::int as sessions from (${those}) as session
      where state = 'failed' group by end_reason, region, game order by sessions desc, reason, game, region`),
  ]);
  return { ...answerRange(range), points: points.rows, reasons: reasons.rows };
}

export async function waitNumbers(
  db: Database,
  range: Range,
  place: Place,
): Promise<z.output<typeof waitsSchema>> {
  const { rows } = await db.execute<z.output<typeof waitsSchema>['rows'][number]>(sql`
    with session as (
      select fact.*, extract(epoch from fact.reserved_at - fact.queued_at)::float8 as waited
      from (${sessionFacts}) as fact
      where ${isWithin(sql`fact.created_at`, range)} and ${isOf(sql`fact`, place)}
    )
    select region, game, count(*)::int as sessions, count(queued_at)::int as queued,
      (count(*) filter (where reserved_at is null and ended_at is not null))::int as left,
      percentile_cont(0.5) within group (order by waited) filter (where waited is not null) as p50,
      percentile_cont(0.95) within group (order by waited) filter (where waited is not null) as p95
    from session group by region, game order by sessions desc, game, region`);
  const { from, to } = answerRange(range);
  return { from, to, rows };
}
