import { z } from 'zod';
import { endReasonSchema, sessionStateSchema } from '../lifecycles.ts';
import { adminReads } from './admin.ts';
import { endpoint } from './endpoint.ts';
import { daySchema, momentSchema } from './time.ts';

/** Points that one answer may have: a day by minutes, or years by days. */
export const MAX_POINTS = 1_500;

export const GRANULARITIES = ['minute', 'hour', 'day', 'week', 'month'] as const;
export type Granularity = (typeof GRANULARITIES)[number];

const count = z.int().nonnegative();

/** A range of time, ISO 8601; `from` is taken back to the beginning of its minute, hour, day ... (UTC). Default: up to now. */
const range = { from: momentSchema.optional(), to: momentSchema.optional() };
const place = {
  game: z.string().min(1).max(64).optional(),
  region: z.string().min(1).max(32).optional(),
};
const longSteps = z.enum(['day', 'week', 'month']).default('day');
const allSteps = z.enum(['hour', 'day', 'week', 'month']).default('day');
const samplingSteps = z.enum(['minute', 'hour', 'day']).default('minute');

/** `at` is when the step began; the last one may not be over. */
const series = <S extends z.ZodRawShape>(values: S) =>
  z.object({
    from: momentSchema,
    to: momentSchema,
    granularity: z.enum(GRANULARITIES),
    points: z.array(z.object({ at: momentSchema, ...values })),
  });

export const registrationsSchema = series({ accounts: count, guests: count });
export const activeSchema = series({ players: count });
export const onlineSchema = series({ average: z.number().nonnegative().nullable(), peak: count.nullable() });
export const spentSchema = series({ credits: z.int() });
export const failuresSchema = series({ sessions: count, failed: count }).extend({
  reasons: z.array(
    z.object({ reason: endReasonSchema, region: z.string().nullable(), game: z.string(), sessions: count }),
  ),
});
export const waitsSchema = z.object({
  from: momentSchema,
  to: momentSchema,
  rows: z.array(
    z.object({
      /** Where they were given a slot; null for those who were not. */
      region: z.string().nullable(),
      game: z.string(),
      sessions: count,
      /** Of those the ones that had to wait, and that were not given a slot before they gave up. */
      queued: count,
      left: count,
      /** Seconds that those who queued and were given a slot waited: half of them, and 95 of 100, no longer. */
      p50: z.number().nullable(),
      p95: z.number().nullable(),
    }),
  ),
});
export const retentionSchema = z.object({
  from: z.iso.date(),
  to: z.iso.date(),
  cohorts: z.array(
    z.object({
      /** Who registered on that day (UTC), and how many of them came on exactly the 1st, 7th, 30th day after; null: not over yet. */
      day: z.iso.date(),
      size: count,
      d1: count.nullable(),
      d7: count.nullable(),
      d30: count.nullable(),
    }),
  ),
});
export const nowSchema = z.object({
  /** Players with a live connection; null is where no region is known. */
  online: z.array(z.object({ region: z.string().nullable(), players: count })),
  /** Sessions that have not ended. */
  sessions: z.array(
    z.object({
      region: z.string().nullable(),
      game: z.string(),
      state: sessionStateSchema,
      sessions: count,
      players: count,
    }),
  ),
  unsentMails: z.object({ waiting: count, givenUp: count }),
});

const reads = { ...adminReads, tag: 'Admin numbers', revalidate: true } as const;

export const adminNumbersApi = {
  now: endpoint({
    ...reads,
    path: '/v1/admin/numbers/now',
    summary: 'Players online and sessions now, by region and game',
    response: nowSchema,
  }),
  registrations: endpoint({
    ...reads,
    path: '/v1/admin/numbers/registrations',
    summary: 'Accounts that were made; guests are those who still are',
    query: z.object({ ...range, granularity: allSteps }),
    response: registrationsSchema,
  }),
  active: endpoint({
    ...reads,
    path: '/v1/admin/numbers/active',
    summary:
      'Players who signed in or went on being signed in; with a game or region, those who began to play there',
    query: z.object({ ...range, ...place, granularity: longSteps }),
    response: activeSchema,
  }),
  online: endpoint({
    ...reads,
    path: '/v1/admin/numbers/online',
    summary:
      'Players online, sessions, players in sessions or sessions waiting, over time: a sample each minute',
    query: z.object({
      ...range,
      ...place,
      measure: z.enum(['online', 'sessions', 'players', 'waiting']).default('online'),
      granularity: samplingSteps,
    }),
    response: onlineSchema,
  }),
  retention: endpoint({
    ...reads,
    path: '/v1/admin/numbers/retention',
    summary:
      'How many of those who registered on a day came back 1, 7 and 30 days later; with a game or region, of those who have played there',
    query: z.object({
      from: daySchema.optional(),
      to: daySchema.optional(),
      ...place,
      /** Whether guests count too. */
      guests: z.enum(['true', 'false']).default('false'),
    }),
    response: retentionSchema,
  }),
  spent: endpoint({
    ...reads,
    path: '/v1/admin/numbers/spent',
    summary: 'Credits that sessions cost, less what was taken back',
    query: z.object({ ...range, ...place, granularity: allSteps }),
    response: spentSchema,
  }),
  failures: endpoint({
    ...reads,
    path: '/v1/admin/numbers/failures',
    summary:
      'Sessions by when they were asked for, and those of them that failed, by reason, region and game',
    query: z.object({ ...range, ...place, granularity: allSteps }),
    response: failuresSchema,
  }),
  waits: endpoint({
    ...reads,
    path: '/v1/admin/numbers/waits',
    summary: 'How long sessions waited for a slot, by region and game',
    query: z.object({ ...range, ...place }),
    response: waitsSchema,
  }),
} as const;
