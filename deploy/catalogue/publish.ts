import { isDeepStrictEqual } from 'node:util';
import { sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { gameRow } from '#edge/catalog/manifest-rows.ts';
import { gameBuilds, gameReleases, games, nodeGames, nodes } from '#edge/store/schema.ts';
import { NearcadeError } from '#shared/errors.ts';
import type { BuildState, ReleaseEndReason } from '#shared/lifecycles/builds.ts';
import { type GameManifest, parseManifest } from '#shared/manifest.ts';
import { hideOthers, putOnStable, type Writer } from './stable.ts';

/** What became of a game. */
export interface Published {
  slug: string;
  /** Undefined for a game that is not in the release any more. */
  version?: string;
  outcome: 'published' | 'unchanged' | 'left alone' | 'hidden';
  /** For people: why it was left alone, or how many nodes can run it. */
  note: string;
}

/**
 * Shows the games of a release in the stable channel, all or none: those that are new there, or there in another version. Doing it twice leaves
 * it the same. What people have done by the API is kept: a build that was retired or rolled back does not come back, and a developer's game stays
 * theirs. Throws `deploy_refused`, naming each game, where no ready node could run what would be shown, or where a manifest differs from what
 * was published under its version.
 */
export function publishGames(
  database: NodePgDatabase,
  manifests: readonly GameManifest[],
): Promise<Published[]> {
  return database.transaction(async transaction => {
    const plans: Plan[] = [];
    for (const manifest of manifests) plans.push(await planOf(transaction, manifest));
    const problems = plans.flatMap(({ problem }) => problem ?? []);
    if (problems.length > 0) {
      throw new NearcadeError('deploy_refused', `Nothing was published. ${problems.join(' ')}`);
    }
    for (const { manifest, outcome } of plans) {
      if (outcome === 'published') await putOnStable(transaction, manifest);
    }
    const hidden = await hideOthers(
      transaction,
      manifests.map(({ slug }) => slug),
    );
    return [
      ...plans.map(({ manifest: { slug, version }, outcome, note }) => ({ slug, version, outcome, note })),
      ...hidden.map(slug => ({ slug, outcome: 'hidden' as const, note: 'it is not in this release' })),
    ];
  });
}

type Plan = { manifest: GameManifest; problem?: string } & Pick<Published, 'outcome' | 'note'>;

async function planOf(database: Writer, manifest: GameManifest): Promise<Plan> {
  const { slug, version } = manifest;
  const row = await lockGame(database, manifest);
  const { ready, able } = await countNodes(database, manifest);
  const plan = { manifest, outcome: 'unchanged', note: `${able} of ${ready} ready nodes have it` } as const;
  const leave = (note: string): Plan => ({ ...plan, outcome: 'left alone', note });
  if (row.owned) return leave('a developer has registered a game of this name');
  if (row.status === 'retired') {
    return leave('this version was retired: a new version is needed to show it again');
  }
  if (row.status === 'published' && !isSameManifest(row.manifest, manifest)) {
    const problem = `${slug}: its manifest is not what was published as ${version}: give it a new version.`;
    return { ...plan, problem };
  }
  if (row.current === version && row.shown) return plan;
  if (row.endReason === 'rolled_back') {
    return leave('this version was rolled back: publish it by the API, or a newer one');
  }
  const problem = able === 0 ? `${slug}: no ready node has ${version}, so nobody could play it.` : undefined;
  return { ...plan, outcome: 'published', ...(problem === undefined ? {} : { problem }) };
}

type GameState = Record<string, unknown> & {
  owned: boolean;
  shown: boolean;
  /** Of the build of this version. */
  status: BuildState | null;
  manifest: unknown;
  /** The version in the stable channel. */
  current: string | null;
  /** Of this version's last time there. */
  endReason: ReleaseEndReason | null;
};

/** What the catalogue has of a game, which is made if need be; it stays that way until the transaction ends, as for who publishes by the API. */
async function lockGame(database: Writer, manifest: GameManifest): Promise<GameState> {
  const { slug, version } = manifest;
  await database.insert(games).values(gameRow(manifest)).onConflictDoNothing();
  await database.execute(sql`select 1 from ${games} where slug = ${slug} for update`);
  const { rows } = await database.execute<GameState>(sql`
    select game.owner_id is not null as owned, game.published as shown, build.status, build.manifest,
      (select release.version from ${gameReleases} as release
        where release.game = game.slug and release.channel = 'stable' and release.ended_at is null) as current,
      (select release.end_reason from ${gameReleases} as release
        where release.game = game.slug and release.channel = 'stable' and release.version = ${version}
        order by release.id desc limit 1) as "endReason"
    from ${games} as game
    left join ${gameBuilds} as build on build.game = game.slug and build.version = ${version}
    where game.slug = ${slug}`);
  const [row] = rows;
  if (row === undefined) throw new NearcadeError('game_not_found', slug);
  return row;
}

/** Ready nodes where the game may be played, and those of them that have this version. */
async function countNodes(
  database: Writer,
  { slug, version, regions }: GameManifest,
): Promise<{ ready: number; able: number }> {
  const { rows } = await database.execute<{ ready: number; able: number }>(sql`
    select count(*)::int as ready, count(offer.node_id)::int as able
    from ${nodes} as node
    left join ${nodeGames} as offer
      on offer.node_id = node.id and offer.game = ${slug} and offer.version = ${version}
    where node.state = 'ready' and node.lease_expires_at > now()
      and (${regions.length === 0} or node.region in (
        select jsonb_array_elements_text(${JSON.stringify(regions)}::jsonb)))`);
  return rows[0] ?? { ready: 0, able: 0 };
}

/** As this release reads both: a field that came later has its default in what is stored. */
function isSameManifest(stored: unknown, manifest: GameManifest): boolean {
  try {
    return isDeepStrictEqual(plain(parseManifest(stored)), plain(manifest));
  } catch {
    return false;
  }
}

/** As JSON has it: without what is undefined. */
const plain = (manifest: GameManifest): unknown => JSON.parse(JSON.stringify(manifest));
