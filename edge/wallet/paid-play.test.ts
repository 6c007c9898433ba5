import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { reconcile } from '#edge/fleet/reconcile.ts';
import {
  api,
  codeOf,
  create,
  createOk,
  deliver,
  enter,
  newGame,
  newNode,
  newPlayer,
  report,
  services,
  type TestNode,
  type TestPlayer,
} from '#edge/testing/platform.ts';
import { faultsOf, giveCredits, walletOf } from '#edge/testing/wallet.ts';
import { type Admission, playApi } from '#shared/api/play.ts';
import { type PriceUnit, walletApi } from '#shared/api/wallet.ts';
import type { EndReason } from '#shared/lifecycles.ts';
import type { LiveEvent } from '#shared/live.ts';
import { extendHolds } from './extend-holds.ts';

/** A player with 22 credits who has started a game that costs 5, on a node of its own. */
async function newPaidStage(priceUnit: PriceUnit = 'session') {
  const game = await newGame(2, { price: 5, priceUnit });
  const node = await newNode([game]);
  const player = await newPlayer();
  await giveCredits(player, 22);
  const admission = await createOk(player, game);
  return { game, node, player, admission };
}

async function play(node: TestNode, { ticket }: Admission): Promise<void> {
  await deliver(node.id, [report(ticket, { type: 'session_playing', seq: 2 })]);
}

async function end(node: TestNode, { ticket }: Admission, reason: EndReason): Promise<void> {
  const event = report(ticket, { type: 'session_ended', seq: 9, reason });
  await deliver(node.id, [event, event]);
}

async function change(statement: ReturnType<typeof sql>): Promise<void> {
  await (await services()).db.execute(statement);
}

/** Makes it look as if play had begun so many seconds ago. */
async function playedSince(sessionId: string, seconds: number): Promise<void> {
  const since = sql`now() - make_interval(secs => ${seconds}::float8)`;
  await change(sql`
    update sessions set started_at = ${since}, created_at = least(created_at, ${since}) where id = ${sessionId}::uuid`);
  await change(sql`
    update node_events set at = ${since}, received_at = ${since}
    where session_id = ${sessionId}::uuid and type = 'session_playing'`);
}

const expireLease = ({ id }: TestNode) =>
  change(sql`update nodes set lease_expires_at = now() - interval '1 s' where id = ${id}`);

const sessionOf = (player: TestPlayer, { session }: Pick<Admission, 'session'>) =>
  api(playApi.get, { params: { id: session.id } }, player);

const statementOf = async (player: TestPlayer) =>
  (await api(walletApi.transfers, {}, player)).items.map(({ kind, available, held }) => [
    kind,
    available,
    held,
  ]);

