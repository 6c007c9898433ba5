import { type SQL, sql } from 'drizzle-orm';
import type { IdempotentRequest } from '#edge/http/idempotency.ts';
import type { Database } from '#edge/store/database.ts';
import { resultOfRequest } from '#edge/store/requests.ts';
import { gameBuilds, gameReleases, games, idempotencyKeys } from '#edge/store/schema.ts';
import type { Build, Release } from '#shared/api/publishing.ts';
import { NearcadeError } from '#shared/errors.ts';
import { BUILD_TABLE, type BuildEvent, type Channel } from '#shared/lifecycles/builds.ts';
import { statesThatTake } from '#shared/state-machine.ts';
import {
  type ReleaseRow,
  releaseColumns,
  selectBuilds,
  selectReleases,
  toBuild,
  toRelease,
} from './builds.ts';
import { type BuildName, type Developer, explainRefusal, mayTouch } from './developer.ts';
import { showStableBuild } from './manifest-rows.ts';

/*
 * Each act is one transaction: it locks the game, then notes the request and does what it asks in one statement, then brings
 * the game's row in line. None touches a session: those that run keep their version to their end.
 */

/** Shows a build in a channel. Throws `game_not_found`, `forbidden`, `build_not_found`, `illegal_transition` or `idempotency_key_reused`. */
export async function publishBuild(
  db: Database,
  developer: Developer,
  { slug, version }: BuildName,
  channel: Channel,
  idempotency: IdempotentRequest,
): Promise<Release> {
  const [, { rows }] = await db.batch([
    lockGame(db, slug),
    db.execute<ReleaseRow>(sql`
      with wanted as (${touchableBuild(developer, { slug, version }, 'publish')}
      ), first_time as (${noteFirst(idempotency, sql`wanted`)}
      ), ended as (
        update ${gameReleases} set ended_at = clock_timestamp(), end_reason = 'superseded'
        where game = ${slug} and channel = ${channel} and ended_at is null and exists (select 1 from first_time)
        returning id
      ), marked as (
        update ${gameBuilds} as build set status = 'published', published_at = coalesce(build.published_at, now())
        from wanted, first_time where build.id = wanted.id
      )
      ${insertRelease(developer, slug, channel, sql`select version from wanted`)}`),
    db.execute(showStableBuild(slug, notedJustNow(idempotency))),
  ]);
  const [release] = rows;
  if (release !== undefined) return toRelease(release);
  return (
    (await earlierRelease(db, idempotency)) ??
    refuse(explainRefusal(db, developer, slug, { version, event: 'publish' }))
  );
}

/**
 * Shows the build that a channel had before, also when the channel has none since its build was retired. Rolling back again goes
 * back further, never forth. Throws `game_not_found`, `forbidden`, `nothing_to_roll_back` or `idempotency_key_reused`.
 */
export async function rollBackChannel(
  db: Database,
  developer: Developer,
  { slug, channel }: { slug: string; channel: Channel },
  idempotency: IdempotentRequest,
): Promise<Release> {
  const [, { rows }] = await db.batch([
    lockGame(db, slug),
    db.execute<ReleaseRow>(sql`
      with current as (
        select id, version from ${gameReleases} where game = ${slug} and channel = ${channel} and ended_at is null
      ), wanted as (
        select release.id, release.version from ${gameReleases} as release
        join ${gameBuilds} as build on build.game = release.game and build.version = release.version
        join ${games} as game on game.slug = release.game
        where release.game = ${slug} and release.channel = ${channel} and release.end_reason = 'superseded'
          and build.status = 'published' and ${mayTouch(developer)}
          and release.version is distinct from (select version from current)
        order by release.id desc limit 1
      ), first_time as (${noteFirst(idempotency, sql`wanted`)}
      ), ended as (
        update ${gameReleases} as release set end_reason = 'restored' from wanted, first_time where release.id = wanted.id
        returning release.id
      ), also_ended as (
        update ${gameReleases} as release set ended_at = clock_timestamp(), end_reason = 'rolled_back'
        from current, ended where release.id = current.id
        returning release.id
      )
      ${insertRelease(developer, slug, channel, sql`select version from wanted, (select count(*) from also_ended) as done`)}`),
    db.execute(showStableBuild(slug, notedJustNow(idempotency))),
  ]);
  const [release] = rows;
  if (release !== undefined) return toRelease(release);
  const earlier = await earlierRelease(db, idempotency);
  if (earlier !== undefined) return earlier;
  await explainRefusal(db, developer, slug);
  throw new NearcadeError('nothing_to_roll_back');
}

