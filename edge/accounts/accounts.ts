import { sql } from 'drizzle-orm';
import type { z } from 'zod';
import { hasLists, requireEntry } from '#edge/admin/platform/entry.ts';
import type { Services } from '#edge/services.ts';
import { violatedUnique } from '#edge/store/database.ts';
import { users } from '#edge/store/schema.ts';
import type { AccessClaims, loginRequestSchema, registerRequestSchema, User } from '#shared/api/accounts.ts';
import { NearcadeError } from '#shared/errors.ts';
import type { Device } from './devices.ts';
import { mailLink } from './links.ts';
import type { Client } from './lock-out.ts';
import { checkCredentials } from './password-check.ts';
import { hashPassword } from './passwords.ts';
import { rotateRefreshToken, userOfRefreshToken } from './refresh-tokens.ts';
import { beginSignIn, type SignedIn, signedIn, userOfSignIn } from './sign-ins.ts';

/** Makes an account, mails a link to verify its address, and signs in. Throws `email_taken`. */
export async function register(
  services: Services,
  request: z.output<typeof registerRequestSchema>,
  device: Device,
): Promise<SignedIn> {
  await requireEntry(services, { userId: null }, 'sign_in');
  return beginSignIn(services, await createUser(services, request), device);
}

/**
 * Throws `credentials_wrong`, after the same work whether the address is known or not, `sign_in_locked`, and `banned` to who knows
 * the password.
 */
export async function login(
  services: Services,
  credentials: z.output<typeof loginRequestSchema>,
  client: Client,
): Promise<SignedIn> {
  const { id, passwordHash } = await checkCredentials(services, credentials, client);
  return beginSignIn(services, { id }, client.device, { passwordHash });
}

/** Throws `unauthenticated`, `refresh_reused`, `banned` or `access_denied`. */
export async function refresh(services: Services, refreshToken: string): Promise<SignedIn> {
  // Before the token is exchanged: who is let in again later still has it.
  if (await hasLists(services)) {
    const user = await userOfRefreshToken(services.db, refreshToken);
    if (user !== undefined) await requireEntry(services, { userId: user.id, role: user.role }, 'refresh');
  }
  const refreshed = await rotateRefreshToken(services, refreshToken);
  return signedIn(services, await userOfSignIn(services, refreshed.signInId), refreshed, undefined);
}

/** The user behind an access token, unless the sign-in that it came from has ended. */
export async function validate(services: Pick<Services, 'db'>, claims: AccessClaims): Promise<User> {
  return userOfSignIn(services, claims.sid);
}

async function createUser(
  services: Services,
  { email, password, displayName }: z.output<typeof registerRequestSchema>,
): Promise<{ id: string }> {
  const passwordHash = await hashPassword(password);
  try {
    const { rows } = await services.db.execute<{ id: string }>(sql`
      with account as (
        insert into ${users} (email, display_name, password_hash)
        values (${email}, ${displayName}, ${passwordHash})
        returning id as user_id, email
      ), ${mailLink(services, 'verify_email', sql`account`)}
      select user_id as id from account`);
    const [user] = rows;
    if (user === undefined) throw new NearcadeError('internal');
    return user;
  } catch (error) {
    if (violatedUnique(error) === 'users_email_unique') throw new NearcadeError('email_taken');
    throw error;
  }
}
