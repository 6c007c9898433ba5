import { runDurableObjectAlarm } from 'cloudflare:test';
import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { api, bindings, deliver, report, services, type TestPlayer } from '#edge/testing/platform.ts';
import { claim, newTable, ordersOf, placeOf, seating, type TestTable } from '#edge/testing/table.ts';
import { playApi } from '#shared/api/play.ts';
import { seatsApi, TURN_GRACE_S, TURN_MIN_S, TURN_NOTICE_S } from '#shared/api/seats.ts';
import { settleDueSeats, settleSeats } from './change.ts';

/** A game for one, in turns: the host plays, the others watch. */
async function inTurns(spectators = 3) {
  const table = await newTable(1, spectators);
  await setTurns(table, TURN_MIN_S);
  const [one, two, three] = table.others as [TestPlayer, TestPlayer, TestPlayer];
  return { table, one, two, three };
}
const setTurns = (table: TestTable, turnSeconds: number | null, by = table.host) =>
  api(seatsApi.setSeat, { params: { id: table.id, seat: 1 }, body: { turnSeconds } }, by);
const settle = async (table: TestTable) => settleSeats(await services(), table.id);
const playing = async (table: TestTable, by = table.host) => (await seating(table, by)).seats[0]?.holderId;
const line = async (table: TestTable) => (await seating(table)).seats[0]?.claims.map(({ userId }) => userId);
const leftMs = async (table: TestTable) => (await seating(table)).seats[0]?.turn?.leftMs ?? Number.NaN;
/** Has `seconds` pass for the turn that goes on. */
const pass = async (table: TestTable, seconds: number) =>
  (await services()).db.execute(sql`
    update session_seats set turn_until = turn_until - make_interval(secs => ${seconds}::float8)
    where session_id = ${table.id}::uuid`);
const passAway = async (table: TestTable, seconds: number) =>
  (await services()).db.execute(sql`
    update session_members set away_since = away_since - make_interval(secs => ${seconds}::float8)
    where session_id = ${table.id}::uuid`);

