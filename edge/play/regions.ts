/** Where regions are: AWS's names with degrees of latitude and longitude. */
const REGION_PLACES: Readonly<Record<string, readonly [number, number]>> = {
  'us-east-1': [38.9, -77.4],
  'us-east-2': [40.0, -83.0],
  'us-west-1': [37.4, -122.0],
  'us-west-2': [45.8, -119.7],
  'ca-central-1': [45.5, -73.6],
  'sa-east-1': [-23.5, -46.6],
  'eu-west-1': [53.3, -6.3],
  'eu-west-2': [51.5, -0.1],
  'eu-west-3': [48.9, 2.4],
  'eu-central-1': [50.1, 8.7],
  'eu-north-1': [59.3, 18.1],
  'eu-south-1': [45.5, 9.2],
  'me-central-1': [24.5, 54.4],
  'af-south-1': [-33.9, 18.4],
  'ap-south-1': [19.1, 72.9],
  'ap-southeast-1': [1.4, 103.8],
  'ap-southeast-2': [-33.9, 151.2],
  'ap-northeast-1': [35.7, 139.7],
  'ap-northeast-2': [37.6, 127.0],
};

/** The player's place as Cloudflare estimates it: degrees as decimal text. */
export interface Place {
  latitude?: unknown;
  longitude?: unknown;
}

/** Milliseconds that a round trip takes beside the distance: the access network and the hops. */
const NEAR_MS = 8;

/** Milliseconds a kilometre: light in fibre needs 0.01 there and back, and cables go half as far again. */
const MS_PER_KM = 0.015;

const EARTH_RADIUS_KM = 6371;

/** Round trips in milliseconds as the distance to each region suggests; nothing when the place is not known. */
export function estimatedRtts(place: Place | undefined): Record<string, number> {
  const here = [Number(place?.latitude ?? Number.NaN), Number(place?.longitude ?? Number.NaN)] as const;
  if (!Number.isFinite(here[0]) || !Number.isFinite(here[1])) return {};
  return Object.fromEntries(
    Object.entries(REGION_PLACES).map(([region, there]) => [
      region,
      Math.round(NEAR_MS + MS_PER_KM * EARTH_RADIUS_KM * angleBetween(here, there)),
    ]),
  );
}

/** The region with the shortest of them; null when the place is not known. */
export function nearestRegion(place: Place | undefined): string | null {
  const [nearest] = Object.entries(estimatedRtts(place)).toSorted(([, a], [, b]) => a - b);
  return nearest?.[0] ?? null;
}

/** The angle between two places seen from the earth's centre, in radians (haversine formula). */
function angleBetween(a: readonly [number, number], b: readonly [number, number]): number {
  const radians = (degrees: number) => (degrees * Math.PI) / 180;
  const half = (angle: number) => Math.sin(angle / 2) ** 2;
  const [latA, latB] = [radians(a[0]), radians(b[0])];
  return (
    2 * Math.asin(Math.sqrt(half(latB - latA) + Math.cos(latA) * Math.cos(latB) * half(radians(b[1] - a[1]))))
  );
}
