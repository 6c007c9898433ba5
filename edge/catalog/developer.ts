import { type SQL, sql } from 'drizzle-orm';
import type { Database } from '#edge/store/database.ts';
import { gameBuilds, games } from '#edge/store/schema.ts';
import { NearcadeError } from '#shared/errors.ts';
import { BUILD_TABLE, type BuildEvent, type BuildState } from '#shared/lifecycles/builds.ts';
import { nextState } from '#shared/state-machine.ts';

/** Who publishes. */
export interface Developer {
  userId: string;
  /** Whether they may touch everybody's games, not only their own. */
  everybodys: boolean;
}

export interface BuildName {
  slug: string;
  version: string;
}

/** The condition that `game`, a row of games, is one that the developer may touch. */
export function mayTouch({ userId, everybodys }: Developer): SQL {
  return everybodys ? sql`true` : sql`game.owner_id = ${userId}::uuid`;
}

/**
 * Why a developer's act on a game, and on one build of it, was not done: throws `game_not_found`, `forbidden`,
 * `build_not_found` or `illegal_transition`, and comes back when none of them holds.
 */
export async function explainRefusal(
  db: Database,
  developer: Developer,
  slug: string,
  build?: { version: string; event: BuildEvent },
): Promise<void> {
  const { rows } = await db.execute<{ allowed: boolean | null; status: BuildState | null }>(sql`
    select ${mayTouch(developer)} as allowed, build.status
    from ${games} as game
    left join ${gameBuilds} as build on build.game = game.slug and build.version = ${build?.version ?? null}::text
    where game.slug = ${slug}`);
  const [row] = rows;
  if (row === undefined) throw new NearcadeError('game_not_found');
  if (row.allowed !== true) throw new NearcadeError('forbidden', 'This game is somebody else’s');
  if (build === undefined) return;
  if (row.status === null) throw new NearcadeError('build_not_found');
  nextState(BUILD_TABLE, row.status, build.event);
}