describe('a seat with turns', () => {
  it('passes to the next who waits when the turn is up, and who had it may wait again', async () => {
    const { table, one, two } = await inTurns();
    expect(await claim(table, one)).toEqual({ kind: 'waiting', seat: 1, position: 1 });
    expect(await claim(table, two, 1)).toEqual({ kind: 'waiting', seat: 1, position: 2 });
    expect(await claim(table, one)).toEqual({ kind: 'waiting', seat: 1, position: 1 });
    expect(await leftMs(table)).toBeGreaterThan((TURN_MIN_S - 5) * 1000);
    await settle(table);
    expect(await playing(table)).toBe(table.host.user.id);
    await ordersOf(table);
    await pass(table, TURN_MIN_S);
    await settle(table);
    expect(await playing(table)).toBe(one.user.id);
    expect(await placeOf(table.host)).toBe('watching');
    expect((await ordersOf(table)).slice(-2)).toMatchObject([
      { userId: table.host.user.id, seat: null },
      { userId: one.user.id, seat: 1, host: false },
    ]);
    expect(await leftMs(table)).toBeGreaterThan((TURN_MIN_S - 5) * 1000);
    expect(await claim(table, table.host)).toEqual({ kind: 'waiting', seat: 1, position: 2 });
    expect(await line(table)).toEqual([two.user.id, table.host.user.id]);
  });

  it('passes once, however often and from wherever it is triggered', async () => {
    const { table, one, two, three } = await inTurns();
    for (const player of [one, two, three]) await claim(table, player);
    await pass(table, TURN_MIN_S + 3600);
    await Promise.all([settle(table), settle(table), settle(table), settleDueSeats(await services())]);
    expect(await playing(table)).toBe(one.user.id);
    expect(await line(table)).toEqual([two.user.id, three.user.id]);
    await Promise.all([settle(table), settle(table)]);
    expect(await playing(table)).toBe(one.user.id);
  });

  it('is ended by the clock that was set when somebody came to wait', async () => {
    const { table, one } = await inTurns();
    await claim(table, one);
    const clock = bindings.GROUP_CLOCK.get(bindings.GROUP_CLOCK.idFromName(`seats:${table.id}`));
    expect(await runDurableObjectAlarm(clock)).toBe(true);
    expect(await playing(table)).toBe(table.host.user.id);
    await pass(table, TURN_MIN_S);
    expect(await runDurableObjectAlarm(clock)).toBe(true);
    expect(await playing(table)).toBe(one.user.id);
  });

  it('goes on while nobody waits; who comes then gives the player a last notice', async () => {
    const { table, one } = await inTurns();
    await pass(table, TURN_MIN_S + 60);
    await settle(table);
    expect(await playing(table)).toBe(table.host.user.id);
    expect(await leftMs(table)).toBe(0);
    await claim(table, one);
    await settle(table);
    expect(await playing(table)).toBe(table.host.user.id);
    expect(await leftMs(table)).toBeGreaterThan((TURN_NOTICE_S - 5) * 1000);
    await pass(table, TURN_NOTICE_S);
    await settle(table);
    expect(await playing(table)).toBe(one.user.id);
  });

  it('is lost by a player who stays away longer than the grace, and kept by one who comes back', async () => {
    const { table, one } = await inTurns();
    await claim(table, one);
    const userId = table.host.user.id;
    const left = (seq: number) => report(table.ticket, { type: 'viewer_left', userId, seat: 1, seq });
    const joined = (seq: number) => report(table.ticket, { type: 'viewer_joined', userId, seat: 1, seq });
    await deliver(table.node.id, [joined(1), left(2), joined(3)]);
    await passAway(table, TURN_GRACE_S + 1);
    await settle(table);
    expect(await playing(table)).toBe(userId);
    await deliver(table.node.id, [left(4)]);
    await settle(table);
    expect(await playing(table)).toBe(userId);
    await passAway(table, TURN_GRACE_S);
    await settle(table);
    expect(await playing(table, one)).toBe(one.user.id);
    // Gone, until they come back to watch.
    expect(await placeOf(table.host)).toBeNull();
    await api(playApi.ticket, { params: { id: table.id } }, table.host);
    expect(await placeOf(table.host)).toBe('watching');
    expect((await seating(table)).hostId).toBe(userId);
  });

  it('is the next one’s at once when its player gives it back, leaves or is put out', async () => {
    const { table, one, two, three } = await inTurns();
    for (const player of [one, two, three]) await claim(table, player);
    await api(seatsApi.release, { params: { id: table.id } }, table.host);
    expect(await playing(table)).toBe(one.user.id);
    await api(playApi.leave, { params: { id: table.id } }, one);
    expect(await playing(table)).toBe(two.user.id);
    await api(
      seatsApi.place,
      { params: { id: table.id, userId: two.user.id }, body: { role: 'spectator' } },
      table.host,
    );
    expect(await playing(table)).toBe(three.user.id);
    expect(await line(table)).toEqual([]);
  });

  it('is passed on past those who wait by the host alone', async () => {
    const { table, one, two, three } = await inTurns();
    await claim(table, one);
    await pass(table, TURN_MIN_S);
    await settle(table);
    await claim(table, two);
    const handOver = (by: TestPlayer) =>
      api(seatsApi.handOver, { params: { id: table.id, seat: 1 }, body: { userId: three.user.id } }, by);
    await expect(handOver(one)).rejects.toMatchObject({ code: 'seats_taken' });
    await handOver(table.host);
    expect(await playing(table)).toBe(three.user.id);
    expect(await line(table)).toEqual([two.user.id]);
    await api(seatsApi.approve, { params: { id: table.id, userId: two.user.id } }, table.host);
    expect(await line(table)).toEqual([two.user.id]);
  });

  it('skips who is not there when their turn comes, or plays elsewhere', async () => {
    const { table, one, two, three } = await inTurns();
    for (const player of [one, two, three]) await claim(table, player);
    const gone = report(table.ticket, { type: 'viewer_left', userId: one.user.id, seat: null, seq: 1 });
    await deliver(table.node.id, [gone]);
    expect(await line(table)).toEqual([two.user.id, three.user.id]);
    await api(seatsApi.deny, { params: { id: table.id, userId: two.user.id } }, table.host);
    await pass(table, TURN_MIN_S);
    await settle(table);
    expect(await playing(table)).toBe(three.user.id);
  });

  it('has turns of a length that the host sets, or none', async () => {
    const { table, one } = await inTurns();
    await expect(setTurns(table, TURN_MIN_S, one)).rejects.toMatchObject({ code: 'forbidden' });
    for (const seconds of [TURN_MIN_S - 1, 1801]) {
      await expect(setTurns(table, seconds)).rejects.toMatchObject({ code: 'invalid_request' });
    }
    await setTurns(table, 600);
    expect(await leftMs(table)).toBeGreaterThan(590_000);
    await setTurns(table, null);
    expect((await seating(table)).seats[0]?.turn).toBeNull();
    await expect(claim(table, one)).rejects.toMatchObject({ code: 'seats_taken' });
  });
});
