import { and, desc, eq, gt, isNull, type SQL, sql } from 'drizzle-orm';
import { noteActive } from '#edge/admin/numbers/active-days.ts';
import { type Doorkeeping, entryRefusal, STAFF_SQL } from '#edge/admin/platform/entry.ts';
import { networkAddress } from '#edge/http/client-address.ts';
import { describeError, log } from '#edge/http/log.ts';
import { hashSecret, newSecret } from '#edge/http/secrets.ts';
import { currentPlace } from '#edge/play/current.ts';
import type { Services } from '#edge/services.ts';
import type { SignInEndReason } from '#edge/store/schema/accounts.ts';
import { refreshTokens, signIns, users } from '#edge/store/schema.ts';
import type { AccessClaims, SignIn, User } from '#shared/api/accounts.ts';
import type { DeviceSignIn } from '#shared/api/my-account.ts';
import { NearcadeError } from '#shared/errors.ts';
import { ACCESS_TOKEN_TTL_S, PROOF_TTL_S } from '#shared/limits.ts';
import { signAccessToken } from './access-tokens.ts';
import type { Device } from './devices.ts';
import { type Refreshed, refreshTokenExpiry } from './refresh-tokens.ts';
import { notBanned, publicUser, refusalOf } from './users.ts';

/** A sign-in and the secrets that go into its cookies. */
export interface SignedIn {
  signIn: SignIn;
  refreshToken: string;
  /** Undefined when the device keeps the cookie that it has. */
  device: Device | undefined;
}

/** What has been proved of a user, so that a sign-in with a password that was changed meanwhile begins nothing. */
export interface Proof {
  passwordHash?: string;
}

/**
 * Signs a user in who has just proved who they are, by whatever means. Throws `banned`, or `unauthenticated` when the account
 * has been deleted or the proof holds no longer; `maintenance` and `access_denied` to who is kept out for now.
 */
export async function beginSignIn(
  services: Pick<Services, 'keys'> & Doorkeeping,
  user: Pick<User, 'id'>,
  device: Device,
  proof: Proof = {},
): Promise<SignedIn> {
  const refreshToken = newSecret();
  const refusal = await entryRefusal(services, { userId: user.id }, 'sign_in');
  // The lock on the user's row makes whatever ends all sign-ins come before this one or end it too.
  const { rows } = await services.db.execute<{ id: string }>(sql`
    with account as (
      select id from ${users}
      where id = ${user.id}::uuid and deleted_at is null and ${notBanned}
        and ${proof.passwordHash === undefined ? sql`true` : sql`password_hash = ${proof.passwordHash}`}
        and (${refusal === undefined} or role in (${STAFF_SQL}))
      for share
    ), sign_in as (
      insert into ${signIns} (user_id, device_hash, device_name, address, platform)
      select id, ${device.hash}::text, ${device.name}::text, ${networkAddress(services.clientAddress)}::inet,
        ${services.platform.name}::text from account
      returning id, user_id
    ), active as (${noteActive(sql`sign_in`)}
    )
    insert into ${refreshTokens} (token_hash, sign_in_id, expires_at)
    select ${hashSecret(refreshToken)}::text, id, ${refreshTokenExpiry} from sign_in
    returning sign_in_id as id`);
  const signInId = rows[0]?.id;
  if (signInId === undefined) {
    const reason = await refusalOf(services.db, user.id);
    throw reason.code === 'banned' ? reason : (refusal ?? reason);
  }
  const found = await userOfSignIn(services, signInId);
  return signedIn(services, found, { signInId, refreshToken }, device);
}

/** The user of a sign-in that has not ended; throws `unauthenticated` or `banned`. */
export async function userOfSignIn({ db }: Pick<Services, 'db'>, signInId: string): Promise<User> {
  const [found] = await db
    .select({ user: publicUser, allowed: sql<boolean>`${notBanned}` })
    .from(signIns)
    .innerJoin(users, eq(users.id, signIns.userId))
    .where(and(eq(signIns.id, signInId), isNull(signIns.endedAt)));
  if (found === undefined) throw new NearcadeError('unauthenticated');
  if (!found.allowed) throw await refusalOf(db, found.user.id);
  return found.user;
}

/**
 * Condition: the sign-in that an access token came from has not ended. For statements whose effect must not wait until the token
 * runs out: who was banned or signed out a minute ago begins no game.
 */
export const signInHolds = (claims: { sid: string | SQL }) => sql<boolean>`exists (
  select 1 from ${signIns} as caller where caller.id = ${claims.sid}::uuid and caller.ended_at is null)`;

/** An access token for a sign-in that was just begun or refreshed. */
export async function signedIn(
  services: Pick<Services, 'db' | 'keys' | 'now'>,
  user: User,
  refreshed: Refreshed,
  device: Device | undefined,
): Promise<SignedIn> {
  const [accessToken, current] = await Promise.all([
    signAccessToken(services.keys, user, refreshed.signInId, services.now()),
    currentPlace(services.db, user.id),
  ]);
  return {
    signIn: { user, accessToken, expiresIn: ACCESS_TOKEN_TTL_S, current },
    refreshToken: refreshed.refreshToken,
    device,
  };
}

