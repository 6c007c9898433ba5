import { sql } from 'drizzle-orm';
import type { Services } from '#edge/services.ts';
import { recordings } from '#edge/store/schema.ts';

/** Recordings to delete in one turn, one after another: there are few. */
const BATCH = 20;

/**
 * Deletes what has expired, was deleted or was never complete: the object, then the row. Not while a link is good by which it could be
 * put there again. What the store does not delete stays for the next turn.
 */
export async function cleanRecordings({ db, objects }: Pick<Services, 'db' | 'objects'>): Promise<void> {
  const { rows } = await db.execute<{ id: string; key: string }>(sql`
    select id, object_key as key from ${recordings}
    where expires_at <= now() and upload_expires_at <= now() order by expires_at limit ${BATCH}::int`);
  for (const { id, key } of rows) {
    await objects.delete(key);
    await db.execute(sql`delete from ${recordings} where id = ${id}::uuid and expires_at <= now()`);
  }
}
