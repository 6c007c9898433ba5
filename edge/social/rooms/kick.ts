import { sql } from 'drizzle-orm';
import { pushOrdersIn } from '#edge/fleet/orders.ts';
import type { IdempotentRequest } from '#edge/http/idempotency.ts';
import { cutWhoLeft, takePlaceAway } from '#edge/play/put-out.ts';
import { hostOf } from '#edge/play/roster.ts';
import { settleSeats } from '#edge/play/seats/change.ts';
import type { Services } from '#edge/services.ts';
import { violatedUnique } from '#edge/store/database.ts';
import { resultOfRequest } from '#edge/store/requests.ts';
import { idempotencyKeys } from '#edge/store/schema.ts';
import { isBarred } from './entry.ts';
import { requireHost, ruleStatement, tellRoom } from './rooms.ts';

/**
 * Puts a player or spectator out of the room and keeps them out, and orders the node to cut them off, in one transaction. Only the
 * host may, and not themselves. Throws as `requireHost`, or `idempotency_key_reused`.
 */
export async function kickFromRoom(
  services: Services,
  sessionId: string,
  userId: string,
  reason: string,
  idempotency: IdempotentRequest,
): Promise<void> {
  const { db, live } = services;
  const { userId: actorId, key, requestHash } = idempotency;
  const isDone = sql`${isBarred(sessionId, userId)} and ${hostOf(sessionId)} = ${actorId}::uuid
    and ${userId}::uuid <> ${actorId}::uuid`;
  try {
    const [{ rows: barred }, { rows: places }, , ordered] = await db.batch([
      db.execute(ruleStatement(sessionId, actorId, userId, 'barred')),
      takePlaceAway(db, sessionId, userId, isDone),
      db.execute(sql`
        insert into ${idempotencyKeys} (user_id, key, request_hash, resource_id)
        select ${actorId}::uuid, ${key}::text, ${requestHash}::text, ${sessionId}::uuid where ${isDone}`),
      cutWhoLeft(db, userId, 'kicked'),
    ]);
    if (barred.length === 0) await requireHost(db, sessionId, actorId);
    await pushOrdersIn(services, [ordered]);
    if (places.length > 0) await settleSeats(services, sessionId);
    if (places.length > 0) await live.send([userId], { type: 'kicked', from: 'session', reason });
    await tellRoom(services, sessionId);
  } catch (error) {
    if (violatedUnique(error) !== 'idempotency_keys_user_id_key_pk') throw error;
    await resultOfRequest(db, idempotency);
  }
}
