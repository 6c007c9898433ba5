import { randomInt } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { beforeAll, describe, expect, it } from 'vitest';
import { recordPresence } from '#edge/history/plays.ts';
import { endSession } from '#edge/play/leave.ts';
import {
  api,
  call,
  createOk,
  deliver,
  enter,
  newGame,
  newNode,
  newPlayer,
  newStaff,
  report,
  services,
  type TestGame,
  type TestPlayer,
  unique,
} from '#edge/testing/platform.ts';
import { giveCredits } from '#edge/testing/wallet.ts';
import { adminNumbersApi } from '#shared/api/admin-numbers.ts';
import { walletApi } from '#shared/api/wallet.ts';
import { takeSamples } from './samples.ts';

let operator: TestPlayer;
beforeAll(async () => {
  operator = await newStaff('operator');
});

const DAY_MS = 86_400_000;
const iso = (ms: number) => new Date(ms).toISOString();
const dayOf = (ms: number) => iso(ms).slice(0, 10);

/** Midnight of a day long ago that is this test's own: nobody else's accounts are that old. */
const longAgo = () => Date.UTC(1900 + randomInt(80), 0, 1) + randomInt(200) * DAY_MS;

async function change(statement: ReturnType<typeof sql>) {
  return (await (await services()).db.execute(statement)).rows;
}

async function account(createdAt: number, guest = false): Promise<string> {
  const [row] = await change(sql`
    insert into users (display_name, guest, created_at) values ('Old', ${guest}, ${iso(createdAt)}::timestamptz)
    returning id`);
  return String(row?.id);
}

const activeOn = (userId: string, day: number) =>
  change(sql`insert into active_days (day, user_id) values (${dayOf(day)}::date, ${userId}::uuid)`);

describe('registrations', () => {
  it('are counted by the day, guests apart, with the days without any', async () => {
    const day = longAgo();
    await account(day);
    await account(day + DAY_MS - 1);
    await account(day + 5, true);
    await account(day + 2 * DAY_MS);
    const query = { from: iso(day), to: iso(day + 3 * DAY_MS), granularity: 'day' as const };
    const { points } = await api(adminNumbersApi.registrations, { query }, operator);
    expect(points).toEqual([
      { at: iso(day), accounts: 2, guests: 1 },
      { at: iso(day + DAY_MS), accounts: 0, guests: 0 },
      { at: iso(day + 2 * DAY_MS), accounts: 1, guests: 0 },
    ]);
  });
});

describe('active players', () => {
  it('are counted once a day, once a week and once a month, however often they come', async () => {
    const monday = Date.UTC(1850 + randomInt(40), 0, 1);
    // Between the 6th and the 12th of February: a week and a half within one month.
    const start = monday - ((new Date(monday).getUTCDay() + 6) % 7) * DAY_MS + 42 * DAY_MS;
    const [anna, ben] = [crypto.randomUUID(), crypto.randomUUID()];
    await activeOn(anna, start);
    await activeOn(anna, start + DAY_MS);
    await activeOn(ben, start + DAY_MS);
    await activeOn(ben, start + 7 * DAY_MS);
    const ask = async (granularity: 'day' | 'week' | 'month', days: number) => {
      const query = { from: iso(start), to: iso(start + days * DAY_MS), granularity };
      return (await api(adminNumbersApi.active, { query }, operator)).points.map(({ players }) => players);
    };
    expect(await ask('day', 3)).toEqual([1, 2, 0]);
    expect(await ask('week', 14)).toEqual([2, 1]);
    expect((await ask('month', 8))[0]).toBe(2);
  });

  it('are those who sign in, and those who go on being signed in', async () => {
    const player = await newPlayer();
    const days = () =>
      change(sql`
      select (day = (now() at time zone 'utc')::date) as today from active_days where user_id = ${player.user.id}::uuid`);
    expect(await days()).toEqual([{ today: true }]);
    await change(sql`delete from active_days where user_id = ${player.user.id}::uuid`);
    const headers = { Cookie: player.cookie };
    expect((await call('POST', '/v1/accounts/refresh', { headers })).status).toBe(200);
    expect(await days()).toEqual([{ today: true }]);
  });

  it('of a game and a region are those who began to play there', async () => {
    const region = unique('region');
    const game = await newGame();
    const node = await newNode([game], { region, slots: 2 });
    const { db } = await services();
    for (const player of [await newPlayer(), await newPlayer()]) {
      const { ticket } = await createOk(player, game);
      const event = report(ticket, {
        type: 'viewer_joined',
        seq: 1,
        userId: player.user.id,
        seat: 1,
      } as never);
      await recordPresence(db, node.id, event as Parameters<typeof recordPresence>[2]);
    }
    const ask = async (place: object) => {
      const query = { from: iso(Date.now() - DAY_MS), to: iso(Date.now() + DAY_MS), ...place };
      const { points } = await api(adminNumbersApi.active, { query }, operator);
      return points.reduce((sum, { players }) => sum + players, 0);
    };
    expect(await ask({ game: game.slug })).toBe(2);
    expect(await ask({ region })).toBe(2);
    expect(await ask({ region, game: 'another' })).toBe(0);
  });
});

