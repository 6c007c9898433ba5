import { type SQL, sql } from 'drizzle-orm';
import type { Database } from '#edge/store/database.ts';
import { activeDays } from '#edge/store/schema.ts';

/** How long it is kept who was active when: retention over two years back. */
const KEEP_DAYS = 800;

/**
 * The statement that notes that players are active today, as a part of the one that lets them in. `rows` is the FROM clause with
 * user_id of whom. Every session's player is noted by it: an access token that starts one is a few minutes old.
 */
export function noteActive(rows: SQL): SQL {
  return sql`
    insert into ${activeDays} (day, user_id) select (now() at time zone 'utc')::date, user_id from ${rows}
    on conflict do nothing`;
}

export async function deleteOldActiveDays(db: Database): Promise<void> {
  await db.execute(
    sql`delete from ${activeDays} where day < (now() at time zone 'utc')::date - ${KEEP_DAYS}::int`,
  );
}
