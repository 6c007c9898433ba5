import { describe, expect, it } from 'vitest';
import { api, claimsOf, type TestPlayer } from '#edge/testing/platform.ts';
import { claim, newTable, ordersOf, seating, type TestTable } from '#edge/testing/table.ts';
import { playApi } from '#shared/api/play.ts';
import { type SeatChange, seatsApi } from '#shared/api/seats.ts';
import { SEAT_RIGHTS } from '#shared/seat-rights.ts';

const set = (table: TestTable, seat: number, body: SeatChange, by = table.host) =>
  api(seatsApi.setSeat, { params: { id: table.id, seat }, body }, by);

describe('what a seat may do', () => {
  it('is everything until the host says otherwise, and then told to the node and in each ticket', async () => {
    const table = await newTable(2, 1);
    const [one] = table.others as [TestPlayer];
    await claim(table, one);
    expect((await seating(table, one)).seats[1]).toMatchObject({ rights: [...SEAT_RIGHTS], paused: false });
    await ordersOf(table);
    await set(table, 2, { rights: ['keyboard', 'voice'] });
    await set(table, 2, { rights: ['voice', 'keyboard'] });
    await set(table, 2, { paused: true });
    const ticket = await api(playApi.ticket, { params: { id: table.id } }, one);
    expect(ticket.kind === 'admitted' && claimsOf(ticket.ticket)).toMatchObject({
      seat: 2,
      rights: ['voice'],
    });
    expect((await seating(table, one)).seats[1]).toMatchObject({
      rights: ['keyboard', 'voice'],
      paused: true,
    });
    await set(table, 2, { paused: false });
    await set(table, 2, { rights: [] });
    const news = (await ordersOf(table)).filter(order => order.type === 'set_rights');
    expect(news.map(({ seat, rights }) => ({ seat, rights: [...rights].sort() }))).toEqual([
      { seat: 2, rights: ['keyboard', 'voice'] },
      { seat: 2, rights: ['keyboard', 'voice'] },
      { seat: 2, rights: ['voice'] },
      { seat: 2, rights: ['keyboard', 'voice'] },
      { seat: 2, rights: [] },
    ]);
    const seatings = news.map(order => order.seating);
    expect([...seatings].sort((a, b) => a - b)).toEqual(seatings);
    expect(new Set(seatings).size).toBe(5);
  });

  it('goes with the seat to whoever has it next', async () => {
    const table = await newTable(2, 1);
    const [one] = table.others as [TestPlayer];
    await set(table, 2, { rights: ['mouse'] });
    await claim(table, one);
    expect((await ordersOf(table)).at(-1)).toMatchObject({ type: 'set_place', seat: 2, rights: ['mouse'] });
  });

  it('is for the host to say, about seats that there are', async () => {
    const table = await newTable(2, 1);
    const [one] = table.others as [TestPlayer];
    await expect(set(table, 2, { paused: true }, one)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(set(table, 3, { paused: true })).rejects.toMatchObject({ code: 'invalid_request' });
    await expect(set(table, 2, {})).rejects.toMatchObject({ code: 'invalid_request' });
    const twice = { rights: ['mouse', 'mouse'] as SeatChange['rights'] };
    await expect(set(table, 2, twice)).rejects.toMatchObject({ code: 'invalid_request' });
    expect(await ordersOf(table)).toEqual([]);
  });
});
