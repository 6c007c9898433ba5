import type { Bindings } from '#edge/env.ts';
import { describeError, log } from '#edge/http/log.ts';
import type { LiveEvent } from '#shared/live.ts';

/** Tells players, wherever they are connected, what has happened. */
export interface Live {
  /**
   * Sends `event` to every device of these players. Never throws: what is told live can also be read, and who is not connected
   * reads it later. Call it after the fact is in Postgres.
   */
  send(userIds: readonly string[], event: LiveEvent): Promise<void>;
}

export function openLive({ PLAYER_HUB }: Pick<Bindings, 'PLAYER_HUB'>): Live {
  return {
    async send(userIds, event) {
      const told = await Promise.allSettled(
        userIds.map(userId => PLAYER_HUB.get(PLAYER_HUB.idFromName(userId)).deliver(event)),
      );
      for (const [index, result] of told.entries()) {
        if (result.status === 'rejected') {
          log('warn', 'live event not sent', {
            userId: userIds[index],
            type: event.type,
            ...describeError(result.reason),
          });
        }
      }
    },
  };
}
