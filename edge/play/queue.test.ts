import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { reconcile } from '#edge/fleet/reconcile.ts';
import { recordingServices, toldTo } from '#edge/testing/live-record.ts';
import {
  api,
  call,
  claimsOf,
  codeOf,
  createOk,
  deliver,
  enter,
  join,
  newGame,
  newNode,
  newPlayer,
  newPlayers,
  report,
  services,
  type TestGame,
  type TestPlayer,
} from '#edge/testing/platform.ts';
import { giveCredits, walletOf } from '#edge/testing/wallet.ts';
import { type Admission, type Entry, playApi } from '#shared/api/play.ts';
import { QUEUE_KEEP_S } from '#shared/limits.ts';
import { endSession } from './leave.ts';
import { advanceQueue } from './queue.ts';

const ask = (player: TestPlayer, { session }: Pick<Entry, 'session'>) =>
  api(playApi.ticket, { params: { id: session.id } }, player);
const leave = (player: TestPlayer, { session }: Pick<Entry, 'session'>) =>
  api(playApi.leave, { params: { id: session.id } }, player);
const endReport = ({ ticket }: Admission) =>
  report(ticket, { type: 'session_ended', seq: 9, reason: 'game_exited' });

/** A game whose one slot is taken, and players who wait for it in this order. */
async function newQueue(length: number, game?: TestGame) {
  const played = game ?? (await newGame());
  const node = await newNode([played]);
  const host = await newPlayer();
  const admission = await createOk(host, played);
  const players = (await newPlayers(length)) as [TestPlayer, ...TestPlayer[]];
  const entries: Entry[] = [];
  for (const player of players) entries.push(await enter(player, played));
  return { game: played, node, host, admission, players, entries: entries as [Entry, ...Entry[]] };
}

/** Makes the place look as if nothing had been heard for `seconds`. */
async function age({ session }: Pick<Entry, 'session'>, seconds: number): Promise<void> {
  const { db } = await services();
  await db.execute(sql`
    update sessions set wait_until = wait_until - make_interval(secs => ${seconds}::float8) where id = ${session.id}::uuid`);
}

