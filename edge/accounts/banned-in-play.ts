import { sql } from 'drizzle-orm';
import { describeError, log } from '#edge/http/log.ts';
import { inPlay, putOutOfPlay } from '#edge/play/put-out-player.ts';
import type { Services } from '#edge/services.ts';
import { users } from '#edge/store/schema.ts';
import { notBanned } from './users.ts';

/** Players of one turn: some ten requests each, of the thousand that one invocation may make. */
const AT_ONCE = 50;

/** Cron: puts out who is banned and plays on all the same, since what banned them was cut off half-way. */
export async function putOutBanned(services: Services): Promise<void> {
  const { rows } = await services.db.execute<{ id: string }>(sql`
    select id from ${users} where id in (${inPlay}) and not ${notBanned} order by random() limit ${AT_ONCE}`);
  for (const { id } of rows) {
    try {
      await putOutOfPlay(services, id, 'banned');
    } catch (error) {
      log('error', 'banned and still in play', { userId: id, ...describeError(error) });
    }
  }
}