describe('a session that costs something', () => {
  it('is held for at its start and charged at its end', async () => {
    const { node, player, admission } = await newPaidStage();
    expect(await walletOf(player)).toEqual({ available: 17, held: 5, owed: 0 });
    await play(node, admission);
    await end(node, admission, 'player_quit');
    expect(await walletOf(player)).toEqual({ available: 17, held: 0, owed: 0 });
    expect(await statementOf(player)).toEqual([
      ['session_charge', 0, -5],
      ['session_hold', -5, 5],
      ['top_up', 22, 0],
    ]);
    expect(await faultsOf([player])).toEqual([]);
  });

  it('costs what it cost when it was claimed', async () => {
    const { game, node, player, admission } = await newPaidStage();
    await change(sql`update game_builds set price = 50 where game = ${game.slug}`);
    await play(node, admission);
    await end(node, admission, 'game_exited');
    expect(await walletOf(player)).toEqual({ available: 17, held: 0, owed: 0 });
  });

  it('is held for once when it is asked for many times at once', async () => {
    const game = await newGame(2, { price: 5 });
    await newNode([game], { slots: 8 });
    const player = await newPlayer();
    await giveCredits(player, 22);
    const key = crypto.randomUUID();
    const answers = await Promise.all([
      ...Array.from({ length: 4 }, () => create(player, game, key)),
      ...Array.from({ length: 4 }, () => create(player, game)),
    ]);
    expect(answers.some(({ status }) => status === 201)).toBe(true);
    expect(await walletOf(player)).toEqual({ available: 17, held: 5, owed: 0 });
    expect(await faultsOf([player])).toEqual([]);
  });

  it('is not started without the credits for it', async () => {
    const game = await newGame(2, { price: 5 });
    await newNode([game]);
    const player = await newPlayer();
    await giveCredits(player, 4);
    expect(await codeOf(create(player, game))).toBe('credits_short');
    expect(await walletOf(player)).toEqual({ available: 4, held: 0, owed: 0 });
  });

  it.each(['game_crashed', 'host_failed'] as const)('is not charged when it ends by %s', async reason => {
    const { node, player, admission } = await newPaidStage();
    await play(node, admission);
    await end(node, admission, reason);
    expect(await walletOf(player)).toEqual({ available: 22, held: 0, owed: 0 });
    expect((await statementOf(player))[0]).toEqual(['session_refund', 5, -5]);
  });

  it('is not charged when play never began', async () => {
    const { node, player, admission } = await newPaidStage();
    await end(node, admission, 'player_quit');
    expect(await walletOf(player)).toEqual({ available: 22, held: 0, owed: 0 });
  });

  it('is not charged when its reservation runs out, or its place in the queue', async () => {
    const { game, player, admission } = await newPaidStage();
    const waiting = await newPlayer();
    await giveCredits(waiting, 5);
    const queued = await enter(waiting, game);
    expect(queued.kind).toBe('queued');
    expect(await walletOf(waiting)).toEqual({ available: 0, held: 5, owed: 0 });
    await change(sql`
      update sessions set reserved_until = now() - interval '1 s', wait_until = now() - interval '1 s'
      where id in (${admission.session.id}::uuid, ${queued.session.id}::uuid)`);
    await reconcile(await services());
    expect(await walletOf(player)).toEqual({ available: 22, held: 0, owed: 0 });
    expect(await walletOf(waiting)).toEqual({ available: 5, held: 0, owed: 0 });
    expect(await faultsOf([player, waiting])).toEqual([]);
  });

  it('is not charged when its node is lost, also when several notice at once', async () => {
    const { node, player, admission } = await newPaidStage();
    await play(node, admission);
    await expireLease(node);
    await Promise.all([1, 2, 3].map(async () => reconcile(await services())));
    expect(await sessionOf(player, admission)).toMatchObject({ state: 'failed', endReason: 'node_lost' });
    expect(await walletOf(player)).toEqual({ available: 22, held: 0, owed: 0 });
    await end(node, admission, 'player_quit');
    expect(await walletOf(player)).toEqual({ available: 22, held: 0, owed: 0 });
    expect(await faultsOf([player])).toEqual([]);
  });

  it('whose node dies between claim and start is held for until it is played elsewhere, once', async () => {
    const { game, node, player, admission } = await newPaidStage();
    await expireLease(node);
    await reconcile(await services());
    expect(await walletOf(player)).toEqual({ available: 17, held: 5, owed: 0 });
    const other = await newNode([game]);
    const params = { id: admission.session.id };
    await expect
      .poll(async () => (await api(playApi.ticket, { params }, player)).kind, { timeout: 10_000 })
      .toBe('admitted');
    const again = await api(playApi.ticket, { params }, player);
    if (again.kind !== 'admitted') throw new Error('it has a slot');
    await play(other, again);
    await end(other, again, 'player_quit');
    expect(await walletOf(player)).toEqual({ available: 17, held: 0, owed: 0 });
    expect(await faultsOf([player])).toEqual([]);
  });
});

