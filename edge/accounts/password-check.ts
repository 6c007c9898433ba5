import type { Services } from '#edge/services.ts';
import type { AccessClaims } from '#shared/api/accounts.ts';
import { NearcadeError } from '#shared/errors.ts';
import { beginSignInTry, beginUserTry, type Client, countClientFailure, forgiveTries } from './lock-out.ts';
import { UNKNOWN_USER_HASH, verifyPassword } from './passwords.ts';
import { noteProof, requireRecentProof } from './sign-ins.ts';

/** Whose password was right, and the hash that it fitted: an act on it holds only while the hash stays that. */
export interface CheckedPassword {
  id: string;
  passwordHash: string;
}

/**
 * Checks the password of an e-mail address that nobody is signed in for. Throws `credentials_wrong`, after the same work whether
 * the address is known or not, or `sign_in_locked`.
 */
export async function checkCredentials(
  services: Services,
  { email, password }: { email: string; password: string },
  client: Client,
): Promise<CheckedPassword> {
  const attempt = await beginSignInTry(services.db, email, client);
  const passwordHash = attempt.account?.passwordHash ?? UNKNOWN_USER_HASH;
  const right = await verifyPassword(password, passwordHash);
  if (attempt.account === undefined || !right) {
    await countClientFailure(services, client.address);
    throw new NearcadeError('credentials_wrong');
  }
  await forgiveTries(services.db, attempt);
  return { id: attempt.account.id, passwordHash };
}

/** Checks the caller's own password. Throws `credentials_wrong` or `sign_in_locked`. */
export async function checkOwnPassword(
  services: Services,
  claims: AccessClaims,
  password: string,
): Promise<CheckedPassword> {
  const attempt = await beginUserTry(services.db, claims.sub);
  const passwordHash = attempt.account?.passwordHash ?? UNKNOWN_USER_HASH;
  if (!(await verifyPassword(password, passwordHash))) {
    throw new NearcadeError('credentials_wrong', 'That is not your password');
  }
  await forgiveTries(services.db, attempt);
  return { id: claims.sub, passwordHash };
}

/** Shows by the password that it is still the caller: `requireRecentProof` lets through for a while. */
export async function proveByPassword(
  services: Services,
  claims: AccessClaims,
  password: string,
): Promise<void> {
  await checkOwnPassword(services, claims, password);
  await noteProof(services, claims);
}

/** Lets through who gives the password now, or has shown a short while ago who they are. Throws `proof_needed` or as checkOwnPassword. */
export async function requireProof(
  services: Services,
  claims: AccessClaims,
  password: string | undefined,
): Promise<void> {
  if (password === undefined) await requireRecentProof(services, claims);
  else await checkOwnPassword(services, claims, password);
}
