import { describeError, log } from '#edge/http/log.ts';
import type { Services } from '#edge/services.ts';
import { redisKey } from '#edge/store/keys.ts';
import { NearcadeError } from '#shared/errors.ts';

const WINDOW_S = 60;

/**
 * Counts an act of the user in windows of a minute; throws `rate_limited` beyond `limit`. Without Redis everything is let
 * through: it is a courtesy to the others, and what must hold is bounded in Postgres.
 */
export async function allowRate(
  { hints }: Pick<Services, 'hints'>,
  what:
    | 'friend-asks'
    | 'party-acts'
    | 'chat'
    | 'club-acts'
    | 'room-invites'
    | 'invite-tokens'
    | 'save-share-tokens'
    | 'seat-claims'
    | 'room-numbers',
  userId: string,
  limit: number,
): Promise<void> {
  const key = redisKey.socialRate(what, userId);
  let count: number;
  try {
    [, count] = await hints
      .multi()
      .set(key, 0, { nx: true, ex: WINDOW_S })
      .incr(key)
      .exec<[unknown, number]>();
  } catch (error) {
    log('warn', 'rate not counted', { what, ...describeError(error) });
    return;
  }
  if (count > limit) throw new NearcadeError('rate_limited', 'Too many at once: wait a minute');
}
