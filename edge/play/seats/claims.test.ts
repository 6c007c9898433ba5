import { describe, expect, it } from 'vitest';
import { recordingServices, toldTo } from '#edge/testing/live-record.ts';
import {
  api,
  claimsOf,
  createOk,
  join,
  newGame,
  newNode,
  newPlayer,
  newPlayers,
  type TestPlayer,
} from '#edge/testing/platform.ts';
import {
  asPlayer,
  claim,
  newTable,
  ordersOf,
  placeOf,
  seating,
  type TestTable,
} from '#edge/testing/table.ts';
import { giveCredits } from '#edge/testing/wallet.ts';
import { playApi } from '#shared/api/play.ts';
import { seatsApi } from '#shared/api/seats.ts';
import { approveClaim, claimSeat, denyClaim } from './claims.ts';

const setPolicy = (table: TestTable, policy: 'open' | 'ask', by = table.host) =>
  api(seatsApi.setPolicy, { params: { id: table.id }, body: { policy } }, by);
const claimsOn = async (table: TestTable, seat: number) =>
  (await seating(table)).seats[seat - 1]?.claims.map(({ userId }) => userId);
const three = async (seats: number) => {
  const table = await newTable(seats, 3);
  const [one, two, third] = table.others as [TestPlayer, TestPlayer, TestPlayer];
  return { table, one, two, third };
};

describe('a claim to a free seat', () => {
  it('is granted at once where seats are open, told to the node, and to one of fifty who claim it at once', async () => {
    const table = await newTable(2, 50);
    const answers = await Promise.allSettled(table.others.map(player => claim(table, player, 2)));
    const won = answers.flatMap(answer => (answer.status === 'fulfilled' ? [answer.value] : []));
    expect(won).toEqual([{ kind: 'seated', seat: 2 }]);
    for (const answer of answers) {
      if (answer.status === 'rejected') expect(answer.reason).toMatchObject({ code: 'seats_taken' });
    }
    const { seats } = await seating(table);
    const holderId = seats[1]?.holderId;
    expect(seats.map(({ claims }) => claims)).toEqual([[], []]);
    expect(await ordersOf(table)).toMatchObject([
      { type: 'set_place', userId: holderId, role: 'player', seat: 2 },
    ]);
    const winner = table.others.find(({ user }) => user.id === holderId) as TestPlayer;
    expect(await placeOf(winner)).toBe('seat 2');
    expect(await claim(table, winner, 2)).toEqual({ kind: 'seated', seat: 2 });
  });

  it('takes another seat each, where nobody names one', async () => {
    const { table, one, two, third } = await three(3);
    const answers = await Promise.allSettled([one, two, third].map(player => claim(table, player)));
    expect(answers.map(({ status }) => status).sort()).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    const { seats } = await seating(table);
    expect(new Set(seats.map(({ holderId }) => holderId)).size).toBe(3);
  });

  it('is asked of the host where they want that, who says yes or no', async () => {
    const { table, one, two } = await three(2);
    await setPolicy(table, 'ask');
    expect((await seating(table)).policy).toBe('ask');
    const recording = await recordingServices();
    for (const player of [one, two]) {
      expect(await claimSeat(recording, asPlayer(player), table.id, undefined)).toEqual({
        kind: 'asked',
        seat: 2,
      });
    }
    expect(await claimSeat(recording, asPlayer(one), table.id, 2)).toEqual({ kind: 'asked', seat: 2 });
    expect(toldTo(recording.told, table.host.user.id, 'seat_asked')).toMatchObject([
      { seat: 2, from: { id: one.user.id } },
      { seat: 2, from: { id: two.user.id } },
    ]);
    expect(await claimsOn(table, 2)).toEqual([one.user.id, two.user.id]);
    await denyClaim(recording, table.host.user.id, table.id, one.user.id);
    expect(toldTo(recording.told, one.user.id, 'seat_denied')).toHaveLength(1);
    const approved = approveClaim(recording, table.host.user.id, table.id, one.user.id);
    await expect(approved).rejects.toMatchObject({ code: 'seat_claim_over' });
    await approveClaim(recording, table.host.user.id, table.id, two.user.id);
    expect(toldTo(recording.told, two.user.id, 'place_changed')).toMatchObject([{ role: 'player', seat: 2 }]);
    expect(await placeOf(two)).toBe('seat 2');
    expect(await placeOf(one)).toBe('watching');
  });

  it('of somebody who asks is refused when every seat is taken meanwhile, and granted elsewhere when another is free', async () => {
    const { table, one, two, third } = await three(3);
    await setPolicy(table, 'ask');
    await claim(table, one, 2);
    await claim(table, two, 2);
    const approve = (player: TestPlayer) =>
      api(seatsApi.approve, { params: { id: table.id, userId: player.user.id } }, table.host);
    await approve(one);
    await approve(two);
    expect([await placeOf(one), await placeOf(two)]).toEqual(['seat 2', 'seat 3']);
    await expect(claim(table, third)).rejects.toMatchObject({ code: 'seats_taken' });
    await api(seatsApi.release, { params: { id: table.id } }, two);
    await claim(table, third, 3);
    await api(
      seatsApi.place,
      { params: { id: table.id, userId: two.user.id }, body: { role: 'player', seat: 3 } },
      table.host,
    );
    await expect(approve(third)).rejects.toMatchObject({ code: 'seats_taken' });
  });

  it('is granted to who asks already when the host opens the seats; asked for no more, it is not', async () => {
    const { table, one, two } = await three(3);
    await setPolicy(table, 'ask');
    await claim(table, one, 2);
    await claim(table, two, 3);
    await api(seatsApi.withdraw, { params: { id: table.id } }, two);
    await setPolicy(table, 'open');
    expect([await placeOf(one), await placeOf(two)]).toEqual(['seat 2', 'watching']);
  });

  it('is not got around by coming in as a player where the host gives the seats', async () => {
    const { table } = await three(2);
    await setPolicy(table, 'ask');
    const stranger = await newPlayer();
    const answer = await join(stranger, { sessionId: table.id, role: 'player' });
    expect(await answer.json()).toMatchObject({ code: 'seat_needs_host' });
    expect((await join(stranger, { sessionId: table.id, role: 'spectator' })).status).toBe(200);
  });

  it('is for who watches this session and plays nowhere, and for the host alone to decide', async () => {
    const { table, one, two } = await three(2);
    await expect(claim(table, await newPlayer())).rejects.toMatchObject({ code: 'session_not_found' });
    await expect(claim(table, one, 7)).rejects.toMatchObject({ code: 'seats_taken' });
    const game = await newGame();
    await newNode([game]);
    const { session } = await createOk(one, game);
    await expect(claim(table, one)).rejects.toMatchObject({
      code: 'already_in_session',
      details: { sessionId: session.id },
    });
    await expect(setPolicy(table, 'ask', two)).rejects.toMatchObject({ code: 'forbidden' });
    await setPolicy(table, 'ask');
    await claim(table, two);
    for (const spec of [seatsApi.approve, seatsApi.deny]) {
      const byThemselves = api(spec, { params: { id: table.id, userId: two.user.id } }, two);
      await expect(byThemselves).rejects.toMatchObject({ code: 'forbidden' });
    }
    await expect(seating(table, await newPlayer())).rejects.toMatchObject({ code: 'session_not_found' });
  });
});

