import type { Share } from './serving.ts';

/** What a deployment is called that takes a version back, by a person or by a deploy that failed: it says that what served until then was wrong. */
export const ROLLED_BACK = 'rolled back';
const BACK_FROM = 'back from ';
export const backFrom = (release: string): string => BACK_FROM + release;
const isBack = (message: string) => message === ROLLED_BACK || message.startsWith(BACK_FROM);

/** How requests were shared out for a time. */
export interface PastDeployment {
  /** Cloudflare's annotation `workers/message`. */
  message: string;
  shares: readonly Share[];
}

/**
 * The versions that served alone and that nobody has gone back from since, the last one last; with what serves alone now. `deployments`: the
 * newest first, as Cloudflare lists them. `age`: greater for a version that is older.
 */
export function goodVersions(
  deployments: readonly PastDeployment[],
  age: (version: string) => number,
): string[] {
  const good: string[] = [];
  for (const { message, shares } of deployments.toReversed()) {
    const [alone, another] = shares.filter(({ percentage }) => percentage > 0);
    if (alone === undefined || another !== undefined) continue;
    const { version } = alone;
    const place = good.indexOf(version);
    const top = good.at(-1);
    if (place !== -1) {
      // Who goes back to it finds all wrong that came after it.
      good.splice(place, isBack(message) ? good.length : 1);
    } else if (isBack(message) && top !== undefined && age(version) > age(top)) {
      // It served before anything that is listed. A newer one was named by somebody who thinks it right after all.
      good.pop();
    }
    good.push(version);
  }
  return good;
}
