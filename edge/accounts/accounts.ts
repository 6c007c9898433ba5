import { and, eq, isNull } from 'drizzle-orm';
import type { z } from 'zod';
import type { Services } from '#edge/services.ts';
import { type Database, violatedUnique } from '#edge/store/database.ts';
import { signIns, users } from '#edge/store/schema.ts';
import type {
  AccessClaims,
  loginRequestSchema,
  registerRequestSchema,
  SignIn,
  User,
} from '#shared/api/accounts.ts';
import { NearcadeError } from '#shared/errors.ts';
import { ACCESS_TOKEN_TTL_S } from '#shared/limits.ts';
import { signAccessToken } from './access-tokens.ts';
import { hashPassword, UNKNOWN_USER_HASH, verifyPassword } from './passwords.ts';
import { beginSignIn, type Refreshed, rotateRefreshToken } from './refresh-tokens.ts';

/** A sign-in and the refresh token that goes into its cookie. */
export interface SignedIn {
  signIn: SignIn;
  refreshToken: string;
}

const publicUser = { id: users.id, email: users.email, displayName: users.displayName, role: users.role };

/** Throws `email_taken`. */
export async function register(
  services: Services,
  request: z.output<typeof registerRequestSchema>,
): Promise<SignedIn> {
  const user = await createUser(services.db, request);
  return signedIn(services, user, await beginSignIn(services.db, user.id));
}

/** Throws `credentials_wrong`, after the same work whether the address is known or not. */
export async function login(
  services: Services,
  { email, password }: z.output<typeof loginRequestSchema>,
): Promise<SignedIn> {
  const [found] = await services.db
    .select({ ...publicUser, passwordHash: users.passwordHash })
    .from(users)
    .where(eq(users.email, email));
  const right = await verifyPassword(password, found?.passwordHash ?? UNKNOWN_USER_HASH);
  if (found === undefined || !right) throw new NearcadeError('credentials_wrong');
  const { passwordHash: _, ...user } = found;
  return signedIn(services, user, await beginSignIn(services.db, user.id));
}

/** Throws `unauthenticated` or `refresh_reused`. */
export async function refresh(services: Services, refreshToken: string): Promise<SignedIn> {
  const refreshed = await rotateRefreshToken(services.db, refreshToken);
  return signedIn(services, await userOfSignIn(services.db, refreshed.signInId), refreshed);
}

/** The user behind an access token, unless the sign-in that it came from has ended. */
export async function validate({ db }: Pick<Services, 'db'>, claims: AccessClaims): Promise<User> {
  return userOfSignIn(db, claims.sid);
}

async function createUser(
  db: Database,
  { email, password, displayName }: z.output<typeof registerRequestSchema>,
): Promise<User> {
  const passwordHash = await hashPassword(password);
  try {
    const [user] = await db.insert(users).values({ email, displayName, passwordHash }).returning(publicUser);
    if (user === undefined) throw new NearcadeError('internal');
    return user;
  } catch (error) {
    if (violatedUnique(error) === 'users_email_unique') throw new NearcadeError('email_taken');
    throw error;
  }
}

async function userOfSignIn(db: Database, signInId: string): Promise<User> {
  const [user] = await db
    .select(publicUser)
    .from(signIns)
    .innerJoin(users, eq(users.id, signIns.userId))
    .where(and(eq(signIns.id, signInId), isNull(signIns.endedAt)));
  if (user === undefined) throw new NearcadeError('unauthenticated');
  return user;
}

async function signedIn(services: Services, user: User, refreshed: Refreshed): Promise<SignedIn> {
  const accessToken = await signAccessToken(services.keys, user, refreshed.signInId, services.now());
  return {
    signIn: { user, accessToken, expiresIn: ACCESS_TOKEN_TTL_S },
    refreshToken: refreshed.refreshToken,
  };
}
