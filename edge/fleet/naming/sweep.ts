import { sql } from 'drizzle-orm';
import { log } from '#edge/http/log.ts';
import type { Services } from '#edge/services.ts';
import { nodeNameSweeps, nodeNames } from '#edge/store/schema.ts';
import { differenceOf, recordsOf } from './apply.ts';
import type { Zone, ZoneRecord } from './zone.ts';

/** Seconds between two comparisons: they find what nothing else does, a record whose name the database has forgotten, or that a person has changed. */
const SWEEP_EVERY_S = 600;

/** Milliseconds for the list. */
const LIST_MS = 20_000;

/** Of no program start: nobody has asked. */
const NOBODY = '00000000-0000-0000-0000-000000000000';

interface Row extends Record<string, unknown> {
  hostname: string;
  ipv4: string | null;
  ipv6: string | null;
  wanted: boolean;
  version: number;
}

/**
 * Holds the zone against the names, when it is time: what differs is due to be applied, also the removal of records of ours that no name
 * knows, as after a restored database. It changes nothing in the zone itself: only who has claimed a name does.
 */
export async function sweepZone({ db }: Pick<Services, 'db'>, zone: Zone): Promise<void> {
  if (!(await isTime(db))) return;
  // Records first: a name that is noted after they were listed is not taken for one without a record's name.
  const byName = Map.groupBy(await zone.ownRecords(AbortSignal.timeout(LIST_MS)), ({ name }) => name);
  const { rows } = await db.execute<Row>(sql`
    select hostname, ipv4, ipv6, wanted, version from ${nodeNames}
    where applied_version = version or hostname in (
      select jsonb_array_elements_text(${JSON.stringify([...byName.keys()])}::jsonb))`);
  const known = new Set(rows.map(({ hostname }) => hostname));
  const unknown = [...byName.keys()].filter(hostname => !known.has(hostname));
  const changed = rows.filter(row => isChanged(row, byName.get(row.hostname) ?? []));
  if (unknown.length + changed.length === 0) return;
  log('warn', 'the zone is not as the names are', {
    unknown,
    changed: changed.map(({ hostname }) => hostname),
  });
  await db.batch([
    db.execute(sql`
      insert into ${nodeNames} (hostname, node_id, boot_id, wanted)
      select hostname, split_part(hostname, '.', 1), ${NOBODY}::uuid, false
      from jsonb_array_elements_text(${JSON.stringify(unknown)}::jsonb) as hostname
      on conflict (hostname) do nothing`),
    db.execute(sql`
      update ${nodeNames} as name set version = name.version + 1, next_try_at = now()
      from jsonb_to_recordset(${JSON.stringify(changed)}::jsonb) as seen(hostname text, version int)
      where name.hostname = seen.hostname and name.version = seen.version and name.applied_version = name.version`),
  ]);
}

function isChanged(row: Row, found: readonly ZoneRecord[]): boolean {
  return differenceOf(recordsOf(row), found) !== undefined;
}

async function isTime(db: Services['db']): Promise<boolean> {
  const { rows } = await db.execute(sql`
    insert into ${nodeNameSweeps} as sweep (id, swept_at) values (1, now())
    on conflict (id) do update set swept_at = now()
    where sweep.swept_at < now() - make_interval(secs => ${SWEEP_EVERY_S}::float8)
    returning 1`);
  return rows.length > 0;
}
