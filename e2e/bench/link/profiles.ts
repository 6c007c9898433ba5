/** What a link does to the packets of each direction. */
export interface LinkConditions {
  /** One way, ms. */
  delayMs: number;
  /** Uniform between 0 and this is added to the delay of each packet, ms; packets do not overtake one another. */
  jitterMs: number;
  /** Part of the packets that is lost, 0 to 1. */
  loss: number;
  /** Mbit/s; 0 is no limit. */
  rateMbit: number;
  /** Longest wait that the bottleneck's queue can hold, ms at `rateMbit`; what comes beyond it is dropped. */
  queueMs: number;
}

/** `none` is the loopback interface, with no emulator. */
export const LINK_PROFILES = {
  none: null,
  'wan-0.5': { delayMs: 10, jitterMs: 3, loss: 0.005, rateMbit: 20, queueMs: 100 },
  'wan-1': { delayMs: 10, jitterMs: 3, loss: 0.01, rateMbit: 10, queueMs: 100 },
} as const satisfies Record<string, LinkConditions | null>;

export type LinkName = keyof typeof LINK_PROFILES;

export function isLinkName(name: string): name is LinkName {
  return Object.hasOwn(LINK_PROFILES, name);
}

/** The queue's room in bytes (0 without a rate limit). */
export function queueBytes(conditions: LinkConditions): number {
  return Math.round((conditions.rateMbit * 1e6 * conditions.queueMs) / 8e3);
}
