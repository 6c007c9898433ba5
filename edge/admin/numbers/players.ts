import { sql } from 'drizzle-orm';
import type { z } from 'zod';
import { registrations } from '#edge/accounts/registrations.ts';
import { playFacts } from '#edge/history/plays.ts';
import type { Database } from '#edge/store/database.ts';
import { activeDays } from '#edge/store/schema.ts';
import type { activeSchema, registrationsSchema, retentionSchema } from '#shared/api/admin-numbers.ts';
import { answerRange, isOf, isoOf, isWithin, type Range, stepOf, steps } from './range.ts';

interface Place {
  game?: string | undefined;
  region?: string | undefined;
}

export async function registrationNumbers(
  db: Database,
  range: Range,
): Promise<z.output<typeof registrationsSchema>> {
  const { rows } = await db.execute<{ at: string; accounts: number; guests: number }>(sql`
    with step as (${steps(range)}
    ), made as (
      select ${stepOf(sql`account.created_at`, range)} as at, count(*) filter (where not account.guest) as accounts,
        count(*) filter (where account.guest) as guests
      from (${registrations}) as account where ${isWithin(sql`account.created_at`, range)} group by 1
    )
    select ${isoOf(sql`step.at`)} as at, coalesce(accounts, 0)::int as accounts, coalesce(guests, 0)::int as guests
    from step left join made on made.at = step.at order by step.at`);
  return { ...answerRange(range), points: rows };
}

export async function activeNumbers(
  db: Database,
  range: Range,
  place: Place,
): Promise<z.output<typeof activeSchema>> {
  const seen = isSome(place)
    ? sql`select play.joined_at as at, play.user_id from (${playFacts}) as play where ${isOf(sql`play`, place)}`
    : sql`select active.day::timestamp at time zone 'utc' as at, active.user_id from ${activeDays} as active
        where active.day >= ${range.from.toISOString().slice(0, 10)}::date`;
  const { rows } = await db.execute<{ at: string; players: number }>(sql`
    with step as (${steps(range)}
    ), active as (
      select ${stepOf(sql`seen.at`, range)} as at, count(distinct seen.user_id)::int as players
      from (${seen}) as seen where ${isWithin(sql`seen.at`, range)} group by 1
    )
    select ${isoOf(sql`step.at`)} as at, coalesce(players, 0) as players
    from step left join active on active.at = step.at order by step.at`);
  return { ...answerRange(range), points: rows };
}

/** Of cohorts that registered on a day of the range: `from` and `to` are days, both counted. With a place: of those who have played there. */
export async function retentionNumbers(
  db: Database,
  { from, to }: { from: string; to: string },
  withGuests: boolean,
  place: Place,
): Promise<z.output<typeof retentionSchema>> {
  const cameBack = (days: number) => sql`
    case when cohort.day + ${days}::int < today.day then count(*) filter (where exists (
      select 1 from ${activeDays} as active where active.user_id = cohort.user_id and active.day = cohort.day + ${days}::int))::int
    end`;
  const played = isSome(place)
    ? sql`exists (select 1 from (${playFacts}) as play where play.user_id = account.user_id and ${isOf(sql`play`, place)})`
    : sql`true`;
  const { rows } = await db.execute<z.output<typeof retentionSchema>['cohorts'][number]>(sql`
    with today as (select (now() at time zone 'utc')::date as day
    ), cohort as (
      select (account.created_at at time zone 'utc')::date as day, account.user_id
      from (${registrations}) as account
      where account.created_at >= ${from}::date::timestamp at time zone 'utc'
        and account.created_at < (${to}::date + 1)::timestamp at time zone 'utc'
        and (${withGuests} or not account.guest)
        and ${played}
    )
    select cohort.day::text as day, count(*)::int as size, ${cameBack(1)} as d1, ${cameBack(7)} as d7, ${cameBack(30)} as d30
    from cohort, today group by cohort.day, today.day order by cohort.day`);
  return { from, to, cohorts: rows };
}

const isSome = ({ game, region }: Place) => game !== undefined || region !== undefined;
