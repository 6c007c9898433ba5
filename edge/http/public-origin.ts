import type { Settings } from '#edge/env.ts';

/** The names of this very machine (RFC 6761, 6.3; RFC 5735): whoever calls us by them can be nobody else. */
export function isLoopback(hostname: string): boolean {
  return /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname);
}

/**
 * The origin of the page that calls: the settings' whatever host the request names, since a client may name any. On a developer's
 * machine the one that was asked, since it goes by several names.
 */
export function publicOrigin({ PUBLIC_URL }: Pick<Settings, 'PUBLIC_URL'>, requestUrl: string): string {
  const asked = new URL(requestUrl);
  const local = isLoopback(asked.hostname) && isLoopback(new URL(PUBLIC_URL).hostname);
  return local ? asked.origin : PUBLIC_URL;
}