describe('without a free slot', () => {
  it('allocate the last slot 100 times at once: one gets it, the others are in line', async () => {
    const players = await newPlayers(100);
    const game = await newGame();
    await newNode([game]);
    const entries = await Promise.all(players.map(player => enter(player, game)));
    expect(entries.filter(({ kind }) => kind === 'admitted')).toHaveLength(1);
    const waiting = players.filter((_, index) => entries[index]?.kind === 'queued');
    const places = await Promise.all(waiting.map(player => api(playApi.current, {}, player)));
    const positions = places.map(({ current }) => current?.queue?.position ?? 0);
    expect(positions.sort((a, b) => a - b)).toEqual(Array.from({ length: 99 }, (_, index) => index + 1));
  }, 120_000);

  it('a session waits in line, first come first served, and is told as it moves up', async () => {
    const { node, admission, players, entries } = await newQueue(3);
    expect(entries).toMatchObject([
      { kind: 'queued', position: 1, waitSeconds: null, role: 'player', seat: 1 },
      { kind: 'queued', position: 2 },
      { kind: 'queued', position: 3 },
    ]);
    expect(entries[0].session).toMatchObject({ state: 'queued', region: null });
    const [first, second, third] = players as [TestPlayer, TestPlayer, TestPlayer];
    const recording = await recordingServices();
    await endSession(recording, admission.session.id, 'operator_ended');
    expect(toldTo(recording.told, first.user.id, 'session_ready')).toMatchObject([
      { sessionId: entries[0].session.id },
    ]);
    expect(toldTo(recording.told, second.user.id, 'queue_position')).toMatchObject([{ position: 1 }]);
    expect(toldTo(recording.told, third.user.id, 'queue_position')).toMatchObject([{ position: 2 }]);
    const [one, two] = [await ask(first, entries[0]), await ask(second, entries[1] as Entry)];
    expect(one).toMatchObject({ kind: 'admitted', seat: 1, session: { state: 'reserved', region: 'local' } });
    expect(one.kind === 'admitted' && claimsOf(one.ticket)).toMatchObject({ aud: node.id, epoch: 2 });
    expect(two).toMatchObject({ kind: 'queued', position: 1 });
  });

  it('a slot that comes free goes to who waits, not to who comes then', async () => {
    const { game, node, admission, players, entries } = await newQueue(1);
    const newcomers = await newPlayers(8);
    const [answers] = await Promise.all([
      Promise.all(newcomers.map(player => enter(player, game))),
      deliver(node.id, [endReport(admission)]),
    ]);
    expect(answers.map(({ kind }) => kind)).toEqual(Array.from({ length: 8 }, () => 'queued'));
    expect((await ask(players[0], entries[0])).kind).toBe('admitted');
  });

  it('a slot is free for all again once nobody waits for it', async () => {
    const { game, players, entries, host, admission } = await newQueue(1);
    await leave(players[0], entries[0]);
    await leave(host, admission);
    expect((await enter(players[0], game)).kind).toBe('admitted');
  });

  it('who waits for another game on the same nodes is in the same line', async () => {
    const [game, other] = [await newGame(), await newGame()];
    const node = await newNode([game, other]);
    const admission = await createOk(await newPlayer(), game);
    const [early, late] = (await newPlayers(2)) as [TestPlayer, TestPlayer];
    const waiting = await enter(early, other);
    expect(await enter(late, game)).toMatchObject({ kind: 'queued', position: 1 });
    await deliver(node.id, [endReport(admission)]);
    expect((await ask(early, waiting)).kind).toBe('admitted');
  });

  it('who cannot play in a region does not keep its slots from others', async () => {
    const game = await newGame();
    await newNode([game], { region: 'near' });
    await createOk(await newPlayer(), game);
    const far = await newNode([game], { region: 'far' });
    const body = { game: game.slug, rtts: { near: 10, far: 400 } };
    expect((await api(playApi.create, { body }, await newPlayer())).kind).toBe('queued');
    const next = await createOk(await newPlayer(), game);
    expect(claimsOf(next.ticket).aud).toBe(far.id);
  });

  it('estimates the wait by how long sessions take and how many slots there are', async () => {
    const { game, players, entries } = await newQueue(2);
    const { db } = await services();
    const done = await newPlayer();
    await db.execute(sql`
      insert into sessions (id, room_number, invite_code, game, game_version, owner_id, state, end_reason, created_at,
        started_at, ended_at)
      select gen_random_uuid(), '999999', gen_random_uuid()::text, ${game.slug}, '1', ${done.user.id}::uuid, 'ended', 'game_exited',
        now() - interval '10 minutes', now() - interval '9 minutes', now() from generate_series(1, 3)`);
    expect(await ask(players[0], entries[0])).toMatchObject({ position: 1, waitSeconds: 600 });
    expect(await ask(players[1] as TestPlayer, entries[1] as Entry)).toMatchObject({ waitSeconds: 1200 });
  });

  it('no more than so many wait for one game', async () => {
    const { game, entries } = await newQueue(1);
    const { db } = await services();
    await db.execute(sql`
      insert into sessions (id, room_number, invite_code, game, game_version, owner_id, state, queued_at, wait_until)
      select gen_random_uuid(), (100000 + n)::text, gen_random_uuid()::text, game, game_version, owner_id, state, queued_at, wait_until
      from sessions, generate_series(1, 2000) as n where id = ${entries[0].session.id}::uuid
      on conflict do nothing`);
    const late = await newPlayer();
    const answer = await call('POST', '/v1/sessions', {
      token: late.token,
      body: { game: game.slug },
      headers: { 'Idempotency-Key': crypto.randomUUID() },
    });
    expect(answer.headers.get('retry-after')).toBe('10');
    expect(await codeOf(answer)).toBe('no_capacity');
    await db.execute(sql`delete from sessions where game = ${game.slug} and state = 'queued'`);
  });
});

