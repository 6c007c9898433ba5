import type { Bindings } from '#edge/bindings.ts';
import { currentRequestId, describeError, log } from '#edge/http/log.ts';
import { NearcadeError } from '#shared/errors.ts';
import type { CutReason, LiveEvent } from '#shared/live.ts';
import { Directory } from './directory.ts';

/** Tells players, wherever they are connected, what has happened. */
export interface Live {
  /**
   * Sends `event` to every device of these players. Never throws: what is told live can also be read, and who is not connected
   * reads it later. Call it after the fact is in Postgres.
   */
  send(userIds: readonly string[], event: LiveEvent): Promise<void>;
  /**
   * Closes at once the player's sockets that came from these sign-ins, and lets nobody in again with an access token of theirs;
   * `seconds`: for so long only. By sign-in and never by time: one that begins in the same moment is not touched. Call it after the
   * sign-ins have ended in Postgres. Never throws: what is not reached is closed when its access token has run out, since no
   * other can be had.
   */
  cut(userId: string, signInIds: readonly string[], reason: CutReason, seconds?: number): Promise<void>;
  /**
   * Sends `event` to every player who is connected, or to those of one region: soon, a page of players at a time. Throws
   * `unavailable` when not all of them are going to be told.
   */
  broadcast(event: LiveEvent, options?: { region?: string | undefined }): Promise<void>;
  /** Players who are connected now, by region; null is where no region is known. Costs a call to each shard: do not poll. */
  online(): Promise<{ region: string | null; players: number }[]>;
}

/** Hubs that are called at the same time: a club's worth goes out in a few rounds, and no call waits behind hundreds. */
const PARALLEL = 32;

export function openLive(bindings: Pick<Bindings, 'PLAYER_HUB' | 'LIVE_DIRECTORY'>): Live {
  const { PLAYER_HUB } = bindings;
  const directory = new Directory(bindings);
  const hubOf = (userId: string) => PLAYER_HUB.get(PLAYER_HUB.idFromName(userId));
  return {
    async send(userIds, event) {
      const waiting = [...new Set(userIds)];
      const sendNext = async () => {
        for (let userId = waiting.pop(); userId !== undefined; userId = waiting.pop()) {
          try {
            await hubOf(userId).deliver(event, currentRequestId());
          } catch (error) {
            log('warn', 'live event not sent', { userId, type: event.type, ...describeError(error) });
          }
        }
      };
      await Promise.all(Array.from({ length: Math.min(PARALLEL, waiting.length) }, sendNext));
    },

    async cut(userId, signInIds, reason, seconds) {
      if (signInIds.length === 0) return;
      try {
        await hubOf(userId).cut(signInIds, reason, seconds);
      } catch (error) {
        log('error', 'live sockets not cut', { userId, reason, ...describeError(error) });
      }
    },

    async broadcast(event, { region } = {}) {
      const taken = await directory.broadcast(event, region ?? null);
      if (!taken) throw new NearcadeError('unavailable', 'Not all players could be told');
    },

    async online() {
      const counts = await directory.countByRegion();
      return [...counts].map(([region, players]) => ({ region: region === '' ? null : region, players }));
    },
  };
}
