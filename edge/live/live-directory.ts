import { DurableObject } from 'cloudflare:workers';
import type { Bindings } from '#edge/bindings.ts';
import { log, loggedAs } from '#edge/http/log.ts';
import { type LiveEvent, liveEventSchema } from '#shared/live.ts';
import { openLive } from './live.ts';

/** Seconds that a player stays listed without their hub saying so again, which it does twice in that time. */
export const LISTING_LEASE_S = 600;

/** Bytes of one shard: half a million players, and 16 times that in all. */
const MAX_BYTES = 64 * 1024 * 1024;

/** Players who are told in one run: well below the thousand calls that one invocation may make. */
const PAGE = 200;

/** Events that may wait at once: people announce, by hand. */
const MAX_WAITING = 100;

/** An event that is being told, to players after `after` in the order of their ids. */
type Waiting = { id: number; event: string; region: string | null; after: string };

/** One shard of the directory of connected players. */
export class LiveDirectory extends DurableObject<Bindings> {
  readonly #sql = this.ctx.storage.sql;

  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env);
    this.#sql.exec(`
      create table if not exists players (
        user_id text primary key, region text not null, until integer not null) without rowid;
      create table if not exists waiting (
        id integer primary key autoincrement, event text not null, region text, after text not null)`);
  }

  /** False when this shard is full. */
  async join(userId: string, region: string | null): Promise<boolean> {
    const now = Date.now();
    if (this.#sql.databaseSize >= MAX_BYTES) {
      this.#sql.exec('delete from players where until <= ?', now);
      if (this.#sql.databaseSize >= MAX_BYTES) return false;
    }
    this.#sql.exec(
      `insert into players values (?, ?, ?)
       on conflict (user_id) do update set region = excluded.region, until = excluded.until`,
      userId,
      region ?? '',
      now + LISTING_LEASE_S * 1000,
    );
    return true;
  }

  async leave(userId: string): Promise<void> {
    this.#sql.exec('delete from players where user_id = ?', userId);
  }

  async countByRegion(): Promise<{ region: string; players: number }[]> {
    return this.#sql
      .exec<{ region: string; players: number }>(
        'select region, count(*) as players from players where until > ? group by region',
        Date.now(),
      )
      .toArray();
  }

  /** Takes an event for all players, or those of one region. False when too many wait already. */
  async broadcast(event: LiveEvent, region: string | null): Promise<boolean> {
    const { waiting } = this.#sql.exec<{ waiting: number }>('select count(*) as waiting from waiting').one();
    if (waiting >= MAX_WAITING) return false;
    this.#sql.exec(
      `insert into waiting (event, region, after) values (?, ?, '')`,
      JSON.stringify(event),
      region,
    );
    await this.ctx.storage.setAlarm(Date.now());
    return true;
  }

  /** Tells one page of players one event. A page that is cut off is told again: events with an id are known by it. */
  override async alarm(): Promise<void> {
    await loggedAs(undefined, () => this.#tellPage());
  }

  async #tellPage(): Promise<void> {
    const [next] = this.#sql.exec<Waiting>('select * from waiting order by id limit 1').toArray();
    if (next === undefined) return;
    const userIds = this.#sql
      .exec<{ userId: string }>(
        `select user_id as userId from players
         where user_id > ? and until > ? and (? is null or region = ?) order by user_id limit ?`,
        next.after,
        Date.now(),
        next.region,
        next.region,
        PAGE,
      )
      .toArray()
      .map(({ userId }) => userId);
    const event = liveEventSchema.safeParse(JSON.parse(next.event));
    if (event.success) await openLive(this.env).send(userIds, event.data);
    else log('error', 'waiting live event not understood', { id: next.id });
    const last = userIds.at(-1);
    if (userIds.length < PAGE || last === undefined) {
      this.#sql.exec('delete from waiting where id = ?', next.id);
    } else {
      this.#sql.exec('update waiting set after = ? where id = ?', last, next.id);
    }
    await this.ctx.storage.setAlarm(Date.now());
  }
}
