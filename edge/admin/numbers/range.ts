import { type SQL, sql } from 'drizzle-orm';
import { type Granularity, MAX_POINTS } from '#shared/api/admin-numbers.ts';
import { wrongField } from '#shared/errors.ts';

/** Milliseconds of a step, the shortest that it can be. */
const STEP_MS: Readonly<Record<Granularity, number>> = {
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 7 * 86_400_000,
  month: 28 * 86_400_000,
};

/** Steps that are shown when nobody says from when. */
const DEFAULT_STEPS: Readonly<Record<Granularity, number>> = {
  minute: 24 * 60,
  hour: 7 * 24,
  day: 30,
  week: 26,
  month: 13,
};

export interface Range {
  from: Date;
  to: Date;
  granularity: Granularity;
}

/**
 * The range that a query asks for, up to the end of this minute by default, so that an answer can be asked for again and be the same.
 * Throws `invalid_request` when it is upside down or has too many steps.
 */
export function rangeOf(
  query: { from?: string | undefined; to?: string | undefined; granularity: Granularity },
  now: Date,
): Range {
  const { granularity } = query;
  const step = STEP_MS[granularity];
  const to =
    query.to === undefined
      ? new Date((Math.floor(now.getTime() / STEP_MS.minute) + 1) * STEP_MS.minute)
      : new Date(query.to);
  const from =
    query.from === undefined
      ? new Date(to.getTime() - DEFAULT_STEPS[granularity] * step)
      : new Date(query.from);
  if (from >= to) throw wrongField('from', 'is not before to');
  if ((to.getTime() - from.getTime()) / step > MAX_POINTS - 1) {
    throw wrongField('from', `more than ${MAX_POINTS} steps of a ${granularity} before to`);
  }
  return { from: beginningOf(from, granularity), to, granularity };
}

/** The days that a query asks for, both counted; up to today by default. Throws `invalid_request` as `rangeOf`. */
export function daysOf(
  query: { from?: string | undefined; to?: string | undefined },
  now: Date,
): { from: string; to: string } {
  const to = query.to ?? dayOf(now);
  const from = query.from ?? dayOf(new Date(Date.parse(to) - DEFAULT_STEPS.day * STEP_MS.day));
  const days = (Date.parse(to) - Date.parse(from)) / STEP_MS.day;
  if (days < 0) throw wrongField('from', 'is after to');
  if (days >= MAX_POINTS) throw wrongField('from', `more than ${MAX_POINTS} days before to`);
  return { from, to };
}

const dayOf = (at: Date) => at.toISOString().slice(0, 10);

/** Of the step that `at` is in, UTC; weeks begin on Monday (ISO 8601), as Postgres has it. */
function beginningOf(at: Date, granularity: Granularity): Date {
  if (granularity === 'minute' || granularity === 'hour') {
    return new Date(Math.floor(at.getTime() / STEP_MS[granularity]) * STEP_MS[granularity]);
  }
  const day = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()));
  if (granularity === 'month') day.setUTCDate(1);
  if (granularity === 'week') day.setUTCDate(day.getUTCDate() - ((day.getUTCDay() + 6) % 7));
  return day;
}

/** Whether a moment is in the range. */
export const isWithin = (moment: SQL, { from, to }: Range): SQL =>
  sql`${moment} >= ${from.toISOString()}::timestamptz and ${moment} < ${to.toISOString()}::timestamptz`;

/** The step that a moment is in. */
export const stepOf = (moment: SQL, { granularity }: Range): SQL =>
  sql`date_trunc(${granularity}::text, ${moment}, 'UTC')`;

/** Steps of the range, one a row with the column at. */
export const steps = ({ from, to, granularity }: Range): SQL => sql`
  select at from generate_series(${from.toISOString()}::timestamptz,
    ${to.toISOString()}::timestamptz - interval '1 microsecond', ${`1 ${granularity}`}::interval, 'UTC') as at`;

/** A moment as the API has it. */
export const isoOf = (moment: SQL): SQL =>
  sql`to_char(${moment} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

export const answerRange = ({ from, to, granularity }: Range) => ({
  from: from.toISOString(),
  to: to.toISOString(),
  granularity,
});

/** Whether a row with the columns game and region is of the place that was asked for. */
export function isOf(
  row: SQL,
  { game, region }: { game?: string | undefined; region?: string | undefined },
): SQL {
  const conditions = [
    ...(game === undefined ? [] : [sql`${row}.game = ${game}`]),
    ...(region === undefined ? [] : [sql`${row}.region = ${region}`]),
  ];
  return conditions.length === 0 ? sql`true` : sql.join(conditions, sql` and `);
}
