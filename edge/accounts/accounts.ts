import { eq } from 'drizzle-orm';
import type { z } from 'zod';
import type { Services } from '#edge/services.ts';
import { type Database, violatedUnique } from '#edge/store/database.ts';
import { users } from '#edge/store/schema.ts';
import type { AccessClaims, loginRequestSchema, registerRequestSchema, User } from '#shared/api/accounts.ts';
import { NearcadeError } from '#shared/errors.ts';
import type { Device } from './devices.ts';
import { hashPassword, UNKNOWN_USER_HASH, verifyPassword } from './passwords.ts';
import { rotateRefreshToken } from './refresh-tokens.ts';
import { beginSignIn, type SignedIn, signedIn, userOfSignIn } from './sign-ins.ts';
import { publicUser } from './users.ts';

/** Throws `email_taken`. */
export async function register(
  services: Services,
  request: z.output<typeof registerRequestSchema>,
  device: Device,
): Promise<SignedIn> {
  return beginSignIn(services, await createUser(services.db, request), device);
}

/** Throws `credentials_wrong`, after the same work whether the address is known or not, and `banned` to who knows the password. */
export async function login(
  services: Services,
  { email, password }: z.output<typeof loginRequestSchema>,
  device: Device,
): Promise<SignedIn> {
  const [found] = await services.db
    .select({ id: users.id, passwordHash: users.passwordHash })
    .from(users)
    .where(eq(users.email, email));
  const passwordHash = found?.passwordHash ?? UNKNOWN_USER_HASH;
  const right = await verifyPassword(password, passwordHash);
  if (found === undefined || !right) throw new NearcadeError('credentials_wrong');
  return beginSignIn(services, found, device, { passwordHash });
}

/** Throws `unauthenticated`, `refresh_reused` or `banned`. */
export async function refresh(services: Services, refreshToken: string): Promise<SignedIn> {
  const refreshed = await rotateRefreshToken(services, refreshToken);
  return signedIn(services, await userOfSignIn(services, refreshed.signInId), refreshed, undefined);
}

/** The user behind an access token, unless the sign-in that it came from has ended. */
export async function validate(services: Pick<Services, 'db'>, claims: AccessClaims): Promise<User> {
  return userOfSignIn(services, claims.sid);
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