describe('retention', () => {
  it('counts who came back on the 1st, 7th and 30th day after they registered', async () => {
    const day = longAgo();
    const back: number[][] = [[1, 7, 30], [1, 2, 7], [8, 29, 31], []];
    for (const days of back) {
      const userId = await account(day + 3_600_000);
      for (const after of [0, ...days]) await activeOn(userId, day + after * DAY_MS);
    }
    const next = await account(day + DAY_MS);
    await activeOn(next, day + 2 * DAY_MS);
    const guest = await account(day, true);
    await activeOn(guest, day + DAY_MS);
    const query = { from: dayOf(day), to: dayOf(day + DAY_MS) };
    const { cohorts } = await api(adminNumbersApi.retention, { query }, operator);
    expect(cohorts).toEqual([
      { day: dayOf(day), size: 4, d1: 2, d7: 2, d30: 1 },
      { day: dayOf(day + DAY_MS), size: 1, d1: 1, d7: 0, d30: 0 },
    ]);
    const all = await api(adminNumbersApi.retention, { query: { ...query, guests: 'true' } }, operator);
    expect(all.cohorts[0]).toMatchObject({ size: 5, d1: 3 });
  });

  it('is told of those who have played a game, or in a region', async () => {
    const day = longAgo();
    const [game, region] = [unique('game'), unique('region')];
    const played = async (userId: string, here: string, there: string) =>
      change(sql`
        insert into plays (session_id, user_id, game, region, role, joined_at, seconds)
        values (${crypto.randomUUID()}::uuid, ${userId}::uuid, ${here}, ${there}, 'player', ${iso(day)}::timestamptz, 60)`);
    const [both, other, none] = [await account(day), await account(day), await account(day)];
    await played(both, game, region);
    await played(other, 'another', region);
    for (const userId of [both, none]) await activeOn(userId, day + DAY_MS);
    const ask = async (place: object) => {
      const query = { from: dayOf(day), to: dayOf(day), ...place };
      return (await api(adminNumbersApi.retention, { query }, operator)).cohorts;
    };
    expect(await ask({})).toMatchObject([{ size: 3, d1: 2 }]);
    expect(await ask({ game })).toMatchObject([{ size: 1, d1: 1 }]);
    expect(await ask({ region })).toMatchObject([{ size: 2, d1: 1 }]);
    expect(await ask({ game, region: 'another' })).toEqual([]);
  });

  it('is not known before the day is over', async () => {
    const today = dayOf(Date.now());
    const { cohorts } = await api(adminNumbersApi.retention, { query: { from: today, to: today } }, operator);
    expect(cohorts).toMatchObject([{ day: today, d1: null, d7: null, d30: null }]);
  });
});

