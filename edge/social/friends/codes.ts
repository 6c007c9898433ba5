import { randomInt } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { type Database, violatedUnique } from '#edge/store/database.ts';
import { friendCodes } from '#edge/store/schema.ts';
import { FRIEND_CODE_ALPHABET, FRIEND_CODE_LENGTH } from '#shared/api/friends.ts';
import { NearcadeError } from '#shared/errors.ts';

/** Tries at a code that nobody has: with a billion players one in a million misses. */
const CODE_TRIES = 3;

/** The code by which others find the user; made the first time that it is asked for. */
export function friendCodeOf(db: Database, userId: string): Promise<string> {
  return withFreshCode(async fresh => {
    const { rows } = await db.execute<{ code: string }>(sql`
      with made as (
        insert into ${friendCodes} (user_id, code) values (${userId}::uuid, ${fresh}::text)
        on conflict (user_id) do nothing returning code
      )
      select code from made union all
      select code from ${friendCodes} where user_id = ${userId}::uuid`);
    // Nothing: it was made in the same moment, after this statement began.
    return rows[0]?.code;
  });
}

/** Gives the user another code: who knows only the old one can't find them any more. */
export function renewFriendCode(db: Database, userId: string): Promise<string> {
  return withFreshCode(async code => {
    await db
      .insert(friendCodes)
      .values({ userId, code })
      .onConflictDoUpdate({ target: friendCodes.userId, set: { code, createdAt: sql`now()` } });
    return code;
  });
}

/** Whose code it is. Throws `player_not_found`. */
export async function userOfFriendCode(db: Database, code: string): Promise<string> {
  const [found] = await db
    .select({ userId: friendCodes.userId })
    .from(friendCodes)
    .where(eq(friendCodes.code, code));
  if (found === undefined) throw new NearcadeError('player_not_found', 'Nobody has this friend code');
  return found.userId;
}

async function withFreshCode(store: (code: string) => Promise<string | undefined>): Promise<string> {
  for (let attempt = 0; attempt < CODE_TRIES; attempt++) {
    try {
      const stored = await store(randomFriendCode());
      if (stored !== undefined) return stored;
    } catch (error) {
      if (violatedUnique(error) !== 'friend_codes_code') throw error;
    }
  }
  throw new NearcadeError('unavailable');
}

function randomFriendCode(): string {
  return Array.from({ length: FRIEND_CODE_LENGTH }, () =>
    FRIEND_CODE_ALPHABET.charAt(randomInt(FRIEND_CODE_ALPHABET.length)),
  ).join('');
}