describe('a seat', () => {
  const release = (table: TestTable, by: TestPlayer) =>
    api(seatsApi.release, { params: { id: table.id } }, by);
  const handOver = (table: TestTable, by: TestPlayer, seat: number, to: TestPlayer) =>
    api(seatsApi.handOver, { params: { id: table.id, seat }, body: { userId: to.user.id } }, by);

  it('is given back, and who had it goes on watching', async () => {
    const { table, one, two } = await three(2);
    await claim(table, one);
    await release(table, one);
    await release(table, one);
    expect(await placeOf(one)).toBe('watching');
    expect(await claim(table, two)).toEqual({ kind: 'seated', seat: 2 });
    await expect(release(table, await newPlayer())).rejects.toMatchObject({ code: 'session_not_found' });
  });

  it('is passed on by who has it or by the host, to somebody who watches', async () => {
    const { table, one, two, third } = await three(2);
    await claim(table, one);
    await expect(handOver(table, two, 2, third)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(handOver(table, one, 2, table.host)).rejects.toMatchObject({ code: 'already_in_session' });
    await expect(handOver(table, one, 2, await newPlayer())).rejects.toMatchObject({
      code: 'session_not_found',
    });
    await ordersOf(table);
    await handOver(table, one, 2, two);
    expect([await placeOf(one), await placeOf(two)]).toEqual(['watching', 'seat 2']);
    // The node hears first who has lost the seat.
    expect((await ordersOf(table)).slice(-2)).toMatchObject([
      { type: 'set_place', userId: one.user.id, seat: null, rights: [] },
      { type: 'set_place', userId: two.user.id, seat: 2 },
    ]);
    await handOver(table, table.host, 2, third);
    expect([await placeOf(two), await placeOf(third)]).toEqual(['watching', 'seat 2']);
  });

  it('of the host is passed on too: they stay the host, and their leaving ends it', async () => {
    const { table, one, two } = await three(1);
    await handOver(table, table.host, 1, one);
    expect([await placeOf(table.host), await placeOf(one)]).toEqual(['watching', 'seat 1']);
    expect((await seating(table)).hostId).toBe(table.host.user.id);
    await handOver(table, table.host, 1, two);
    await api(playApi.leave, { params: { id: table.id } }, two);
    expect(await placeOf(one)).toBe('watching');
    await api(playApi.leave, { params: { id: table.id } }, table.host);
    expect(await placeOf(one)).toBeNull();
  });

  it('has one player whatever is done with it at once', async () => {
    const { table, one, two, third } = await three(2);
    await claim(table, one);
    await Promise.allSettled([
      handOver(table, one, 2, two),
      handOver(table, one, 2, third),
      release(table, one),
      api(playApi.leave, { params: { id: table.id } }, one),
      claim(table, two, 2),
      claim(table, third, 2),
    ]);
    const { seats } = await seating(table);
    const places = await Promise.all([one, two, third].map(placeOf));
    expect(places[0]).not.toBe('seat 2');
    const seated = [one, two, third].filter((_, index) => places[index] === 'seat 2');
    expect(seated.map(({ user }) => user.id)).toEqual(seats[1]?.holderId ? [seats[1].holderId] : []);
    // What the node was told last is what Postgres has.
    const last = new Map(
      (await ordersOf(table)).flatMap(order =>
        order.type === 'set_place' ? [[order.userId, order.seat]] : [],
      ),
    );
    for (const [index, player] of [one, two, third].entries()) {
      const told = last.get(player.user.id);
      if (told !== undefined && places[index] !== null) {
        expect(told === null ? 'watching' : `seat ${told}`).toBe(places[index]);
      }
    }
  });
});

describe('the host’s role', () => {
  const setHost = (table: TestTable, by: TestPlayer, to: TestPlayer) =>
    api(seatsApi.setHost, { params: { id: table.id }, body: { userId: to.user.id } }, by);

  it('is passed on to another player, who alone decides and ends it from then on', async () => {
    const { table, one, two } = await three(3);
    await claim(table, one);
    await expect(setHost(table, one, one)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(setHost(table, table.host, two)).rejects.toMatchObject({ code: 'session_not_found' });
    await ordersOf(table);
    await setHost(table, table.host, one);
    expect((await seating(table)).hostId).toBe(one.user.id);
    const news = (await ordersOf(table)).slice(-2);
    expect(news).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ userId: table.host.user.id, seat: 1, host: false }),
        expect.objectContaining({ userId: one.user.id, seat: 2, host: true }),
      ]),
    );
    const ticket = await api(playApi.ticket, { params: { id: table.id } }, one);
    expect(ticket.kind === 'admitted' && claimsOf(ticket.ticket)).toMatchObject({
      host: true,
      ownerId: table.host.user.id,
    });
    await expect(setPolicy(table, 'ask', table.host)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(api(playApi.end, { params: { id: table.id } }, table.host)).rejects.toMatchObject({
      code: 'forbidden',
    });
    await api(playApi.leave, { params: { id: table.id } }, table.host);
    expect(await placeOf(one)).toBe('seat 2');
    await api(playApi.leave, { params: { id: table.id } }, one);
    expect(await placeOf(two)).toBeNull();
  });

  it('stays with who pays for the session', async () => {
    const game = await newGame(2, { price: 5, priceUnit: 'session' });
    const node = await newNode([game]);
    const [host, heir] = (await newPlayers(2)) as [TestPlayer, TestPlayer];
    await giveCredits(host, 10);
    const { session, ticket } = await createOk(host, game);
    await join(heir, { sessionId: session.id, role: 'player' });
    const table = { id: session.id, node, ticket, host, others: [heir] };
    await expect(setHost(table, host, heir)).rejects.toMatchObject({ code: 'host_pays' });
    expect((await seating(table)).hostId).toBe(host.user.id);
  });
});
