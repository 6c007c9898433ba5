import type { Settings } from '#edge/env.ts';
import { CloudflareZone } from './cloudflare-zone.ts';
import type { Zone } from './zone.ts';

/** The zone that the settings name; undefined: nodes get no names here. */
export function openZone(settings: Settings, fetcher: typeof fetch = fetch): Zone | undefined {
  const { DNS_API_TOKEN: token, DNS_ZONE_ID: zoneId, NODE_DOMAIN: domain } = settings;
  if (token === undefined || zoneId === undefined || domain === undefined) return undefined;
  const platform = new URL(settings.PUBLIC_URL).host;
  return new CloudflareZone({ api: settings.DNS_API_URL, token, zoneId, domain, platform, fetcher });
}
