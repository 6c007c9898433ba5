import type { Bindings } from '#edge/bindings.ts';
import { describeError, log } from '#edge/http/log.ts';
import type { LiveEvent } from '#shared/live.ts';
import type { LiveDirectory } from './live-directory.ts';

/** Shards by the last hexadecimal digit of a player's id, which is random in every kind of UUID that we make. */
const SHARDS = 16;

/** Who has a live socket now, whichever hub it ends in. */
export class Directory {
  readonly #namespace: Bindings['LIVE_DIRECTORY'];

  constructor({ LIVE_DIRECTORY }: Pick<Bindings, 'LIVE_DIRECTORY'>) {
    this.#namespace = LIVE_DIRECTORY;
  }

  /** The player is connected until LISTING_LEASE_S from now. False when there is no room. */
  async join(userId: string, region: string | null): Promise<boolean> {
    return this.#shardOf(userId).join(userId, region);
  }

  async leave(userId: string): Promise<void> {
    await this.#shardOf(userId).leave(userId);
  }

  /** Each shard has the event in its storage when this returns, and then works its players off. True when each has. */
  async broadcast(event: LiveEvent, region: string | null): Promise<boolean> {
    const taken = await this.#askAll(shard => shard.broadcast(event, region));
    return taken.every(answer => answer === true);
  }

  /** Connected players by region, `''` for those of whom none is known. A shard that does not answer is left out. */
  async countByRegion(): Promise<Map<string, number>> {
    const total = new Map<string, number>();
    for (const counts of await this.#askAll(shard => shard.countByRegion())) {
      for (const { region, players } of counts ?? []) total.set(region, (total.get(region) ?? 0) + players);
    }
    return total;
  }

  #shardOf(userId: string): DurableObjectStub<LiveDirectory> {
    return this.#shard(Number.parseInt(userId.slice(-1), SHARDS));
  }

  #shard(index: number): DurableObjectStub<LiveDirectory> {
    return this.#namespace.get(this.#namespace.idFromName(`shard-${index}`));
  }

  /** The answer of each shard, undefined of one that did not. */
  async #askAll<T>(ask: (shard: DurableObjectStub<LiveDirectory>) => Promise<T>): Promise<(T | undefined)[]> {
    const answers = await Promise.allSettled(
      Array.from({ length: SHARDS }, (_, index) => ask(this.#shard(index))),
    );
    return answers.map((answer, shard) => {
      if (answer.status === 'fulfilled') return answer.value;
      log('error', 'live directory not reached', { shard, ...describeError(answer.reason) });
      return undefined;
    });
  }
}
