import { randomBytes, randomInt } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { isPublished } from '#edge/catalog/games.ts';
import { reconcile } from '#edge/fleet/reconcile.ts';
import { claimSlot, pickFreeSlot } from '#edge/fleet/slots.ts';
import type { IdempotentRequest } from '#edge/http/idempotency.ts';
import type { Services } from '#edge/services.ts';
import { type Database, violatedUnique } from '#edge/store/database.ts';
import { resultOfRequest } from '#edge/store/requests.ts';
import { idempotencyKeys, sessionMembers, sessions } from '#edge/store/schema.ts';
import type { Admission } from '#shared/api/play.ts';
import { NearcadeError } from '#shared/errors.ts';
import { RESERVATION_TTL_S } from '#shared/limits.ts';
import { admit, type Player } from './admission.ts';
import { currentMembership } from './members.ts';

/** Tries at a room number that no live session has: with 10,000 live ones each try misses one time in 90. */
const ROOM_NUMBER_TRIES = 5;

export interface CreateRequest {
  game: string;
  /** In the order to try. */
  regions: readonly string[];
}

type Allocation = { sessionId: string } | 'nothing' | 'in_session' | 'room_number_taken';

/**
 * Claims a slot and makes the session of it, with the player as its host. Done twice, also at once, it answers the first session.
 * Throws `game_not_found`, `no_capacity`, `already_in_session` (details.sessionId) or `idempotency_key_reused`.
 */
export async function createSession(
  services: Services,
  player: Player,
  request: CreateRequest,
  idempotency: IdempotentRequest,
): Promise<Admission> {
  const refused = await tryCreate(services, player, request, idempotency);
  if (!(refused instanceof NearcadeError)) return refused;
  if (refused.code !== 'no_capacity' && refused.code !== 'already_in_session') throw refused;
  // What is in the way may have run out a moment ago: don't wait for the reconciler's next turn.
  await reconcile(services);
  const again = await tryCreate(services, player, request, idempotency);
  if (again instanceof NearcadeError) throw again;
  return again;
}

async function tryCreate(
  services: Services,
  player: Player,
  request: CreateRequest,
  idempotency: IdempotentRequest,
): Promise<Admission | NearcadeError> {
  const { db } = services;
  const allocation = await allocateWithRoom(db, request, idempotency);
  if (typeof allocation === 'object') return admit(services, player, allocation.sessionId);
  const earlier = await resultOfRequest(db, idempotency);
  if (earlier !== undefined) return admit(services, player, earlier);
  const current = await currentMembership(db, player.sub);
  if (current?.role === 'player') {
    return new NearcadeError('already_in_session', undefined, { details: { sessionId: current.session.id } });
  }
  if (allocation === 'in_session') return new NearcadeError('already_in_session');
  return new NearcadeError((await isPublished(db, request.game)) ? 'no_capacity' : 'game_not_found');
}

async function allocateWithRoom(
  db: Database,
  request: CreateRequest,
  idempotency: IdempotentRequest,
): Promise<Allocation> {
  for (let attempt = 0; attempt < ROOM_NUMBER_TRIES; attempt++) {
    const allocation = await allocate(db, request, idempotency);
    if (allocation !== 'room_number_taken') return allocation;
  }
  throw new NearcadeError('unavailable');
}

/**
 * One statement: pick and lock a free slot, note the idempotency key, raise the slot's epoch, make the session and its
 * host. When any part finds nothing or runs into a constraint, none of it has happened.
 */
async function allocate(
  db: Database,
  request: CreateRequest,
  idempotency: IdempotentRequest,
): Promise<Allocation> {
  const sessionId = crypto.randomUUID();
  const roomNumber = String(randomInt(100_000, 1_000_000));
  const inviteCode = randomBytes(12).toString('base64url');
  const { userId, key, requestHash } = idempotency;
  try {
    const { rows } = await db.execute(sql`
      with picked as (${pickFreeSlot(request.game, request.regions)}
      ), first_time as (
        insert into ${idempotencyKeys} (user_id, key, request_hash, resource_id)
        select ${userId}::uuid, ${key}::text, ${requestHash}::text, ${sessionId}::uuid from picked
        on conflict do nothing
        returning resource_id
      ), claimed as (${claimSlot(sql`picked`, sql`first_time`, sessionId)}
      ), session as (
        insert into ${sessions}
          (id, room_number, invite_code, game, game_version, owner_id, node_id, slot, epoch, state, reserved_until)
        select ${sessionId}::uuid, ${roomNumber}::text, ${inviteCode}::text, ${request.game}::text, picked.game_version,
          ${userId}::uuid, claimed.node_id, claimed.index, claimed.epoch, 'reserved',
          now() + make_interval(secs => ${RESERVATION_TTL_S}::float8)
        from claimed, picked
        returning id
      )
      insert into ${sessionMembers} (session_id, user_id, role, seat)
      select id, ${userId}::uuid, 'player', 1 from session
      returning session_id`);
    return rows.length === 1 ? { sessionId } : 'nothing';
  } catch (error) {
    const constraint = violatedUnique(error);
    if (constraint === 'session_members_one_seat') return 'in_session';
    if (constraint === 'sessions_live_room') return 'room_number_taken';
    throw error;
  }
}