describe('a place in the queue', () => {
  it('is kept through a reload, by asking, and lost when nothing is heard', async () => {
    const { players, entries } = await newQueue(2);
    const [player, other] = players as [TestPlayer, TestPlayer];
    await age(entries[0], QUEUE_KEEP_S - 2);
    // A reload asks where the player is.
    expect(await api(playApi.current, {}, player)).toMatchObject({ current: { queue: { position: 1 } } });
    await age(entries[0], QUEUE_KEEP_S - 2);
    expect(await ask(player, entries[0])).toMatchObject({ position: 1 });
    await age(entries[0], QUEUE_KEEP_S + 1);
    expect(await api(playApi.current, {}, player)).toEqual({ current: null });
    const recording = await recordingServices();
    await reconcile(recording);
    expect(toldTo(recording.told, player.user.id, 'session_changed')).toMatchObject([
      { state: 'ended', endReason: 'queue_left' },
    ]);
    expect(await ask(other, entries[1] as Entry)).toMatchObject({ position: 1 });
    await expect(ask(player, entries[0])).rejects.toMatchObject({
      code: 'session_over',
      details: { endReason: 'queue_left' },
    });
  });

  it('is given no slot after that, also before it was cleared away', async () => {
    const { node, admission, players, entries } = await newQueue(2);
    await age(entries[0], QUEUE_KEEP_S + 1);
    await deliver(node.id, [endReport(admission)]);
    expect((await ask(players[1] as TestPlayer, entries[1] as Entry)).kind).toBe('admitted');
  });

  it('is given up by leaving; the credits come back', async () => {
    const game = await newGame(2, { price: 3 });
    await newNode([game]);
    const [host, player] = (await newPlayers(2)) as [TestPlayer, TestPlayer];
    await giveCredits(host, 3);
    await giveCredits(player, 3);
    await createOk(host, game);
    const entry = await enter(player, game);
    expect(await walletOf(player)).toMatchObject({ available: 0, held: 3 });
    await leave(player, entry);
    expect(await walletOf(player)).toMatchObject({ available: 3, held: 0 });
    expect(await api(playApi.get, { params: { id: entry.session.id } }, player)).toMatchObject({
      state: 'ended',
      endReason: 'queue_left',
    });
    expect((await enter(player, game)).kind).toBe('queued');
  });

  it('the same idempotency key with another body is refused, with the same body answered again', async () => {
    const game = await newGame();
    await newNode([game]);
    await createOk(await newPlayer(), game);
    const player = await newPlayer();
    const key = crypto.randomUUID();
    const [one, two] = [await enter(player, game, key), await enter(player, game, key)];
    expect([one, two]).toMatchObject([
      { kind: 'queued' },
      { kind: 'queued', session: { id: one.session.id } },
    ]);
    const other = await newGame();
    await expect(enter(player, other, key)).rejects.toThrow('idempotency_key_reused');
  });

  it('is shared by who joins there', async () => {
    const { node, admission, players, entries } = await newQueue(1);
    const guest = await newPlayer();
    const { roomNumber } = entries[0].session;
    const answer = await join(guest, { roomNumber, role: 'player' });
    expect(await answer.json()).toMatchObject({ kind: 'queued', seat: 2, position: 1 });
    await deliver(node.id, [endReport(admission)]);
    const both = await Promise.all([ask(players[0], entries[0]), ask(guest, entries[0])]);
    expect(both).toMatchObject([
      { kind: 'admitted', seat: 1 },
      { kind: 'admitted', seat: 2 },
    ]);
  });
});

describe('the queue', () => {
  it('gives every free slot of a new node to who waits, and none twice', async () => {
    const { game, players, entries } = await newQueue(12);
    await Promise.all([
      newNode([game], { slots: 10 }),
      ...Array.from({ length: 4 }, async () => advanceQueue(await services())),
    ]);
    const after = await Promise.all(players.map((player, index) => ask(player, entries[index] as Entry)));
    const slots = after.flatMap(entry => (entry.kind === 'admitted' ? [claimsOf(entry.ticket)] : []));
    expect(new Set(slots.map(({ aud, slot }) => `${aud}/${slot}`)).size).toBe(10);
    expect(after.slice(0, 10).every(({ kind }) => kind === 'admitted')).toBe(true);
    expect(after.slice(10)).toMatchObject([{ position: 1 }, { position: 2 }]);
  });
});