describe('a session that is paid by the minute', () => {
  /** Play that began so many seconds ago, and what the payer is told when cron comes now. */
  async function cronAfter(
    seconds: number,
    player: TestPlayer,
    { session }: Admission,
  ): Promise<LiveEvent[]> {
    await playedSince(session.id, seconds);
    const whole = await services();
    const told: LiveEvent[] = [];
    await extendHolds({
      ...whole,
      live: {
        ...whole.live,
        send: async (userIds, event) => {
          if (userIds.includes(player.user.id)) told.push(event);
        },
      },
    });
    return told;
  }

  it('goes on as long as there are credits, with a warning before its end', async () => {
    const { node, player, admission } = await newPaidStage('minute');
    expect(await walletOf(player)).toEqual({ available: 7, held: 15, owed: 0 });
    expect(await cronAfter(0, player, admission)).toEqual([]);
    await play(node, admission);
    expect(await cronAfter(30, player, admission)).toEqual([]);
    // The fourth minute is the last that 22 credits are good for.
    expect(await cronAfter(70, player, admission)).toEqual([
      { type: 'wallet_changed', available: 2, held: 20 },
    ]);
    expect(await cronAfter(110, player, admission)).toEqual([]);
    expect(await cronAfter(150, player, admission)).toEqual([
      { type: 'credits_low', sessionId: admission.session.id, secondsLeft: expect.closeTo(88, -1) },
    ]);
    expect(await sessionOf(player, admission)).toMatchObject({ state: 'playing' });
    await cronAfter(241, player, admission);
    expect(await sessionOf(player, admission)).toMatchObject({
      state: 'ended',
      endReason: 'credits_exhausted',
    });
    expect(await walletOf(player)).toEqual({ available: 2, held: 0, owed: 0 });
    expect(await faultsOf([player])).toEqual([]);
  });

  it('goes on when the player tops up after the warning', async () => {
    const { node, player, admission } = await newPaidStage('minute');
    await play(node, admission);
    await cronAfter(190, player, admission);
    await giveCredits(player, 8);
    expect(await cronAfter(235, player, admission)).toMatchObject([
      { type: 'wallet_changed', available: 0, held: 30 },
    ]);
    await cronAfter(241, player, admission);
    expect(await sessionOf(player, admission)).toMatchObject({ state: 'playing' });
    await end(node, admission, 'player_quit');
    expect(await walletOf(player)).toEqual({ available: 5, held: 0, owed: 0 });
    expect(await faultsOf([player])).toEqual([]);
  });

  it('ends at the second in which what was paid for is played, by its timer', async () => {
    const { node, player, admission } = await newPaidStage('minute');
    await play(node, admission);
    // 22 credits are good for four minutes.
    await cronAfter(238, player, admission);
    expect(await sessionOf(player, admission)).toMatchObject({ state: 'playing' });
    await expect
      .poll(() => sessionOf(player, admission), { timeout: 10_000 })
      .toMatchObject({ state: 'ended', endReason: 'credits_exhausted' });
    expect(await walletOf(player)).toEqual({ available: 2, held: 0, owed: 0 });
  });

  it('costs each minute begun of what was played: by the node’s clock, and not while nobody was there', async () => {
    const { node, player, admission } = await newPaidStage('minute');
    const { ticket, session } = admission;
    await playedSince(session.id, 1000);
    const at = (secondsAgo: number) => new Date(Date.now() - secondsAgo * 1000).toISOString();
    const events = [
      { ...report(ticket, { type: 'session_playing', seq: 2 }), at: at(600) },
      { ...report(ticket, { type: 'session_reconnecting', seq: 3 }), at: at(550) },
      { ...report(ticket, { type: 'session_playing', seq: 4 }), at: at(450) },
      // Heard of only now, long after it was over: 50 + 60 seconds.
      { ...report(ticket, { type: 'session_ended', seq: 5, reason: 'player_quit' }), at: at(390) },
    ];
    // The queue shuffles and repeats; what they say was received when it was said.
    for (const event of [events[2], events[0], events[1], events[2]]) {
      if (event === undefined) continue;
      await deliver(node.id, [event]);
      await change(sql`update node_events set received_at = at where id = ${event.id}::uuid`);
    }
    await deliver(node.id, events.slice(3));
    expect(await walletOf(player)).toEqual({ available: 12, held: 0, owed: 0 });
    expect(await faultsOf([player])).toEqual([]);
  });

  it('does not cost what a node says was played before it was asked for, or after we heard of its end', async () => {
    const { node, player, admission } = await newPaidStage('minute');
    const { ticket } = admission;
    const at = (secondsAgo: number) => new Date(Date.now() - secondsAgo * 1000).toISOString();
    await deliver(node.id, [{ ...report(ticket, { type: 'session_playing', seq: 2 }), at: at(3600) }]);
    await deliver(node.id, [
      { ...report(ticket, { type: 'session_ended', seq: 3, reason: 'player_quit' }), at: at(-3600) },
    ]);
    expect(await walletOf(player)).toEqual({ available: 17, held: 0, owed: 0 });
  });

  it('is extended once when two crons run at once', async () => {
    const { node, player, admission } = await newPaidStage('minute');
    await play(node, admission);
    await Promise.all([1, 2, 3, 4].map(() => cronAfter(70, player, admission)));
    expect(await walletOf(player)).toEqual({ available: 2, held: 20, owed: 0 });
    await end(node, admission, 'game_exited');
    expect(await walletOf(player)).toEqual({ available: 12, held: 0, owed: 0 });
    expect(await faultsOf([player])).toEqual([]);
  });
});
