import { sql } from 'drizzle-orm';
import { describeError, log } from '#edge/http/log.ts';
import type { Services } from '#edge/services.ts';
import { saveShares, saves } from '#edge/store/schema.ts';
import { SAVE_TABLE } from '#shared/lifecycles/saves.ts';
import { statesThatTake } from '#shared/state-machine.ts';
import { isGoodShare } from './shares.ts';

/** Seconds after its link ended in which an upload that had begun may still arrive, and be completed. */
const LATE_UPLOAD_S = 3600;

/** Objects to delete in one turn: a Worker may make 1000 requests, and the turn before took a minute's worth. */
const BATCH = 200;

/** How many of them at once: a Worker has six connections, and others need some. */
const AT_ONCE = 4;

/**
 * Gives up uploads that were never completed, and deletes the objects of what was deleted, then their rows. What the store does not
 * delete stays for the next turn. An object goes only when nothing can be put at its key any more, and nothing else refers to it.
 */
export async function cleanSaves({ db, objects }: Pick<Services, 'db' | 'objects'>): Promise<void> {
  const isLate = sql`upload_expires_at < now() - make_interval(secs => ${LATE_UPLOAD_S}::float8)`;
  const [, { rows }] = await db.batch([
    db.execute(sql`
      update ${saves} set state = 'deleted', deleted_at = now()
      where state in ${statesThatTake(SAVE_TABLE, 'expire')} and ${isLate}`),
    db.execute<{ id: string; key: string }>(sql`
      select id, object_key as key from ${saves} as save
      where state = 'deleted' and ${isLate} and not exists (
        select 1 from ${saves} as other where other.object_key = save.object_key and other.state <> 'deleted')
        and not exists (
          select 1 from ${saveShares} as share
          where share.object_key = save.object_key and ${isGoodShare(sql`share`, LATE_UPLOAD_S)})
      order by deleted_at limit ${BATCH}::int`),
  ]);
  const waiting = [...rows];
  const gone: string[] = [];
  let failure: unknown;
  const work = async () => {
    for (let next = waiting.pop(); next !== undefined && failure === undefined; next = waiting.pop()) {
      try {
        await objects.delete(next.key);
        gone.push(next.id);
      } catch (error) {
        failure = error;
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  if (gone.length > 0) {
    await db.execute(sql`
      delete from ${saves} where state = 'deleted'
        and id in (select value::uuid from jsonb_array_elements_text(${JSON.stringify(gone)}::jsonb))`);
  }
  if (failure !== undefined)
    log('warn', 'saves not deleted', { left: rows.length - gone.length, ...describeError(failure) });
}
