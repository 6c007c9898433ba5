import type { Settings } from '#edge/env.ts';
import { NearcadeError } from '#shared/errors.ts';

/** The names of this very machine (RFC 6761, 6.3; RFC 5735): whoever calls us by them can be nobody else. */
export function isLoopback(hostname: string): boolean {
  return /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname);
}

/**
 * The origin at which browsers reach us: what the settings say, or, on this machine only, what the request was sent to. Elsewhere
 * a client could name any host, and what is bound to the origin would be bound to that.
 */
export function publicOrigin(
  { PUBLIC_ORIGIN }: Pick<Settings, 'PUBLIC_ORIGIN'>,
  requestUrl: string,
): string | undefined {
  if (PUBLIC_ORIGIN !== undefined) return PUBLIC_ORIGIN;
  const { hostname, origin } = new URL(requestUrl);
  return isLoopback(hostname) ? origin : undefined;
}

/** As `publicOrigin`; throws `sign_in_method_unavailable`. */
export function requirePublicOrigin(settings: Pick<Settings, 'PUBLIC_ORIGIN'>, requestUrl: string): string {
  const origin = publicOrigin(settings, requestUrl);
  if (origin === undefined) {
    throw new NearcadeError('sign_in_method_unavailable', 'This platform does not know its own address');
  }
  return origin;
}
