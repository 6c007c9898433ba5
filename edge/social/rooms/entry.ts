import { type SQL, type SQLWrapper, sql } from 'drizzle-orm';
import { roomRules, rooms } from '#edge/store/schema.ts';

type Id = string | SQLWrapper;

/** As a condition: whether the host has put this player out of the session's room. Nothing but the host lets them in again. */
export const isBarred = (sessionId: Id, userId: Id): SQL => ruleSays(sessionId, userId, 'barred');

/** As a condition: whether the host has listed this player. */
export const isAllowed = (sessionId: Id, userId: Id): SQL => ruleSays(sessionId, userId, 'allowed');

/**
 * As a condition: whether the room takes in somebody who has not been in it before. Its host and who has been in are for the
 * caller to let through.
 */
export const isOpenTo = (sessionId: Id, userId: Id): SQL => sql`not exists (
  select 1 from ${rooms} as room
  where room.session_id = ${sessionId}::uuid
    and (room.locked or (room.listed_only and not ${isAllowed(sessionId, userId)})))`;

const ruleSays = (sessionId: Id, userId: Id, rule: 'allowed' | 'barred'): SQL => sql`exists (
  select 1 from ${roomRules} as rule
  where rule.session_id = ${sessionId}::uuid and rule.user_id = ${userId}::uuid and rule.rule = ${rule})`;
