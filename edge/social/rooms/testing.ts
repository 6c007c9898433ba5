import { sql } from 'drizzle-orm';
import {
  answerOf,
  api,
  createOk,
  join,
  newGame,
  newNode,
  newPlayers,
  services,
  type TestNode,
  type TestPlayer,
} from '#edge/testing/platform.ts';
import { type Admission, admissionSchema, playApi } from '#shared/api/play.ts';
import { roomsApi } from '#shared/api/rooms.ts';
import type { ErrorCode } from '#shared/errors.ts';

/** What the tests of rooms and invite links share. */

/** A session with players in its first seats, the host in front. */
export interface TestRoom {
  id: string;
  node: TestNode;
  host: TestPlayer;
  /** Without the host. */
  players: TestPlayer[];
  admission: Admission;
}

export async function newRoom(seats: number, seated = seats): Promise<TestRoom> {
  const game = await newGame(seats);
  const node = await newNode([game]);
  const [host, ...players] = (await newPlayers(seated)) as [TestPlayer, ...TestPlayer[]];
  const admission = await createOk(host, game);
  const room = { id: admission.session.id, node, host, players, admission };
  for (const player of players) await enter(player, room);
  return room;
}

export const ask = (player: TestPlayer, { admission }: TestRoom, role: 'player' | 'spectator' = 'player') =>
  join(player, { roomNumber: admission.session.roomNumber, role });

export const enter = (player: TestPlayer, room: TestRoom, role?: 'player' | 'spectator') =>
  answerOf(admissionSchema, ask(player, room, role));

export const look = (player: TestPlayer, { id }: TestRoom) =>
  api(roomsApi.get, { params: { sessionId: id } }, player);

export const kick = (by: TestPlayer, { id }: TestRoom, target: TestPlayer, key?: string) =>
  api(roomsApi.kick, { params: { sessionId: id, userId: target.user.id }, body: {} }, by, key);

export const change = (by: TestPlayer, { id }: TestRoom, body: { locked?: boolean; listedOnly?: boolean }) =>
  api(roomsApi.change, { params: { sessionId: id }, body }, by);

export const startVote = (by: TestPlayer, { id }: TestRoom, key?: string) =>
  api(roomsApi.startVote, { params: { sessionId: id } }, by, key);

export const answer = (by: TestPlayer, { id }: TestRoom, vote: { id: string }, yes: boolean) =>
  api(roomsApi.answerVote, { params: { sessionId: id, voteId: vote.id }, body: { yes } }, by);

export const sessionOf = ({ host, id }: TestRoom) => api(playApi.get, { params: { id } }, host);

/** The code of the error that a call ends with. */
export const refusalOf = (call: Promise<unknown>): Promise<ErrorCode | 'none'> =>
  call.then(
    () => 'none',
    (error: { code: ErrorCode }) => error.code,
  );

/** Moves what a vote waits for into the past. */
export async function letTimePass(vote: { id: string }): Promise<void> {
  const { db } = await services();
  await db.execute(sql`
    update room_votes set ends_at = ends_at - interval '1 hour', decided_at = decided_at - interval '1 hour'
    where id = ${vote.id}`);
}
