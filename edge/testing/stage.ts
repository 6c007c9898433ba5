import { sql } from 'drizzle-orm';
import { type Admission, type Session, sessionSchema } from '#shared/api/play.ts';
import {
  answerOf,
  call,
  claimsOf,
  createOk,
  newGame,
  newNode,
  newPlayer,
  services,
  type TestGame,
  type TestNode,
  type TestPlayer,
} from './platform.ts';

/** A session that its host has a ticket to, on a node with that one slot. */
export interface Stage {
  game: TestGame;
  node: TestNode;
  player: TestPlayer;
  admission: Admission;
}

export async function newStage(): Promise<Stage> {
  const game = await newGame();
  const node = await newNode([game]);
  const player = await newPlayer();
  return { game, node, player, admission: await createOk(player, game) };
}

/** The session as its host sees it. */
export const look = ({ player, admission }: Stage): Promise<Session> =>
  answerOf(sessionSchema, call('GET', `/v1/sessions/${admission.session.id}`, { token: player.token }));

/** What the node says in its heartbeat when it holds the session. */
export const held = ({ admission }: Stage) => ({
  sessionId: admission.session.id,
  epoch: Number(claimsOf(admission.ticket).epoch),
});

export async function isSlotFree({ node }: Stage): Promise<boolean> {
  const { db } = await services();
  const { rows } = await db.execute<{ free: boolean }>(sql`
    select session_id is null as free from slots where node_id = ${node.id} and index = 0`);
  return rows[0]?.free ?? false;
}
