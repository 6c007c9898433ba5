import type { Database } from '#edge/store/database.ts';
import type { CurrentPlace } from '#shared/api/play.ts';
import { currentMembership } from './members.ts';
import { keepPlace } from './queue.ts';
import { placeOf } from './queue-places.ts';
import { toSession } from './session-rows.ts';

/** Where the user is now, and can come back to; null: nowhere. It is a sign of life: a place in the queue is kept. */
export async function currentPlace(db: Database, userId: string): Promise<CurrentPlace | null> {
  const found = await currentMembership(db, userId);
  if (found === undefined) return null;
  const { session, role, seat, host } = found;
  let queue: CurrentPlace['queue'] = null;
  if (session.state === 'queued') {
    await keepPlace(db, session.id);
    queue = (await placeOf(db, session.id)) ?? null;
  }
  return { session: toSession(session), role, seat, host, queue };
}
