import { SIGN_IN_ERROR_PARAMETER } from '#shared/api/oidc.ts';
import { type ErrorCode, errorCodeSchema } from '#shared/errors.ts';

/** Why a journey to the sign-in service failed, if the page was just come back to from one. Gone from the address then. */
export function takeSignInError(window: Window): ErrorCode | null {
  const url = new URL(window.location.href);
  const value = url.searchParams.get(SIGN_IN_ERROR_PARAMETER);
  if (value === null) return null;
  url.searchParams.delete(SIGN_IN_ERROR_PARAMETER);
  window.history.replaceState(null, '', url);
  const code = errorCodeSchema.safeParse(value);
  return code.success ? code.data : 'internal';
}
