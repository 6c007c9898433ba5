import { sql } from 'drizzle-orm';
import type { Services } from '#edge/services.ts';
import type { Database } from '#edge/store/database.ts';
import { sessionMembers, sessions } from '#edge/store/schema.ts';
import { paysFor } from '#edge/wallet/session-holds.ts';
import { NearcadeError } from '#shared/errors.ts';
import { membershipOf } from '../members.ts';
import { hostOf } from '../roster.ts';
import { changeSeats } from './change.ts';

/** Throws `session_not_found`, `session_over`, or `forbidden` to who is in it and not its host now. */
export async function requireHost(db: Database, sessionId: string, userId: string): Promise<void> {
  const member = await membershipOf(db, sessionId, userId);
  if (member === undefined) throw new NearcadeError('session_not_found');
  const { endReason } = member.session;
  if (endReason !== null) throw new NearcadeError('session_over', undefined, { details: { endReason } });
  const { rows } = await db.execute<{ host: string | null }>(sql`select ${hostOf(sessionId)} as host`);
  if (rows[0]?.host !== userId) throw new NearcadeError('forbidden', 'Only the host decides about seats');
}

/**
 * Makes a player of the session its host, by who is it now: they decide about it from then on, and their quitting ends it. Seats stay
 * as they are. Throws `forbidden`, `session_not_found` (also about who has no seat there), `session_over`, or `host_pays`: nobody
 * else may spend the credits of who pays.
 */
export async function handOverHost(
  services: Services,
  hostId: string,
  sessionId: string,
  userId: string,
): Promise<void> {
  const [handed] = await changeSeats(services, sessionId, [
    sql`
      with handed as (
        update ${sessions} as session set host_id = ${userId}::uuid
        from ${sessionMembers} as heir
        where session.id = ${sessionId}::uuid and session.ended_at is null and ${hostOf(sessionId)} = ${hostId}::uuid
          and heir.session_id = session.id and heir.user_id = ${userId}::uuid and heir.active and heir.role = 'player'
          and not ${paysFor(sessionId, hostId)}
        returning session.id
      )
      update ${sessionMembers} as member set moved = true from handed
      where member.session_id = handed.id and member.active and member.user_id in (${hostId}::uuid, ${userId}::uuid)
      returning member.user_id`,
  ]);
  if (handed !== undefined && handed.length > 0) return;
  await requireHost(services.db, sessionId, hostId);
  const { rows } = await services.db.execute<{ pays: boolean }>(
    sql`select ${paysFor(sessionId, hostId)} as pays`,
  );
  if (rows[0]?.pays === true) throw new NearcadeError('host_pays');
  throw new NearcadeError('session_not_found', 'They have no seat in this session');
}