/** Notes where a sign-in connects from, which may have changed since its last refresh. Never throws. */
export async function noteWhereabouts(
  { db, clientAddress, platform }: Pick<Services, 'db' | 'clientAddress' | 'platform'>,
  signInId: string,
): Promise<void> {
  const address = sql`${networkAddress(clientAddress)}::inet`;
  try {
    await db.execute(sql`
      update ${signIns} set address = ${address}, platform = ${platform.name}
      where id = ${signInId}::uuid and (address, platform) is distinct from (${address}, ${platform.name}::text)`);
  } catch (error) {
    log('warn', 'whereabouts of a sign-in not noted', describeError(error));
  }
}

/** Where the caller is signed in now, the last used first. */
export async function listSignIns(
  { db }: Pick<Services, 'db'>,
  claims: Pick<AccessClaims, 'sub' | 'sid'>,
): Promise<DeviceSignIn[]> {
  const rows = await db
    .select({
      id: signIns.id,
      device: signIns.deviceName,
      createdAt: signIns.createdAt,
      lastUsedAt: signIns.lastUsedAt,
    })
    .from(signIns)
    .where(
      and(
        eq(signIns.userId, claims.sub),
        isNull(signIns.endedAt),
        sql`exists (select 1 from ${refreshTokens} where sign_in_id = ${signIns.id} and expires_at > now())`,
      ),
    )
    .orderBy(desc(signIns.lastUsedAt), desc(signIns.id))
    .limit(SIGN_INS_SHOWN);
  return rows.map(row => ({
    ...row,
    createdAt: row.createdAt.toISOString(),
    lastUsedAt: row.lastUsedAt.toISOString(),
    current: row.id === claims.sid,
  }));
}

/** Nobody reads more; the rest is ended by "all others". */
const SIGN_INS_SHOWN = 100;

/** Ends one sign-in of the caller; throws `not_found`. */
export async function endOneSignIn(services: Services, claims: AccessClaims, id: string): Promise<void> {
  const reason = id === claims.sid ? 'logout' : 'ended_elsewhere';
  const ended = await endWhere(services, reason, and(eq(signIns.userId, claims.sub), eq(signIns.id, id)));
  if (ended.length === 0) throw new NearcadeError('not_found', 'That sign-in has ended already');
  await services.live.cut(claims.sub, ended, 'signed_out');
}

/** Ends the caller's sign-ins: all, or all but the one that asks. Returns how many. */
export async function endSignIns(
  services: Services,
  claims: AccessClaims,
  which: 'others' | 'all',
): Promise<number> {
  const those = which === 'all' ? undefined : sql`${signIns.id} <> ${claims.sid}::uuid`;
  const ended = await endWhere(services, 'ended_elsewhere', and(eq(signIns.userId, claims.sub), those));
  await services.live.cut(claims.sub, ended, 'signed_out');
  return ended.length;
}

/** Ends every sign-in of a player, by an operator. Returns how many. */
export async function endAllSignIns(services: Services, userId: string): Promise<number> {
  const ended = await endWhere(services, 'operator', eq(signIns.userId, userId));
  await services.live.cut(userId, ended, 'signed_out');
  return ended.length;
}

/** Ends the family of `refreshToken`, if it is one of ours. */
export async function endSignInOfToken(services: Services, refreshToken: string): Promise<void> {
  const { rows } = await services.db.execute<{ id: string; user_id: string }>(sql`
    update ${signIns} set ended_at = now(), end_reason = 'logout'
    where ended_at is null
      and id = (select sign_in_id from ${refreshTokens} where token_hash = ${hashSecret(refreshToken)})
    returning id, user_id`);
  for (const { id, user_id } of rows) await services.live.cut(user_id, [id], 'signed_out');
}

/**
 * Throws `proof_needed` unless this sign-in's player has shown who they are a short while ago: for what a stolen tab must not
 * be able to do. Throws `unauthenticated` when the sign-in has ended.
 */
export async function requireRecentProof({ db }: Pick<Services, 'db'>, claims: AccessClaims): Promise<void> {
  const [found] = await db
    .select({ recent: sql<boolean>`${recentlyProved}` })
    .from(signIns)
    .where(and(eq(signIns.id, claims.sid), isNull(signIns.endedAt)));
  if (found === undefined) throw new NearcadeError('unauthenticated');
  if (!found.recent) throw new NearcadeError('proof_needed');
}

/** Whether the sign-in goes on: an access token outlives its sign-in by minutes, in which no new key should be added. */
export function signInLasts(signInId: string): SQL {
  return sql`exists (select 1 from ${signIns} as lasting where lasting.id = ${signInId}::uuid and lasting.ended_at is null)`;
}

/** Condition on a row of sign_ins. */
export const recentlyProved = gt(
  signIns.provedAt,
  sql`now() - make_interval(secs => ${PROOF_TTL_S}::float8)`,
);

/** Notes that the player of this sign-in has just shown who they are. */
export async function noteProof({ db }: Pick<Services, 'db'>, claims: AccessClaims): Promise<void> {
  const noted = await db
    .update(signIns)
    .set({ provedAt: sql`now()` })
    .where(and(eq(signIns.id, claims.sid), isNull(signIns.endedAt)))
    .returning({ id: signIns.id });
  if (noted.length === 0) throw new NearcadeError('unauthenticated');
}

async function endWhere(
  { db }: Pick<Services, 'db'>,
  reason: SignInEndReason,
  where: ReturnType<typeof and>,
): Promise<string[]> {
  const ended = await db
    .update(signIns)
    .set({ endedAt: sql`now()`, endReason: reason })
    .where(and(isNull(signIns.endedAt), where))
    .returning({ id: signIns.id });
  return ended.map(row => row.id);
}
