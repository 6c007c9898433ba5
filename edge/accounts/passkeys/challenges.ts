import { lt, type SQL, sql } from 'drizzle-orm';
import { z } from 'zod';
import { hashSecret, newSecret } from '#edge/http/secrets.ts';
import type { Database } from '#edge/store/database.ts';
import { type PasskeyCeremony, passkeyChallenges } from '#edge/store/schema.ts';
import { wrongField } from '#shared/errors.ts';

/** Seconds to answer a challenge: the time that WebAuthn (section 15.1) recommends where users have to be verified. */
export const CHALLENGE_TTL_S = 300;

export interface Challenge {
  /** 256 random bits, base64url. */
  value: string;
  ceremony: PasskeyCeremony;
  /** Who alone may answer it. */
  holderHash: string;
}

export function newChallenge(ceremony: PasskeyCeremony, holderHash: string): Challenge {
  return { value: newSecret(), ceremony, holderHash };
}

/** The statement that keeps `challenge`; `onlyIf` keeps it back. Answers a row when it was kept. */
export function keepChallenge({ value, ceremony, holderHash }: Challenge, onlyIf: SQL = sql`true`): SQL {
  return sql`
    insert into ${passkeyChallenges} (challenge_hash, ceremony, holder_hash, expires_at)
    select ${hashSecret(value)}::text, ${ceremony}::text, ${holderHash}::text,
      now() + make_interval(secs => ${CHALLENGE_TTL_S}::float8)
    where ${onlyIf}
    returning 1`;
}

/** The statement, for use as a CTE, that takes `challenge` for good: a row if it was open and its holder's. */
export function takeChallenge({ value, ceremony, holderHash }: Challenge): SQL {
  return sql`
    delete from ${passkeyChallenges}
    where challenge_hash = ${hashSecret(value)} and ceremony = ${ceremony} and holder_hash = ${holderHash}
      and expires_at > now()
    returning 1`;
}

const clientDataSchema = z.object({ challenge: z.string().max(1024) });

/** The challenge that a response says it answers; whether it does is for the verification to find. */
export function challengeOf(clientDataJSON: string): string {
  try {
    const json: unknown = JSON.parse(Buffer.from(clientDataJSON, 'base64url').toString());
    return clientDataSchema.parse(json).challenge;
  } catch (cause) {
    throw wrongField('credential.response.clientDataJSON', 'no client data of WebAuthn', cause);
  }
}

export async function deleteOldChallenges(db: Database): Promise<void> {
  await db.delete(passkeyChallenges).where(lt(passkeyChallenges.expiresAt, sql`now()`));
}
