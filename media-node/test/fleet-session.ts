import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { arrive, phase, type SessionClaims, sessionOfEpoch, slug } from './stage.ts';
import type { TestEdge } from './test-edge.ts';
import type { TestNode } from './test-node.ts';
import type { TestPlayer } from './test-player.ts';

/** A session on a node that may have to go, and what of it is safe. */

/** A node's settings by which nothing of a session is put up before its end. */
export const NEVER = { quietSeconds: 3600, intervalSeconds: 3600, restlessSeconds: 3600 };

/** A session in which the game has written a save that nobody has put up yet. */
export async function play(
  edge: TestEdge,
  on: TestNode,
  epoch: number,
): Promise<{ session: SessionClaims; host: TestPlayer }> {
  const session = sessionOfEpoch(epoch);
  const host = await arrive(edge, session);
  await phase(host, 'playing');
  const saves = join(on.dir, 'data/homes', session.sessionId, 'saves');
  mkdirSync(saves, { recursive: true });
  writeFileSync(join(saves, 'presses'), `of epoch ${epoch}`);
  return { session, host };
}

export const isSaved = (edge: TestEdge, { sub }: SessionClaims): boolean =>
  edge.saves.good(sub, slug) !== undefined;

export const hasEnded = (edge: TestEdge, { sessionId }: SessionClaims): boolean =>
  edge.eventsOf(sessionId).some(type => type.startsWith('session_ended'));
