import { heartbeatResponseSchema } from '#shared/api/fleet.ts';
import { playApi } from '#shared/api/play.ts';
import { seatsApi } from '#shared/api/seats.ts';
import {
  answerOf,
  api,
  claimsOf,
  createOk,
  heartbeat,
  join,
  newGame,
  newNode,
  newPlayers,
  type TestNode,
  type TestPlayer,
} from './platform.ts';

/** A session with its host, and others who watch. */
export interface TestTable {
  id: string;
  node: TestNode;
  /** The host's first ticket. */
  ticket: string;
  host: TestPlayer;
  others: TestPlayer[];
}

/** A session of `seats` seats with `spectators` who watch it. */
export async function newTable(seats: number, spectators: number): Promise<TestTable> {
  const game = await newGame(seats);
  const node = await newNode([game]);
  const [host, ...others] = (await newPlayers(spectators + 1)) as [TestPlayer, ...TestPlayer[]];
  const { session, ticket } = await createOk(host, game);
  for (const player of others) await join(player, { sessionId: session.id, role: 'spectator' });
  return { id: session.id, node, ticket, host, others };
}

/** Role and seat as the platform has them; null: they are nowhere. */
export async function placeOf(player: TestPlayer): Promise<string | null> {
  const { current } = await api(playApi.current, {}, player);
  return current && (current.seat === null ? 'watching' : `seat ${current.seat}`);
}

export const seating = (table: TestTable, by: TestPlayer = table.host) =>
  api(seatsApi.seating, { params: { id: table.id } }, by);

export const claim = (table: TestTable, by: TestPlayer, seat?: number) =>
  api(seatsApi.claim, { params: { id: table.id }, body: seat === undefined ? {} : { seat } }, by);

/** What the services' functions take for a player. */
export function asPlayer({ token }: TestPlayer) {
  const { sub, name, sid } = claimsOf(token) as { sub: string; name: string; sid: string };
  return { sub, name, sid };
}

/** The orders that wait for the table's node, without id and time. */
export async function ordersOf({ node }: TestTable) {
  const { orders } = await answerOf(heartbeatResponseSchema, heartbeat(node));
  return orders.map(({ id: _, at: __, ...order }) => order);
}
