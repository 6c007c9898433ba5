import { eq, sql } from 'drizzle-orm';
import { z } from 'zod';
import { profilesOf } from '#edge/accounts/profiles.ts';
import { type Membership, membershipOf } from '#edge/play/members.ts';
import { hostOf, rosterOf } from '#edge/play/roster.ts';
import type { Services } from '#edge/services.ts';
import { decodeCursor, toPage } from '#edge/store/cursor.ts';
import type { Database } from '#edge/store/database.ts';
import { roomRules, rooms } from '#edge/store/schema.ts';
import type { Page } from '#shared/api/page.ts';
import type { Room, roomRuleSchema, ruledPlayerSchema } from '#shared/api/rooms.ts';
import { NearcadeError, wrongField } from '#shared/errors.ts';
import { openVoteOf } from './vote-view.ts';

/** Players that a host may list as allowed or put out: more than any room holds. */
const MAX_ROOM_RULES = 200;

/** The room as somebody sees it who is in it. Throws `session_not_found` or `forbidden` (has left). */
export async function getRoom(db: Database, sessionId: string, userId: string): Promise<Room> {
  const { session } = await requireInRoom(db, sessionId, userId);
  const roster = await rosterOf(db, [sessionId]);
  const profiles = await profilesOf(
    db,
    roster.map(entry => entry.userId),
  );
  const [row] = await db.select().from(rooms).where(eq(rooms.sessionId, sessionId));
  return {
    sessionId,
    roomNumber: session.roomNumber,
    hostId: await hostIdOf(db, sessionId),
    locked: row?.locked ?? false,
    listedOnly: row?.listedOnly ?? false,
    members: roster.map(({ userId: id, role, seat }) => ({
      userId: id,
      displayName: profiles.get(id)?.displayName ?? '',
      role,
      seat,
    })),
    ...(await openVoteOf(db, sessionId)),
  };
}

/** Locks the room or limits it to listed players, or ends either. Throws as `requireHost`. */
export async function changeRoom(
  db: Database,
  sessionId: string,
  actorId: string,
  {
    locked = null,
    listedOnly = null,
  }: { locked?: boolean | null | undefined; listedOnly?: boolean | null | undefined },
): Promise<void> {
  const { rows } = await db.execute(sql`
    insert into ${rooms} (session_id, locked, listed_only)
    select ${sessionId}::uuid, coalesce(${locked}::boolean, false), coalesce(${listedOnly}::boolean, false)
    where ${hostOf(sessionId)} = ${actorId}::uuid
    on conflict (session_id) do update set locked = coalesce(${locked}::boolean, ${rooms}.locked),
      listed_only = coalesce(${listedOnly}::boolean, ${rooms}.listed_only)
    returning 1`);
  if (rows.length === 0) await requireHost(db, sessionId, actorId);
}

/** Lists a player as allowed, which also ends that they were put out. Throws as `requireHost`. */
export async function allowPlayer(
  db: Database,
  sessionId: string,
  actorId: string,
  userId: string,
): Promise<void> {
  const { rows } = await db.execute(ruleStatement(sessionId, actorId, userId, 'allowed'));
  if (rows.length === 0) await requireHost(db, sessionId, actorId);
}

/** Says something about one player, if the actor is the room's host now; a statement that answers a row when it did. */
export function ruleStatement(
  sessionId: string,
  actorId: string,
  userId: string,
  rule: z.infer<typeof roomRuleSchema>,
) {
  return sql`
    insert into ${roomRules} (session_id, user_id, rule)
    select ${sessionId}::uuid, ${userId}::uuid, ${rule}
    where ${hostOf(sessionId)} = ${actorId}::uuid and ${userId}::uuid <> ${actorId}::uuid
      and ${MAX_ROOM_RULES} > (
        select count(*) from ${roomRules} where session_id = ${sessionId}::uuid and user_id <> ${userId}::uuid)
    on conflict (session_id, user_id) do update set rule = excluded.rule, created_at = now()
    returning 1`;
}

/**
 * Lists a player as allowed who comes by a link that `inviterId` made, if that is the host now. Whoever was put out stays out.
 */
