import { sql } from 'drizzle-orm';
import { describeError, log } from '#edge/http/log.ts';
import { inPlay, putOutOfPlay } from '#edge/play/put-out-player.ts';
import { deletionOfRecordings } from '#edge/recordings/own.ts';
import { deletionOfSaves } from '#edge/saves/own.ts';
import type { Services } from '#edge/services.ts';
import { inClubs, leaveClubs } from '#edge/social/clubs/forget.ts';
import { leaveParties } from '#edge/social/forget.ts';
import { inParties } from '#edge/social/parties/parties.ts';
import { users } from '#edge/store/schema.ts';

/** Seconds after a deletion in which something of the account may still turn up: nodes put saves and recordings up for a day. */
const WATCH_S = 2 * 24 * 3600;

/** Accounts of one turn: some ten requests each, of the thousand that one invocation may make. */
const AT_ONCE = 50;

/** Has a deleted account play and host nothing, and be in no party and no club. Done again it changes nothing. */
export async function leaveEverything(services: Services, userId: string): Promise<void> {
  await putOutOfPlay(services, userId, 'signed_out', { hosted: 'player_quit' });
  await leaveParties(services, userId);
  await leaveClubs(services, userId);
}

/**
 * Cron: what was left when a deletion was cut off half-way, or came after it: a save of a game that still ran. Guests who were forgotten
 * leave their clubs by this alone.
 */
export async function finishDeletions(services: Services): Promise<void> {
  const { db } = services;
  const gone = sql`
    select id from ${users} where deleted_at > now() - make_interval(secs => ${WATCH_S}::float8)`;
  const [, , { rows }] = await db.batch([
    db.execute(deletionOfSaves(gone)),
    db.execute(deletionOfRecordings(gone)),
    db.execute<{ id: string }>(sql`
      ${gone} and id in (${inPlay} union all ${inParties} union all ${inClubs}) order by random() limit ${AT_ONCE}`),
  ]);
  for (const { id } of rows) {
    try {
      await leaveEverything(services, id);
    } catch (error) {
      log('error', 'deletion not finished', { userId: id, ...describeError(error) });
    }
  }
}
