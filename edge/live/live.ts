import type { Bindings } from '#edge/env.ts';
import { describeError, log } from '#edge/http/log.ts';
import type { CutReason, LiveEvent } from '#shared/live.ts';

/** Tells players, wherever they are connected, what has happened. */
export interface Live {
  /**
   * Sends `event` to every device of these players. Never throws: what is told live can also be read, and who is not connected
   * reads it later. Call it after the fact is in Postgres.
   */
  send(userIds: readonly string[], event: LiveEvent): Promise<void>;
  /**
   * Closes at once the player's sockets that came from these sign-ins, and lets nobody in again with an access token of theirs.
   * `all`: from every sign-in so far. Call it after the sign-ins have ended in Postgres. Never throws: what is not reached
   * is closed when its access token has run out, since no other can be had.
   */
  cut(userId: string, signInIds: readonly string[] | 'all', reason: CutReason): Promise<void>;
}

/** Hubs that are called at the same time: a club's worth goes out in a few rounds, and no call waits behind hundreds. */
const PARALLEL = 32;

export function openLive({ PLAYER_HUB }: Pick<Bindings, 'PLAYER_HUB'>): Live {
  const hubOf = (userId: string) => PLAYER_HUB.get(PLAYER_HUB.idFromName(userId));
  return {
    async send(userIds, event) {
      const waiting = [...new Set(userIds)];
      const sendNext = async () => {
        for (let userId = waiting.pop(); userId !== undefined; userId = waiting.pop()) {
          try {
            await hubOf(userId).deliver(event);
          } catch (error) {
            log('warn', 'live event not sent', { userId, type: event.type, ...describeError(error) });
          }
        }
      };
      await Promise.all(Array.from({ length: Math.min(PARALLEL, waiting.length) }, sendNext));
    },

    async cut(userId, signInIds, reason) {
      try {
        await hubOf(userId).cut(signInIds, reason);
      } catch (error) {
        log('error', 'live sockets not cut', { userId, reason, ...describeError(error) });
      }
    },
  };
}
