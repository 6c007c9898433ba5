import type { Services } from '#edge/services.ts';
import type { LiveEvent } from '#shared/live.ts';
import { services } from './platform.ts';

export interface Told {
  userIds: readonly string[];
  event: LiveEvent;
}

/** The real services, with a note of what players are told. */
export async function recordingServices(): Promise<Services & { told: Told[] }> {
  const real = await services();
  const told: Told[] = [];
  const live: Services['live'] = {
    ...real.live,
    async send(userIds, event) {
      told.push({ userIds, event });
      await real.live.send(userIds, event);
    },
  };
  return { ...real, live, told };
}

/** The events of one type that were told to this player. */
export function toldTo(told: readonly Told[], userId: string, type: LiveEvent['type']): LiveEvent[] {
  return told.flatMap(({ userIds, event }) =>
    event.type === type && userIds.includes(userId) ? [event] : [],
  );
}
