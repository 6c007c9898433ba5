import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { recordingServices, toldTo } from '#edge/testing/live-record.ts';
import {
  answerOf,
  api,
  claimsOf,
  createOk,
  heartbeat,
  join,
  newGame,
  newNode,
  newPlayer,
  newPlayers,
  services,
  type TestPlayer,
} from '#edge/testing/platform.ts';
import { heartbeatResponseSchema } from '#shared/api/fleet.ts';
import { playApi } from '#shared/api/play.ts';
import { seatsApi } from '#shared/api/seats.ts';
import { SEAT_RIGHTS } from '#shared/seat-rights.ts';
import { acceptSeat, offerSeat } from './places.ts';

/** A session of four seats with its host, a second player and two spectators. */
async function newTable() {
  const game = await newGame(4);
  const node = await newNode([game]);
  const [host, second, one, two] = (await newPlayers(4)) as [TestPlayer, TestPlayer, TestPlayer, TestPlayer];
  const { session } = await createOk(host, game);
  const { id, roomNumber } = session;
  await join(second, { roomNumber, role: 'player' });
  for (const player of [one, two]) await join(player, { roomNumber, role: 'spectator' });
  return { id, node, host, second, one, two };
}
type Table = Awaited<ReturnType<typeof newTable>>;

const place = (
  table: Table,
  by: TestPlayer,
  who: TestPlayer,
  body: { role: 'player' | 'spectator'; seat?: number },
) => api(seatsApi.place, { params: { id: table.id, userId: who.user.id }, body: body as never }, by);
const placeOf = async (player: TestPlayer) => {
  const { current } = await api(playApi.current, {}, player);
  return current && { role: current.role, seat: current.seat };
};
const asPlayer = ({ token }: TestPlayer) => {
  const { sub, name, sid } = claimsOf(token) as { sub: string; name: string; sid: string };
  return { sub, name, sid };
};
const ordersOf = async ({ node }: Table) =>
  (await answerOf(heartbeatResponseSchema, heartbeat(node))).orders.map(
    ({ id: _, at: __, ...order }) => order,
  );

describe('a member’s place', () => {
  it('is changed by the host, told to the node and in the next ticket', async () => {
    const table = await newTable();
    const { id, host, second, one } = table;
    await place(table, host, one, { role: 'player' });
    expect(await placeOf(one)).toEqual({ role: 'player', seat: 3 });
    await place(table, host, second, { role: 'player', seat: 4 });
    await place(table, host, one, { role: 'spectator' });
    expect(await placeOf(second)).toEqual({ role: 'player', seat: 4 });
    const ticket = await api(playApi.ticket, { params: { id } }, one);
    expect(ticket.kind === 'admitted' && claimsOf(ticket.ticket)).toMatchObject({
      role: 'spectator',
      seat: null,
      host: false,
      ownerId: host.user.id,
      seating: 3,
      rights: [],
    });
    const order = { type: 'set_place', sessionId: id, host: false, rights: [...SEAT_RIGHTS] };
    expect(await ordersOf(table)).toEqual([
      { ...order, seating: 1, userId: one.user.id, role: 'player', seat: 3 },
      { ...order, seating: 2, userId: second.user.id, role: 'player', seat: 4 },
      { ...order, seating: 3, userId: one.user.id, role: 'spectator', seat: null, rights: [] },
    ]);
  });

  it('is changed by nobody else, and never the host’s', async () => {
    const table = await newTable();
    const { host, second, one } = table;
    const stranger = await newPlayer();
    await expect(place(table, second, one, { role: 'player' })).rejects.toMatchObject({ code: 'forbidden' });
    await expect(place(table, stranger, one, { role: 'player' })).rejects.toMatchObject({
      code: 'forbidden',
    });
    await expect(place(table, host, host, { role: 'spectator' })).rejects.toMatchObject({
      code: 'forbidden',
    });
    await expect(place(table, host, stranger, { role: 'player' })).rejects.toMatchObject({
      code: 'session_not_found',
    });
    for (const seat of [1, 2]) {
      await expect(place(table, host, one, { role: 'player', seat })).rejects.toMatchObject({
        code: 'seats_taken',
      });
    }
    await expect(place(table, host, one, { role: 'player', seat: 5 })).rejects.toMatchObject({
      code: 'seats_taken',
    });
    expect(await ordersOf(table)).toEqual([]);
  });

  it('is one seat for one of those who are moved to it at once', async () => {
    const table = await newTable();
    const { host, one, two } = table;
    const moves = await Promise.allSettled(
      [one, two].map(player => place(table, host, player, { role: 'player', seat: 3 })),
    );
    expect(moves.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const places = await Promise.all([one, two].map(placeOf));
    expect(places.map(found => found?.seat).sort()).toEqual([3, null]);
  });

  it('is no seat for who has one elsewhere', async () => {
    const table = await newTable();
    const game = await newGame();
    await newNode([game]);
    await createOk(table.one, game);
    await expect(place(table, table.host, table.one, { role: 'player' })).rejects.toMatchObject({
      code: 'already_in_session',
    });
  });
});

describe('a seat offer', () => {
  it('is told live and taken with a ticket to the seat', async () => {
    const table = await newTable();
    const recording = await recordingServices();
    const offer = await offerSeat(recording, asPlayer(table.host), table.id, table.one.user.id, undefined);
    expect(toldTo(recording.told, table.one.user.id, 'seat_offered')).toMatchObject([
      { seat: 3, expiresAt: offer.expiresAt, from: { id: table.host.user.id } },
    ]);
    const entry = await acceptSeat(recording, asPlayer(table.one), table.id);
    expect(entry).toMatchObject({ kind: 'admitted', role: 'player', seat: 3 });
    expect(toldTo(recording.told, table.one.user.id, 'place_changed')).toMatchObject([
      { role: 'player', seat: 3 },
    ]);
    expect(toldTo(recording.told, table.second.user.id, 'room_changed')).toHaveLength(1);
    expect(await ordersOf(table)).toMatchObject([{ type: 'set_place', seat: 3 }]);
    await expect(acceptSeat(recording, asPlayer(table.one), table.id)).rejects.toMatchObject({
      code: 'seat_offer_over',
    });
  });

  it('ends when it is turned down, runs out, or its seat is taken', async () => {
    const table = await newTable();
    const { id, host, second, one, two } = table;
    const offer = (who: TestPlayer, seat?: number) =>
      api(seatsApi.offer, { params: { id, userId: who.user.id }, body: { seat } }, host);
    const accept = (who: TestPlayer) => api(seatsApi.accept, { params: { id } }, who);
    await offer(one);
    await api(seatsApi.decline, { params: { id } }, one);
    await expect(accept(one)).rejects.toMatchObject({ code: 'seat_offer_over' });
    await offer(one);
    const { db } = await services();
    await db.execute(sql`update seat_offers set expires_at = now() where session_id = ${id}::uuid`);
    await expect(accept(one)).rejects.toMatchObject({ code: 'seat_offer_over' });
    await offer(one, 3);
    await offer(two, 3);
    await accept(two);
    await expect(accept(one)).rejects.toMatchObject({ code: 'seats_taken' });
    await expect(offer(second)).rejects.toMatchObject({ code: 'seats_taken' });
    await expect(
      api(seatsApi.offer, { params: { id, userId: one.user.id }, body: {} }, second),
    ).rejects.toMatchObject({ code: 'forbidden' });
  });
});
