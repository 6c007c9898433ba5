import { and, desc, eq, lt, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Services } from '#edge/services.ts';
import { decodeCursor, toPage } from '#edge/store/cursor.ts';
import { type Database, violatedForeignKey, violatedUnique } from '#edge/store/database.ts';
import { accessRules, platforms } from '#edge/store/schema.ts';
import type { AccessRule } from '#shared/api/admin-platform.ts';
import type { Page } from '#shared/api/page.ts';
import { NearcadeError } from '#shared/errors.ts';
import { publishSettings, readSettings } from './settings.ts';
import { startTurningOut } from './turn-out.ts';

/** Rules of one platform: as many as every isolate can hold and go through at each sign-in. */
const RULES_MAX = 5_000;

export interface NewRule {
  list: 'allow' | 'deny';
  /** An address or a range; or an account. */
  range: string | undefined;
  userId: string | undefined;
  reason: string;
}

/** The newest first. Throws `invalid_request` for a cursor that is none of ours. */
export async function listRules(
  db: Database,
  platform: string,
  {
    list,
    cursor,
    limit,
  }: { list?: 'allow' | 'deny' | undefined; cursor?: string | undefined; limit: number },
): Promise<Page<AccessRule>> {
  const after = decodeCursor(z.tuple([z.uuid()]), cursor)?.[0];
  const rows = await db
    .select()
    .from(accessRules)
    .where(
      and(
        eq(accessRules.platform, platform),
        list === undefined ? undefined : eq(accessRules.list, list),
        after === undefined ? undefined : lt(accessRules.id, after),
      ),
    )
    .orderBy(desc(accessRules.id))
    .limit(limit + 1);
  return toPage(rows.map(toRule), limit, rule => [rule.id]);
}

/** Throws `not_found`. */
export async function readRule(db: Database, platform: string, id: string): Promise<AccessRule> {
  const [row] = await db
    .select()
    .from(accessRules)
    .where(and(eq(accessRules.platform, platform), eq(accessRules.id, id)));
  if (row === undefined) throw new NearcadeError('not_found', 'No such rule');
  return toRule(row);
}

/** Of a range the bits beyond its prefix do not count. Throws `access_rule_exists`, `access_rules_full` or `player_not_found`. */
export async function addRule(
  services: Services,
  { list, range, userId, reason }: NewRule,
): Promise<AccessRule> {
  const { db, platform } = services;
  const id = crypto.randomUUID();
  try {
    // The platform's row is locked by the change of its version: rules come one after the other, so that the count holds.
    await db.batch([
      db.execute(sql`
        insert into ${platforms} (name, rules_version) values (${platform.name}, 1)
        on conflict (name) do update set rules_version = ${platforms}.rules_version + 1, updated_at = now()`),
      db.execute(sql`
        insert into ${accessRules} (id, platform, list, range, user_id, reason)
        select ${id}::uuid, ${platform.name}::text, ${list}::text, network(${range ?? null}::inet)::cidr,
          ${userId ?? null}::uuid, ${reason}::text
        where (select count(*) from ${accessRules} where platform = ${platform.name}) < ${RULES_MAX}`),
    ]);
  } catch (error) {
    if (violatedUnique(error) === 'access_rules_what') throw new NearcadeError('access_rule_exists');
    if (violatedForeignKey(error) !== undefined) throw new NearcadeError('player_not_found');
    throw error;
  }
  const [row] = await db.select().from(accessRules).where(eq(accessRules.id, id));
  await publishSettings(services, await readSettings(db, platform.name));
  if (row === undefined) throw new NearcadeError('access_rules_full');
  if (list === 'deny') await startTurningOut(services, userId);
  return toRule(row);
}

/** Throws `not_found`, also when another operator was quicker. */
export async function removeRule(services: Services, id: string): Promise<void> {
  const { db, platform } = services;
  const [, gone] = await db.batch([
    db.execute(sql`
      update ${platforms} set rules_version = rules_version + 1, updated_at = now() where name = ${platform.name}`),
    db
      .delete(accessRules)
      .where(and(eq(accessRules.platform, platform.name), eq(accessRules.id, id)))
      .returning({ id: accessRules.id }),
  ]);
  if (gone.length === 0) throw new NearcadeError('not_found', 'No such rule');
  const settings = await readSettings(db, platform.name);
  await publishSettings(services, settings);
  // Who was let in by that rule alone.
  if (settings.allowOnly) await startTurningOut(services);
}

const toRule = ({ id, list, range, userId, reason, createdAt }: typeof accessRules.$inferSelect) => ({
  id,
  list,
  range,
  userId,
  reason,
  createdAt: createdAt.toISOString(),
});