export async function admitByHost(
  db: Database,
  sessionId: string,
  inviterId: string,
  userId: string,
): Promise<void> {
  await db.execute(sql`
    insert into ${roomRules} (session_id, user_id, rule)
    select ${sessionId}::uuid, ${userId}::uuid, 'allowed'
    where ${hostOf(sessionId)} = ${inviterId}::uuid
      and (select count(*) from ${roomRules} where session_id = ${sessionId}::uuid) < ${MAX_ROOM_RULES}
    on conflict do nothing`);
}

/** Takes a player off the list. Throws as `requireHost`. */
export async function forgetPlayer(
  db: Database,
  sessionId: string,
  actorId: string,
  userId: string,
): Promise<void> {
  const { rows } = await db.execute(sql`
    with host as (select 1 where ${hostOf(sessionId)} = ${actorId}::uuid), forgotten as (
      delete from ${roomRules}
      where session_id = ${sessionId}::uuid and user_id = ${userId}::uuid and exists (select 1 from host)
    )
    select 1 from host`);
  if (rows.length === 0) await requireHost(db, sessionId, actorId);
}

/** Who is allowed and who was put out, the oldest first. Throws as `requireHost`. */
export async function listRules(
  db: Database,
  sessionId: string,
  actorId: string,
  { cursor, limit }: { cursor?: string | undefined; limit: number },
): Promise<Page<z.input<typeof ruledPlayerSchema>>> {
  if ((await hostIdOf(db, sessionId)) !== actorId) await requireHost(db, sessionId, actorId);
  const after = decodeCursor(z.tuple([z.uuid()]), cursor);
  const { rows } = await db.execute<{ user_id: string; rule: 'allowed' | 'barred'; created_at: string }>(sql`
    select user_id, rule, created_at from ${roomRules}
    where session_id = ${sessionId}::uuid and ${after === undefined ? sql`true` : sql`user_id > ${after[0]}::uuid`}
    order by user_id limit ${limit + 1}`);
  const { items, nextCursor } = toPage(rows, limit, row => [row.user_id]);
  const profiles = await profilesOf(
    db,
    items.map(row => row.user_id),
  );
  return {
    items: items.map(row => ({
      userId: row.user_id,
      displayName: profiles.get(row.user_id)?.displayName ?? '',
      rule: row.rule,
      since: new Date(row.created_at).toISOString(),
    })),
    nextCursor,
  };
}

/** Throws `session_not_found` to who never was in the session, `session_over`, or `forbidden` to who has left it. */
export async function requireInRoom(db: Database, sessionId: string, userId: string): Promise<Membership> {
  const member = await membershipOf(db, sessionId, userId);
  if (member === undefined) throw new NearcadeError('session_not_found');
  const { endReason } = member.session;
  if (endReason !== null) throw new NearcadeError('session_over', undefined, { details: { endReason } });
  if (!member.active) throw new NearcadeError('forbidden', 'You have left this session');
  return member;
}

/** Throws as `requireInRoom`, and what else keeps `userId` from acting as the host. */
export async function requireHost(db: Database, sessionId: string, userId: string): Promise<void> {
  await requireInRoom(db, sessionId, userId);
  if ((await hostIdOf(db, sessionId)) !== userId) {
    throw new NearcadeError('forbidden', "Only the room's host may do that");
  }
  throw wrongField('userId', `not yourself, and not more than ${MAX_ROOM_RULES} players`);
}

async function hostIdOf(db: Database, sessionId: string): Promise<string | null> {
  const { rows } = await db.execute<{ host: string | null }>(sql`select ${hostOf(sessionId)} as host`);
  return rows[0]?.host ?? null;
}

/** Tells everybody in the room to read it again. */
export async function tellRoom(
  { db, live }: Pick<Services, 'db' | 'live'>,
  sessionId: string,
): Promise<void> {
  const roster = await rosterOf(db, [sessionId]);
  await live.send(
    roster.map(entry => entry.userId),
    { type: 'room_changed', sessionId },
  );
}
