import type { z } from 'zod';
import { membershipOf } from '#edge/play/members.ts';
import type { Services } from '#edge/services.ts';
import { orUnavailable } from '#edge/store/hints.ts';
import { redisKey } from '#edge/store/keys.ts';
import { type Presence, presenceSchema, type putPresenceRequestSchema } from '#shared/api/presence.ts';
import { NearcadeError } from '#shared/errors.ts';
import { PRESENCE_TTL_S } from '#shared/limits.ts';

const WHAT = 'Presence';

/**
 * Says where a user is until PRESENCE_TTL_S from now. A session can be named only by somebody who is in it. Throws
 * `session_not_found`; without Redis `unavailable`, which stops nothing but presence.
 */
export async function putPresence(
  services: Services,
  userId: string,
  { status, sessionId }: z.output<typeof putPresenceRequestSchema>,
): Promise<void> {
  const game = sessionId === null ? null : await gameOf(services, userId, sessionId);
  const before = await readPresence(services, userId);
  const unchanged = before !== null && before.status === status && before.sessionId === sessionId;
  const since = (unchanged ? before.since : null) ?? services.now().toISOString();
  const presence: Presence = { userId, status, sessionId, game, since };
  await orUnavailable(WHAT, () =>
    services.hints.set(redisKey.presence(userId), presence, { ex: PRESENCE_TTL_S }),
  );
}

/** Where a user is; offline when nothing has been heard of them lately. */
export async function getPresence(services: Services, userId: string): Promise<Presence> {
  const found = await readPresence(services, userId);
  return found ?? { userId, status: 'offline', sessionId: null, game: null, since: null };
}

async function readPresence({ hints }: Services, userId: string): Promise<Presence | null> {
  const stored = await orUnavailable(WHAT, () => hints.get<unknown>(redisKey.presence(userId)));
  return presenceSchema.safeParse(stored).data ?? null;
}

async function gameOf({ db }: Services, userId: string, sessionId: string): Promise<string> {
  const member = await membershipOf(db, sessionId, userId);
  if (member === undefined || !member.active) throw new NearcadeError('session_not_found');
  return member.session.game;
}
