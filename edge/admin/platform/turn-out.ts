import { type SQL, sql } from 'drizzle-orm';
import { describeError, log } from '#edge/http/log.ts';
import { putOutOfPlay } from '#edge/play/put-out-player.ts';
import type { Services } from '#edge/services.ts';
import { setGroupTimer } from '#edge/social/clock/clock.ts';
import { accessRules, platforms, sessionMembers, signIns, users } from '#edge/store/schema.ts';
import { ACCESS_TOKEN_TTL_S } from '#shared/limits.ts';
import { LIVE_TOKEN_GRACE_S } from '#shared/live-protocol.ts';
import { STAFF_SQL } from './entry.ts';

/**
 * What a change of the lists means for who is inside already: their live sockets are closed and their places in sessions and queues
 * taken away, as a ban does, while their sign-in stays, since they may be let in again. The work goes through players in the order of
 * their ids, by as many clocks side by side as an id's last digit has values, so that ten thousand are out in seconds.
 */

/** Seconds within which every sign-in that has a live socket was refreshed: its token would have run out else. */
const RECENT_S = ACCESS_TOKEN_TTL_S + LIVE_TOKEN_GRACE_S + 60;

/** Seconds until every isolate goes by the change (SHARED_COPY_S, and room to spare): who came in by another until then is put out too. */
const SPREAD_S = 6;

/** Seconds for which tokens of who was put out open no socket: until every door knows. */
const REFUSED_S = 10;

/** Players of one turn: a handful of calls each, of the thousand that one invocation may make. */
const PAGE = 80;

/** Players who are put out side by side. */
const PARALLEL = 8;

const SHARDS = [...'0123456789abcdef'];

/** A change that may shut somebody out. `userId`: nobody but them. Never throws: cron sees to who was not reached. */
export async function startTurningOut(
  services: Pick<Services, 'timers' | 'platform' | 'now'>,
  userId?: string,
): Promise<void> {
  const now = services.now().getTime();
  const shards = userId === undefined ? SHARDS : [userId.slice(-1)];
  await Promise.all(
    shards.flatMap(shard =>
      [0, SPREAD_S].map(seconds =>
        setGroupTimer(
          services,
          `${shard}.${seconds}.${services.platform.name}`,
          new Date(now + seconds * 1000),
          'turn_out',
        ),
      ),
    ),
  );
}

/** A page of the players whose ids end in the shard's digit, after the player `from`; a timer's handler. */
export async function turnOut(services: Services, key: string, from: string | undefined): Promise<void> {
  const { shard = '', platform = '' } = /^(?<shard>[0-9a-f])\.\d+\.(?<platform>.+)$/s.exec(key)?.groups ?? {};
  const { rows } = await services.db.execute<{ user_id: string; sign_ins: string[] }>(sql`
    select here.user_id, array_agg(here.id::text) as sign_ins
    from (${hereAt(platform)}) as here join ${users} as account on account.id = here.user_id
    where right(here.user_id::text, 1) = ${shard}
      and ${from === undefined ? sql`true` : sql`here.user_id > ${from}::uuid`} and ${shutOutOf(platform)}
    group by here.user_id order by here.user_id limit ${PAGE}`);
  const waiting = [...rows];
  const putNextOut = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      await putOut(services, next.user_id, next.sign_ins);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, putNextOut));
  const last = rows.at(-1);
  if (last !== undefined && rows.length === PAGE) {
    await services.timers.set({ kind: 'turn_out', key, from: last.user_id }, services.now());
  }
}

/** Cron: begins again where somebody who is shut out plays, and soon after each change. */
export async function turnOutWhoSlippedIn(services: Services): Promise<void> {
  const { db, platform } = services;
  const { rows } = await db.execute(sql`
    select 1 from ${platforms} where name = ${platform.name} and (rules_version > 0 or allow_only)
      and (updated_at > now() - interval '2 minutes' or exists (
        select 1 from (${playingAt(platform.name)}) as here join ${users} as account on account.id = here.user_id
        where ${shutOutOf(platform.name)}))`);
  if (rows.length > 0) await startTurningOut(services);
}

async function putOut(services: Services, userId: string, signInIds: readonly string[]): Promise<void> {
  await services.live.cut(userId, signInIds, 'access_denied', REFUSED_S);
  try {
    await putOutOfPlay(services, userId, 'access_denied', { signInIds });
  } catch (error) {
    log('error', 'shut out and still in play', { userId, ...describeError(error) });
  }
}

const COLUMNS = sql.raw('sign_in.id, sign_in.user_id, sign_in.address');

/** Sign-ins by which somebody plays, watches or waits. */
const playingAt = (platform: string): SQL => sql`
  select ${COLUMNS} from ${sessionMembers} as member join ${signIns} as sign_in on sign_in.id = member.sign_in_id
  where member.active and sign_in.platform = ${platform}`;

/** Those, and all that may have a live socket. */
const hereAt = (platform: string): SQL => sql`
  select ${COLUMNS} from ${signIns} as sign_in
  where sign_in.platform = ${platform} and sign_in.ended_at is null
    and sign_in.last_used_at > now() - make_interval(secs => ${RECENT_S}::float8)
  union ${playingAt(platform)}`;

/** Condition on `here` and `account`, as entry.ts has it for who comes in. */
const shutOutOf = (platform: string): SQL => sql`(account.role not in (${STAFF_SQL}) and (
  ${isOn('deny', platform)} or (
    exists (select 1 from ${platforms} where name = ${platform} and allow_only) and not ${isOn('allow', platform)})))`;

const isOn = (list: 'allow' | 'deny', platform: string): SQL => {
  const rule = sql`select 1 from ${accessRules} as rule where rule.platform = ${platform} and rule.list = ${list}`;
  return sql`(exists (${rule} and rule.user_id = here.user_id) or exists (${rule} and rule.range >>= here.address))`;
};