describe('online players and sessions', () => {
  it('over time come from samples: average and highest of each step, null where none was taken', async () => {
    const hour = longAgo();
    const region = unique('region');
    const sample = (minute: number, at: string, value: number, game = '') =>
      change(sql`
      insert into samples (at, measure, region, game, value)
      values (${iso(hour + minute * 60_000)}::timestamptz, 'players', ${at}, ${game}, ${value})`);
    await sample(0, region, 4, 'one');
    await sample(0, region, 2, 'two');
    await sample(0, 'elsewhere', 50, 'one');
    await sample(1, '', 0);
    const ask = (more: object) => {
      const query = { from: iso(hour), to: iso(hour + 2 * 3_600_000), measure: 'players' as const, ...more };
      return api(adminNumbersApi.online, { query }, operator);
    };
    expect((await ask({ region, granularity: 'hour' })).points).toEqual([
      { at: iso(hour), average: 3, peak: 6 },
      { at: iso(hour + 3_600_000), average: null, peak: null },
    ]);
    expect((await ask({ region, game: 'two', granularity: 'hour' })).points[0]).toMatchObject({ peak: 2 });
    expect((await ask({ granularity: 'minute' })).points.slice(0, 3).map(({ peak }) => peak)).toEqual([
      56,
      0,
      null,
    ]);
  });

  it('are sampled by the minute, once for each minute', async () => {
    const region = unique('region');
    const game = await newGame();
    await newNode([game], { region });
    await createOk(await newPlayer(), game);
    await enter(await newPlayer(), game);
    const all = await services();
    await takeSamples(all);
    await takeSamples(all);
    const peak = async (query: object) => {
      const from = iso(Date.now() - 120_000);
      const { points } = await api(adminNumbersApi.online, { query: { from, ...query } }, operator);
      return Math.max(...points.map(point => point.peak ?? 0));
    };
    expect(await peak({ region, measure: 'sessions' })).toBe(1);
    expect(await peak({ region, measure: 'players' })).toBe(1);
    expect(await peak({ game: game.slug, measure: 'waiting' })).toBe(1);
    expect(await peak({ region: unique('region'), measure: 'sessions' })).toBe(0);
    const { sessions } = await api(adminNumbersApi.now, {}, operator);
    expect(sessions.filter(row => row.game === game.slug)).toEqual([
      { game: game.slug, region, state: 'reserved', sessions: 1, players: 1 },
      { game: game.slug, region: null, state: 'queued', sessions: 1, players: 1 },
    ]);
  });
});

const today = () => ({ from: iso(Date.now() - DAY_MS), to: iso(Date.now() + DAY_MS) });
const total = (points: readonly Record<string, unknown>[], field: string) =>
  points.reduce((sum, point) => sum + Number(point[field]), 0);

describe('credits spent', () => {
  it('are what sessions of the game and region cost, less what was taken back', async () => {
    const region = unique('region');
    const game = await newGame(1, { price: 5 });
    const node = await newNode([game], { region, slots: 3 });
    const all = await services();
    const player = await newPlayer();
    await giveCredits(player, 22);
    for (let round = 0; round < 3; round++) {
      const { ticket, session } = await createOk(player, game);
      await deliver(node.id, [report(ticket, { type: 'session_playing', seq: 2 })]);
      await endSession(all, session.id, 'player_quit');
    }
    const ask = async (place: object) =>
      total(
        (await api(adminNumbersApi.spent, { query: { ...today(), ...place } }, operator)).points,
        'credits',
      );
    expect(await ask({ game: game.slug })).toBe(15);
    expect(await ask({ region })).toBe(15);
    const { items } = await api(walletApi.transfers, {}, player);
    const charge = items.find(({ kind }) => kind === 'session_charge');
    const params = { userId: player.user.id, transferId: charge?.id ?? '' };
    await api(walletApi.reverse, { params, body: { reason: 'It was our fault' } }, operator);
    expect(await ask({ region, game: game.slug })).toBe(10);
    expect(await ask({ region, game: 'another' })).toBe(0);
  });
});