/**
 * Takes a build out of every channel, for good. Throws `game_not_found`, `forbidden`, `build_not_found`, `illegal_transition` or
 * `idempotency_key_reused`.
 */
export async function retireBuild(
  db: Database,
  developer: Developer,
  { slug, version }: BuildName,
  idempotency: IdempotentRequest,
): Promise<Build> {
  const [, { rows: retired }, , { rows }] = await db.batch([
    lockGame(db, slug),
    db.execute(sql`
      with wanted as (${touchableBuild(developer, { slug, version }, 'retire')}
      ), first_time as (${noteFirst(idempotency, sql`wanted`)}
      ), ended as (
        update ${gameReleases} as release set ended_at = clock_timestamp(), end_reason = 'retired'
        from wanted, first_time
        where release.game = ${slug} and release.version = wanted.version and release.ended_at is null
      )
      update ${gameBuilds} as build set status = 'retired', retired_at = now()
      from wanted, first_time where build.id = wanted.id
      returning build.id`),
    db.execute(showStableBuild(slug, notedJustNow(idempotency))),
    selectBuilds(db, sql`build.game = ${slug} and build.version = ${version}`),
  ]);
  const [build] = rows;
  if (retired.length === 0 || build === undefined) {
    const earlier = await resultOfRequest(db, idempotency);
    if (earlier === undefined || build === undefined) {
      return refuse(explainRefusal(db, developer, slug, { version, event: 'retire' }));
    }
  }
  return toBuild(build);
}

const lockGame = (db: Database, slug: string) =>
  db.execute(sql`select 1 from ${games} where slug = ${slug} for update`);

/** A query for the build, columns id and version, if the developer may touch it and it takes `event`. */
function touchableBuild(developer: Developer, { slug, version }: BuildName, event: BuildEvent): SQL {
  return sql`
    select build.id, build.version from ${gameBuilds} as build
    join ${games} as game on game.slug = build.game
    where build.game = ${slug} and build.version = ${version} and ${mayTouch(developer)}
      and build.status in ${statesThatTake(BUILD_TABLE, event)}`;
}

/** Notes the request under a new id, column resource_id, if it is its first time and `wanted` has a row. */
function noteFirst({ userId, key, requestHash }: IdempotentRequest, wanted: SQL): SQL {
  return sql`
    insert into ${idempotencyKeys} (user_id, key, request_hash, resource_id)
    select ${userId}::uuid, ${key}::text, ${requestHash}::text, uuidv7() from ${wanted}
    on conflict do nothing
    returning resource_id`;
}

/** The condition that this very transaction noted the request: `created_at` is the time that it began. */
function notedJustNow({ userId, key }: IdempotentRequest): SQL {
  return sql`exists (
    select 1 from ${idempotencyKeys} where user_id = ${userId}::uuid and key = ${key} and created_at = now())`;
}

/**
 * The release that `first_time` noted, of the one row with a version that `what` selects. After `ended` is done: a channel has
 * one release at a time.
 */
function insertRelease({ userId }: Developer, slug: string, channel: Channel, what: SQL): SQL {
  return sql`
    insert into ${gameReleases} (id, game, channel, version, released_by, released_at)
    select first_time.resource_id, ${slug}::text, ${channel}::text, what.version, ${userId}::uuid, clock_timestamp()
    from first_time, (select count(*) from ended) as done, (${what}) as what
    returning ${releaseColumns}`;
}

async function earlierRelease(db: Database, idempotency: IdempotentRequest): Promise<Release | undefined> {
  const id = await resultOfRequest(db, idempotency);
  if (id === undefined) return undefined;
  const [row] = (await selectReleases(db, sql`id = ${id}::uuid`)).rows;
  return row === undefined ? undefined : toRelease(row);
}

/** Throws why; `unavailable` when there is no reason any more: it came about at the same moment, and trying again will do. */
async function refuse(explained: Promise<void>): Promise<never> {
  await explained;
  throw new NearcadeError('unavailable');
}
