import { and, eq, isNull, sql } from 'drizzle-orm';
import { noteActive } from '#edge/admin/numbers/active-days.ts';
import { networkAddress } from '#edge/http/client-address.ts';
import { hashSecret, newSecret } from '#edge/http/secrets.ts';
import type { Live } from '#edge/live/live.ts';
import type { Services } from '#edge/services.ts';
import type { Database } from '#edge/store/database.ts';
import { refreshTokens, signIns, users } from '#edge/store/schema.ts';
import { NearcadeError } from '#shared/errors.ts';
import { REFRESH_GRACE_S, REFRESH_TOKEN_TTL_S } from '#shared/limits.ts';
import type { AccountRole } from '#shared/roles.ts';
import { refusalOf } from './users.ts';

/** How long a rotated token is remembered, so that its theft is noticed when it is used again. */
const ROTATED_KEEP_S = 7 * 24 * 3600;

const seconds = (value: number) => sql`make_interval(secs => ${value}::float8)`;
/** When a token made now runs out. */
export const refreshTokenExpiry = sql`now() + ${seconds(REFRESH_TOKEN_TTL_S)}`;

export interface Refreshed {
  signInId: string;
  refreshToken: string;
}

/**
 * Exchanges a refresh token for the next one of its family; each works once (RFC 9700, 4.14.2). The one exchanged last
 * still works for a few seconds, since two tabs refresh at the same moment; any older one was copied by somebody:
 * then the whole family ends. Throws `unauthenticated`, `refresh_reused` or `banned`.
 */
export async function rotateRefreshToken(
  services: Pick<Services, 'db' | 'live' | 'clientAddress' | 'platform'>,
  token: string,
): Promise<Refreshed> {
  const { db, live } = services;
  const used = hashSecret(token);
  const refreshToken = newSecret();
  const next = hashSecret(refreshToken);
  const signInId = (await exchange(services, used, next)) ?? (await exchangeAgain(db, used, next));
  if (signInId !== undefined) return { signInId, refreshToken };
  throw await refusal(db, live, used);
}

/** Whose token it is, whatever it is worth. */
export async function userOfRefreshToken(
  db: Database,
  token: string,
): Promise<{ id: string; role: AccountRole } | undefined> {
  const [user] = await db
    .select({ id: users.id, role: users.role })
    .from(refreshTokens)
    .innerJoin(signIns, eq(signIns.id, refreshTokens.signInId))
    .innerJoin(users, eq(users.id, signIns.userId))
    .where(eq(refreshTokens.tokenHash, hashSecret(token)));
  return user;
}

/** Deletes what is of no use any more. */
export async function deleteOldRefreshTokens(db: Database): Promise<void> {
  await db.batch([
    db.execute(sql`
      delete from ${refreshTokens} where expires_at < now() or rotated_at < now() - ${seconds(ROTATED_KEEP_S)}`),
    db.execute(sql`
      delete from ${signIns} where created_at < now() - ${seconds(REFRESH_GRACE_S)}
        and not exists (select 1 from ${refreshTokens} where sign_in_id = ${signIns.id})`),
  ]);
}

/**
 * The usual case. Whatever happens to one family takes its turn at the sign-in's row: two exchanges never wait for each other's
 * tokens, and none slips past the end of the sign-in. A sibling (from the grace period) is retired with it, so that of two holders of one family's tokens
 * the later is always noticed.
 */
async function exchange(
  { db, clientAddress, platform }: Pick<Services, 'db' | 'clientAddress' | 'platform'>,
  used: string,
  next: string,
): Promise<string | undefined> {
  const { rows } = await db.execute<{ id: string }>(sql`
    with family as (
      select sign_in.id, sign_in.user_id from ${signIns} as sign_in
      where sign_in.ended_at is null
        and sign_in.id = (select sign_in_id from ${refreshTokens} where token_hash = ${used})
      for no key update
    ), used as (
      update ${refreshTokens} as token set rotated_at = now()
      from family
      where token.token_hash = ${used} and token.rotated_at is null and token.expires_at > now()
        and family.id = token.sign_in_id
      returning token.token_hash, token.parent_hash, token.sign_in_id
    ), retired as (
      update ${refreshTokens} as sibling set rotated_at = now()
      from used
      where sibling.parent_hash = used.parent_hash and sibling.token_hash <> used.token_hash
        and sibling.rotated_at is null
    ), touched as (
      update ${signIns} as sign_in
      set last_used_at = now(), address = ${networkAddress(clientAddress)}::inet, platform = ${platform.name}::text
      from used where sign_in.id = used.sign_in_id
    ), active as (${noteActive(sql`family where exists (select 1 from used)`)}
    )
    insert into ${refreshTokens} (token_hash, sign_in_id, parent_hash, expires_at)
    select ${next}::text, sign_in_id, token_hash, ${refreshTokenExpiry} from used
    returning sign_in_id as id`);
  return rows[0]?.id;
}

/** Within the grace period, while none of the tokens that came from `used` has been exchanged itself. */
async function exchangeAgain(db: Database, used: string, next: string): Promise<string | undefined> {
  const { rows } = await db.execute<{ id: string }>(sql`
    insert into ${refreshTokens} (token_hash, sign_in_id, parent_hash, expires_at)
    select ${next}::text, token.sign_in_id, token.token_hash, ${refreshTokenExpiry}
    from ${refreshTokens} as token join ${signIns} as sign_in on sign_in.id = token.sign_in_id
    where token.token_hash = ${used} and token.expires_at > now() and sign_in.ended_at is null
      and token.rotated_at > now() - ${seconds(REFRESH_GRACE_S)}
      and not exists (
        select 1 from ${refreshTokens} as child
        where child.parent_hash = token.token_hash and child.rotated_at is not null)
    returning sign_in_id as id`);
  return rows[0]?.id;
}

async function refusal(db: Database, live: Live, used: string): Promise<NearcadeError> {
  const [token] = await db
    .select({
      signInId: signIns.id,
      userId: signIns.userId,
      endReason: signIns.endReason,
      expired: sql<boolean>`${refreshTokens.expiresAt} <= now()`,
    })
    .from(refreshTokens)
    .innerJoin(signIns, eq(signIns.id, refreshTokens.signInId))
    .where(eq(refreshTokens.tokenHash, used));
  if (token?.endReason === 'banned') return refusalOf(db, token.userId);
  const endedOtherwise = token?.endReason != null && token.endReason !== 'refresh_reused';
  if (token === undefined || token.expired || endedOtherwise) {
    return new NearcadeError('unauthenticated');
  }
  await db
    .update(signIns)
    .set({ endedAt: sql`now()`, endReason: 'refresh_reused' })
    .where(and(eq(signIns.id, token.signInId), isNull(signIns.endedAt)));
  await live.cut(token.userId, [token.signInId], 'refresh_reused');
  return new NearcadeError('refresh_reused');
}