describe('failures', () => {
  it('are counted by reason, region and game, beside all sessions', async () => {
    const region = unique('region');
    const game = await newGame();
    await newNode([game], { region, slots: 4 });
    const all = await services();
    const reasons = ['game_crashed', 'game_crashed', 'host_failed', 'player_quit'] as const;
    for (const reason of reasons) {
      const { session } = await createOk(await newPlayer(), game);
      await endSession(all, session.id, reason);
    }
    const query = { ...today(), region };
    const { points, reasons: rows } = await api(adminNumbersApi.failures, { query }, operator);
    expect([total(points, 'sessions'), total(points, 'failed')]).toEqual([4, 3]);
    expect(rows).toEqual([
      { reason: 'game_crashed', region, game: game.slug, sessions: 2 },
      { reason: 'host_failed', region, game: game.slug, sessions: 1 },
    ]);
  });
});

describe('queue waits', () => {
  /** A session that was queued and given a slot so many seconds later. */
  async function waited(game: TestGame, seconds: number, slot: { nodeId: string; index: number }) {
    const player = await newPlayer();
    await change(sql`
      insert into sessions (id, room_number, invite_code, game, game_version, owner_id, node_id, slot, epoch, state,
        queued_at, reserved_at, created_at, ended_at, end_reason)
      values (${crypto.randomUUID()}::uuid, ${String(randomInt(100_000, 1_000_000))}, ${crypto.randomUUID()}, ${game.slug},
        ${game.version}, ${player.user.id}::uuid, ${slot.nodeId}, ${slot.index}, 1, 'ended',
        now(), now() + make_interval(secs => ${seconds}), now(), now() + interval '1 h', 'player_quit')`);
  }

  it('are told by half and by 95 of 100, with those who gave up and those who came in at once', async () => {
    const region = unique('region');
    const game = await newGame();
    const node = await newNode([game], { region, slots: 1 });
    for (const [index, seconds] of [10, 20, 30, 40, 50].entries()) {
      await waited(game, seconds, { nodeId: node.id, index: index + 10 });
    }
    await createOk(await newPlayer(), game);
    const gaveUp = await enter(await newPlayer(), game);
    await endSession(await services(), gaveUp.session.id, 'queue_left');
    const ask = async (place: object) =>
      (await api(adminNumbersApi.waits, { query: { ...today(), ...place } }, operator)).rows;
    expect(await ask({ game: game.slug })).toEqual([
      { region, game: game.slug, sessions: 6, queued: 5, left: 0, p50: 30, p95: 48 },
      { region: null, game: game.slug, sessions: 1, queued: 1, left: 1, p50: null, p95: null },
    ]);
    expect(await ask({ region })).toHaveLength(1);
  });

  it('are measured from the place in the queue to the slot', async () => {
    const game = await newGame();
    await newNode([game]);
    const first = await createOk(await newPlayer(), game);
    const waiting = await enter(await newPlayer(), game);
    expect(waiting.session.state).toBe('queued');
    await change(sql`
      update sessions set queued_at = queued_at - interval '100 s' where id = ${waiting.session.id}::uuid`);
    await endSession(await services(), first.session.id, 'player_quit');
    const query = { ...today(), game: game.slug };
    const { rows } = await api(adminNumbersApi.waits, { query }, operator);
    const [row] = rows;
    expect(row).toMatchObject({ region: 'local', sessions: 2, queued: 1, left: 0 });
    expect(row?.p50).toBeGreaterThanOrEqual(100);
    expect(row?.p50).toBeLessThan(160);
  });
});

describe('an answer of numbers', () => {
  it('is not sent again to who has it, and is refused for a range without bounds', async () => {
    const day = longAgo();
    const path = `/v1/admin/numbers/registrations?from=${iso(day)}&to=${iso(day + DAY_MS)}`;
    const first = await call('GET', path, { token: operator.token });
    const headers = { 'If-None-Match': first.headers.get('etag') ?? '' };
    expect((await call('GET', path, { token: operator.token, headers })).status).toBe(304);
    const endless = `/v1/admin/numbers/online?from=${iso(day)}`;
    expect((await call('GET', endless, { token: operator.token })).status).toBe(400);
  });
});
