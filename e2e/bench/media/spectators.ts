import { randomUUID } from 'node:crypto';
import { TestPlayer } from '#media-node/test/test-player.ts';
import { newIdentity, SyntheticSpectator } from './spectator.ts';

/** Handshakes at once: more only wait for one another. */
const AT_ONCE = 10;

export interface CrowdOptions {
  count: number;
  /** A spectator's ticket for that user, and where to show it. */
  ticket: (userId: string) => Promise<{ ticket: string; signalUrl: string }>;
}

/** Together, since the crowd began to be counted. */
export interface CrowdCount {
  spectators: number;
  packets: number;
  bytes: number;
  lost: number;
  /** Of the spectator who got the fewest, so that nobody is forgotten. */
  fewestPackets: number;
  fewestStreams: number;
}

/** Synthetic spectators of one session, let in by real tickets. For tests and `bench:media`. */
export class Crowd {
  readonly #spectators: SyntheticSpectator[] = [];

  private constructor() {}

  /** Resolves when all of them are connected. */
  static async open({ count, ticket }: CrowdOptions): Promise<Crowd> {
    const crowd = new Crowd();
    const identity = await newIdentity();
    let left = count;
    const enter = async () => {
      while (left > 0) {
        left -= 1;
        const { ticket: theirs, signalUrl } = await ticket(randomUUID());
        const player = await TestPlayer.hello(signalUrl, theirs);
        crowd.#spectators.push(await SyntheticSpectator.open(player, identity));
      }
    };
    try {
      await Promise.all(Array.from({ length: Math.min(AT_ONCE, count) }, enter));
      return crowd;
    } catch (error) {
      crowd.close();
      throw error;
    }
  }

  /** Counts anew from now on. */
  reset(): void {
    for (const spectator of this.#spectators) spectator.reset();
  }

  get count(): CrowdCount {
    const each = this.#spectators.map(({ streams }) => ({
      streams: streams.filter(({ packets }) => packets > 0).length,
      packets: sum(streams.map(({ packets }) => packets)),
      bytes: sum(streams.map(({ bytes }) => bytes)),
      lost: sum(streams.map(({ lost }) => lost)),
    }));
    return {
      spectators: each.length,
      packets: sum(each.map(({ packets }) => packets)),
      bytes: sum(each.map(({ bytes }) => bytes)),
      lost: sum(each.map(({ lost }) => lost)),
      fewestPackets: Math.min(...each.map(({ packets }) => packets)),
      fewestStreams: Math.min(...each.map(({ streams }) => streams)),
    };
  }

  close(): void {
    for (const spectator of this.#spectators.splice(0)) spectator.close();
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
