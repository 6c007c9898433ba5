import { eq, type SQL, sql } from 'drizzle-orm';
import { z } from 'zod';
import { describeError, log } from '#edge/http/log.ts';
import type { Services } from '#edge/services.ts';
import type { Database } from '#edge/store/database.ts';
import { redisKey } from '#edge/store/keys.ts';
import { accessRules, platforms } from '#edge/store/schema.ts';
import { type PlatformSettings, platformSettingsSchema } from '#shared/api/admin-platform.ts';

/** What every isolate goes by. `rulesVersion` counts the changes of the lists: 0 means that they never had anything. */
export const sharedSettingsSchema = platformSettingsSchema.extend({ rulesVersion: z.int() });
export type SharedSettings = z.infer<typeof sharedSettingsSchema>;

const DEFAULTS: SharedSettings = {
  maintenance: false,
  maintenanceText: null,
  allowOnly: false,
  minimumVersions: {},
  rulesVersion: 0,
};

/** Seconds that Redis keeps a copy: with what an isolate keeps it for, a change is everywhere within 5 s, whatever fails. */
export const SHARED_COPY_S = 2;

export type Stores = Pick<Services, 'db' | 'hints' | 'now'>;

/** From Postgres, which decides. */
export async function readSettings(db: Database, platform: string): Promise<SharedSettings> {
  const [row] = await db.select().from(platforms).where(eq(platforms.name, platform));
  return row === undefined ? DEFAULTS : sharedSettingsSchema.parse(row);
}

/** From Redis, and only when it has no copy, or is away, from Postgres. */
export async function readSharedSettings({ db, hints }: Stores, platform: string): Promise<SharedSettings> {
  const key = redisKey.platform(platform);
  const copy = await hints.get(key).catch((error: unknown) => {
    log('warn', 'platform settings not read from Redis', describeError(error));
    return undefined;
  });
  const kept = sharedSettingsSchema.safeParse(copy);
  if (kept.success) return kept.data;
  const settings = await readSettings(db, platform);
  // Not over what a change has put there meanwhile. Nothing was there to ask when `copy` is undefined.
  if (copy === null) await hints.set(key, settings, { ex: SHARED_COPY_S, nx: true }).catch(() => null);
  return settings;
}

/** Changes the settings: `changes` is the SET clause of a row that there is. Answers before and after, and brings it to every isolate. */
export async function changeSettings(
  services: Services,
  changes: SQL,
): Promise<{ before: PlatformSettings; after: PlatformSettings }> {
  const { db, platform } = services;
  const [, { rows }] = await db.batch([
    db.execute(sql`insert into ${platforms} (name) values (${platform.name}) on conflict do nothing`),
    db.execute<{ before: unknown; after: unknown }>(sql`
      update ${platforms} set ${changes}, updated_at = now() where name = ${platform.name}
      returning ${asJson('old')} as before, ${asJson('new')} as after`),
  ]);
  const { before, after } = z
    .object({ before: sharedSettingsSchema, after: sharedSettingsSchema })
    .parse(rows[0]);
  await publishSettings(services, after);
  return { before: platformSettingsSchema.parse(before), after: platformSettingsSchema.parse(after) };
}

/** Gives a change to this isolate now, and to the others by way of Redis. Never throws. */
export async function publishSettings(
  { platform, hints, now }: Services,
  settings: SharedSettings,
): Promise<void> {
  platform.learn(settings, now());
  await hints
    .set(redisKey.platform(platform.name), settings, { ex: SHARED_COPY_S })
    .catch((error: unknown) => log('warn', 'platform settings not put into Redis', describeError(error)));
}

const asJson = (row: 'old' | 'new') => {
  const of = sql.raw(row);
  return sql`jsonb_build_object('maintenance', ${of}.maintenance, 'maintenanceText', ${of}.maintenance_text,
    'allowOnly', ${of}.allow_only, 'minimumVersions', ${of}.minimum_versions, 'rulesVersion', ${of}.rules_version)`;
};

/** The rows of both lists and the version that they belong to, in one statement. */
export async function readRules(db: Database, platform: string) {
  const { rows } = await db.execute<{ version: number | null; rules: unknown }>(sql`
    select (select rules_version from ${platforms} where name = ${platform}) as version,
      (select coalesce(jsonb_agg(jsonb_build_array(rule.list, host(rule.range), masklen(rule.range), rule.user_id)), '[]')
        from ${accessRules} as rule where rule.platform = ${platform}) as rules`);
  return { version: rows[0]?.version ?? 0, rules: rulesSchema.parse(rows[0]?.rules ?? []) };
}

const rulesSchema = z.array(
  z.tuple([z.enum(['allow', 'deny']), z.string().nullable(), z.int().nullable(), z.string().nullable()]),
);
export type RuleRows = z.infer<typeof rulesSchema>;
