import { sql } from 'drizzle-orm';
import type { IdempotentRequest } from '#edge/http/idempotency.ts';
import { type Database, violatedUnique } from '#edge/store/database.ts';
import { resultOfRequest } from '#edge/store/requests.ts';
import { gameBuilds, games, idempotencyKeys } from '#edge/store/schema.ts';
import { type Build, MAX_BUILDS_PER_GAME, MAX_GAMES_PER_DEVELOPER } from '#shared/api/publishing.ts';
import { NearcadeError } from '#shared/errors.ts';
import { BUILD_TABLE } from '#shared/lifecycles/builds.ts';
import { type GameManifest, parseManifest } from '#shared/manifest.ts';
import { statesThatTake } from '#shared/state-machine.ts';
import { selectBuilds, toBuild } from './builds.ts';
import { type BuildName, type Developer, explainRefusal, mayTouch } from './developer.ts';
import { buildRow, gameRow } from './manifest-rows.ts';

/**
 * Makes a game, owned by who asks, of the manifest of its first build; nobody sees it until one is published. Answers the
 * draft. Throws `manifest_invalid`, `game_exists`, `games_full` or `idempotency_key_reused`.
 */
export async function registerGame(
  db: Database,
  json: unknown,
  idempotency: IdempotentRequest,
): Promise<Build> {
  const manifest = parseManifest(json);
  const { userId, key, requestHash } = idempotency;
  const row = gameRow(manifest);
  try {
    const { rows } = await db.execute<{ id: string }>(sql`
      with first_time as (
        insert into ${idempotencyKeys} (user_id, key, request_hash, resource_id)
        select ${userId}::uuid, ${key}::text, ${requestHash}::text, uuidv7()
        where not exists (select 1 from ${games} where slug = ${manifest.slug})
          and (select count(*) from ${games} where owner_id = ${userId}::uuid) < ${MAX_GAMES_PER_DEVELOPER}::int
        on conflict do nothing
        returning resource_id
      ), game as (
        insert into ${games} (slug, owner_id, title, summary, description, version, seats, width, height, fps, pointer,
          cover, accent, controls, price, price_unit, published)
        select ${row.slug}::text, ${userId}::uuid, ${row.title}::text, ${row.summary}::text, ${row.description}::text,
          ${row.version}::text, ${row.seats}::int, ${row.width}::int, ${row.height}::int, ${row.fps}::int,
          ${row.pointer}::text, ${row.cover}::text, ${row.accent}::text, ${JSON.stringify(row.controls)}::jsonb,
          ${row.price}::int, ${row.priceUnit}::text, false
        from first_time
        returning slug
      )
      insert into ${gameBuilds} (id, game, version, manifest, seats, price, price_unit, regions, uploaded_by)
      select first_time.resource_id, game.slug, ${buildValues(manifest)}, ${userId}::uuid from game, first_time
      returning id`);
    const [build] = rows;
    if (build !== undefined) return await buildById(db, build.id);
  } catch (error) {
    // Somebody else was registering it at the same moment.
    if (violatedUnique(error) !== 'games_pkey') throw error;
  }
  const earlier = await resultOfRequest(db, idempotency);
  if (earlier !== undefined) return buildById(db, earlier);
  const [known] = (await db.execute(sql`select 1 from ${games} where slug = ${manifest.slug}`)).rows;
  throw new NearcadeError(known === undefined ? 'games_full' : 'game_exists');
}

/**
 * Takes a build's manifest in as a draft, or instead of the draft of that version. Doing it twice leaves it the same.
 * Throws `manifest_invalid`, `game_not_found`, `forbidden`, `illegal_transition` once it was published, `builds_full`.
 */
export async function uploadBuild(
  db: Database,
  developer: Developer,
  name: BuildName,
  json: unknown,
): Promise<Build> {
  const manifest = parseManifest(json);
  requireName(manifest, name);
  const [, { rows }] = await db.batch([
    // Uploads to one game take turns, so that the count holds.
    db.execute(sql`select 1 from ${games} where slug = ${name.slug} for update`),
    db.execute<{ id: string }>(sql`
      insert into ${gameBuilds} as build (id, game, version, manifest, seats, price, price_unit, regions, uploaded_by)
      select uuidv7(), game.slug, ${buildValues(manifest)}, ${developer.userId}::uuid
      from ${games} as game
      where game.slug = ${name.slug} and ${mayTouch(developer)}
        and (select count(*) from ${gameBuilds} as other where other.game = game.slug and other.version <> ${name.version})
          < ${MAX_BUILDS_PER_GAME}::int
      on conflict (game, version) do update set manifest = excluded.manifest, seats = excluded.seats,
        price = excluded.price, price_unit = excluded.price_unit, regions = excluded.regions,
        uploaded_by = excluded.uploaded_by
      where build.status in ${statesThatTake(BUILD_TABLE, 'upload')}
      returning build.id`),
  ]);
  const [build] = rows;
  if (build !== undefined) return buildById(db, build.id);
  await explainRefusal(db, developer, name.slug, { version: name.version, event: 'upload' }).catch(error => {
    // There is none yet: then it was the count.
    if (!(error instanceof NearcadeError) || error.code !== 'build_not_found') throw error;
  });
  throw new NearcadeError('builds_full');
}

/** The values of version, manifest, seats, price, price_unit and regions. */
function buildValues(manifest: GameManifest) {
  const row = buildRow(manifest);
  return sql`${row.version}::text, ${JSON.stringify(manifest)}::jsonb, ${row.seats}::int, ${row.price}::int,
    ${row.priceUnit}::text, array(select jsonb_array_elements_text(${JSON.stringify(row.regions)}::jsonb))`;
}

async function buildById(db: Database, id: string): Promise<Build> {
  const [row] = (await selectBuilds(db, sql`build.id = ${id}::uuid`)).rows;
  if (row === undefined) throw new NearcadeError('build_not_found');
  return toBuild(row);
}

/** Throws `manifest_invalid` when a manifest is for another build than its address says. */
function requireName(manifest: GameManifest, { slug, version }: BuildName): void {
  const issues = [
    ...(manifest.slug === slug ? [] : [{ path: 'slug', message: `must be ${slug}, as in the address` }]),
    ...(manifest.version === version
      ? []
      : [{ path: 'version', message: `must be ${version}, as in the address` }]),
  ];
  if (issues.length === 0) return;
  const message = issues.map(issue => `${issue.path}: ${issue.message}`).join('; ');
  throw new NearcadeError('manifest_invalid', message, { details: { issues } });
}
