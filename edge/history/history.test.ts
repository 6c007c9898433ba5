import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  api,
  claimsOf,
  createOk,
  deliver,
  join,
  newGame,
  newNode,
  newPlayer,
  report,
  services,
  type TestPlayer,
} from '#edge/testing/platform.ts';
import { newStage, type Stage } from '#edge/testing/stage.ts';
import type { NodeEvent } from '#shared/api/fleet.ts';
import { historyApi } from '#shared/api/history.ts';
import type { Board } from '#shared/leaderboards.ts';
import { closePlays } from './plays.ts';

const T0 = Date.UTC(2026, 10, 21, 12);
const at = (second: number) => new Date(T0 + second * 1000).toISOString();

const BOARDS: Board[] = [
  { id: 'high-score', title: 'High score', keep: 'best', better: 'higher' },
  { id: 'fastest', title: 'Fastest', keep: 'best', better: 'lower' },
  { id: 'last', title: 'Last score', keep: 'latest', better: 'higher' },
  { id: 'total', title: 'Total', keep: 'sum', better: 'higher' },
];

type Body = Parameters<typeof report>[1];

/** An event of the stage's session at `second`. */
function event({ admission }: Pick<Stage, 'admission'>, second: number, body: Body): NodeEvent {
  return { ...report(admission.ticket, body), at: at(second) };
}

const comings = (stage: Stage): NodeEvent[] => {
  const userId = stage.player.user.id;
  return [
    event(stage, 0, { type: 'viewer_joined', seq: 1, userId, seat: 1 }),
    event(stage, 10, { type: 'viewer_left', seq: 2, userId, seat: 1 }),
    event(stage, 15, { type: 'viewer_joined', seq: 3, userId, seat: 1 }),
    event(stage, 40, { type: 'session_ended', seq: 4, reason: 'game_exited' }),
  ];
};

const playsOf = async (player: TestPlayer) => (await api(historyApi.plays, { query: {} }, player)).items;

describe('the play log', () => {
  it('tells where a player was and for how long', async () => {
    const stage = await newStage();
    await deliver(stage.node.id, comings(stage));
    expect(await playsOf(stage.player)).toMatchObject([
      {
        sessionId: stage.admission.session.id,
        game: stage.game.slug,
        region: 'local',
        role: 'player',
        seconds: 35,
      },
    ]);
    expect(await playsOf(await newPlayer())).toEqual([]);
  });

  it('is the same with events doubled and shuffled', async () => {
    const orders = fc.sample(fc.shuffledSubarray([0, 1, 2, 3, 0, 2, 3], { minLength: 7, maxLength: 7 }), {
      numRuns: 6,
      seed: 7,
    });
    for (const order of orders) {
      const stage = await newStage();
      const events = comings(stage);
      for (const index of order) {
        const one = events[index];
        if (one !== undefined) expect(await deliver(stage.node.id, [one])).toEqual([]);
      }
      expect(await playsOf(stage.player), order.join()).toMatchObject([
        { seconds: 35, leftAt: expect.stringContaining(at(40).slice(0, 19)) },
      ]);
    }
  });

  it('is open while the player is there, and closed when the session ended without a word', async () => {
    const stage = await newStage();
    const [joined] = comings(stage);
    if (joined === undefined) throw new Error('there is one');
    await deliver(stage.node.id, [joined]);
    expect(await playsOf(stage.player)).toMatchObject([{ leftAt: null, seconds: 0 }]);
    const { db } = await services();
    await db.execute(sql`
      update sessions set state = 'failed', end_reason = 'node_lost', reserved_until = null, ended_at = ${at(100)}::timestamptz
      where id = ${stage.admission.session.id}::uuid`);
    await closePlays(db);
    expect(await playsOf(stage.player)).toMatchObject([{ seconds: 100 }]);
  });

  it('takes nothing from a node that the session is not on', async () => {
    const stage = await newStage();
    const stranger = await newNode([stage.game]);
    await deliver(stranger.id, comings(stage));
    expect(await playsOf(stage.player)).toEqual([]);
  });

  it('pages', async () => {
    const game = await newGame();
    const node = await newNode([game]);
    const player = await newPlayer();
    for (const second of [0, 100, 200]) {
      const admission = await createOk(player, game);
      const stage = { game, node, player, admission };
      const userId = player.user.id;
      await deliver(node.id, [
        event(stage, second, { type: 'viewer_joined', seq: 1, userId, seat: 1 }),
        event(stage, second + 1, { type: 'session_ended', seq: 2, reason: 'game_exited' }),
      ]);
    }
    const first = await api(historyApi.plays, { query: { limit: 2 } }, player);
    expect(first.items.map(play => play.joinedAt.slice(0, 19))).toEqual(
      [at(200), at(100)].map(text => text.slice(0, 19)),
    );
    const rest = await api(historyApi.plays, { query: { limit: 2, cursor: first.nextCursor ?? '' } }, player);
    expect(rest.items).toHaveLength(1);
    expect(rest.nextCursor).toBeNull();
    const odd = api(historyApi.plays, { query: { cursor: 'nonsense' } }, player);
    await expect(odd).rejects.toMatchObject({ code: 'invalid_request' });
  });
});

interface MatchStage extends Stage {
  second: TestPlayer;
}

async function matchStage(): Promise<MatchStage> {
  const game = await newGame(2, { leaderboards: BOARDS });
  const node = await newNode([game]);
  const [player, second] = [await newPlayer('Ada'), await newPlayer('Bob')];
  const admission = await createOk(player, game);
  await join(second, { roomNumber: admission.session.roomNumber, role: 'player' });
  return { game, node, player, second, admission };
}

function match(
  stage: MatchStage,
  second: number,
  scores: [ada: number, bob: number],
  matchId = crypto.randomUUID(),
): NodeEvent {
  const of = (value: number) => BOARDS.map(({ id: board }) => ({ board, value }));
  return event(stage, second, {
    type: 'match_ended',
    seq: second + 1,
    matchId,
    startedAt: at(second - 30),
    players: [
      { userId: stage.player.user.id, seat: 1, place: 1, scores: of(scores[0]) },
      { userId: stage.second.user.id, seat: 2, place: 2, scores: of(scores[1]) },
    ],
  });
}

async function boardOf(stage: MatchStage, board: string, period: 'all' | 'day' | 'week' = 'all') {
  const input = { params: { game: stage.game.slug, board }, query: { period } };
  const { items } = await api(historyApi.ranks, input, stage.player);
  return items.map(({ rank, user, value }) => [rank, user.displayName, value]);
}

describe('matches and leaderboards', () => {
  it('and play logs take a node’s word for nobody who had no place in its session', async () => {
    const stage = await matchStage();
    const stranger = await newPlayer('Eve');
    const userId = stranger.user.id;
    const ended = { ...match(stage, 100, [30, 5]) };
    if (ended.type !== 'match_ended') throw new Error('unreachable');
    const scores = BOARDS.map(({ id: board }) => ({ board, value: 1000 }));
    await deliver(stage.node.id, [
      event(stage, 1, { type: 'viewer_joined', seq: 1, userId, seat: 1 }),
      { ...ended, players: [...ended.players, { userId, seat: 3, place: 1, scores }] },
      event(stage, 200, { type: 'session_ended', seq: 300, reason: 'game_exited' }),
    ]);
    expect(await playsOf(stranger)).toEqual([]);
    expect((await api(historyApi.matches, {}, stranger)).items).toEqual([]);
    expect((await boardOf(stage, BOARDS[0]?.id ?? '')).map(([, name]) => name).sort()).toEqual([
      'Ada',
      'Bob',
    ]);
  });

  it('keep the best, the latest and the sum, in whatever order and however often matches come', async () => {
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 1, 0, 2, 0],
    ]) {
      const stage = await matchStage();
      const games = [match(stage, 100, [30, 5]), match(stage, 200, [10, 50]), match(stage, 300, [20, 20])];
      for (const index of order) {
        const one = games[index];
        if (one !== undefined) expect(await deliver(stage.node.id, [one])).toEqual([]);
      }
      expect(await boardOf(stage, 'high-score')).toEqual([
        [1, 'Bob', 50],
        [2, 'Ada', 30],
      ]);
      expect(await boardOf(stage, 'fastest')).toEqual([
        [1, 'Bob', 5],
        [2, 'Ada', 10],
      ]);
      expect((await boardOf(stage, 'last')).map(([rank, , value]) => [rank, value])).toEqual([
        [1, 20],
        [1, 20],
      ]);
      expect(await boardOf(stage, 'total')).toEqual([
        [1, 'Bob', 75],
        [2, 'Ada', 60],
      ]);
    }
  });

  it('are there by day and week, and leave other days out', async () => {
    const stage = await matchStage();
    const today = { ...match(stage, 100, [7, 3]), at: new Date().toISOString() };
    const lastYear = {
      ...match(stage, 200, [99, 98]),
      at: new Date(Date.now() - 400 * 86_400_000).toISOString(),
    };
    await deliver(stage.node.id, [today, lastYear]);
    for (const period of ['day', 'week'] as const) {
      expect(await boardOf(stage, 'high-score', period)).toEqual([
        [1, 'Ada', 7],
        [2, 'Bob', 3],
      ]);
    }
    expect(await boardOf(stage, 'high-score')).toEqual([
      [1, 'Ada', 99],
      [2, 'Bob', 98],
    ]);
  });

  it('say where I am, and which boards a game has', async () => {
    const stage = await matchStage();
    await deliver(stage.node.id, [match(stage, 100, [7, 30])]);
    const params = { game: stage.game.slug, board: 'high-score' };
    const mine = await api(historyApi.myRank, { params }, stage.player);
    expect(mine.rank).toMatchObject({ rank: 2, value: 7 });
    expect((await api(historyApi.myRank, { params }, await newPlayer())).rank).toBeNull();
    const { boards } = await api(historyApi.boards, { params: { game: stage.game.slug } }, stage.player);
    expect(boards).toEqual(BOARDS);
    const none = api(historyApi.ranks, { params: { ...params, board: 'no-such' } }, stage.player);
    await expect(none).rejects.toMatchObject({ code: 'not_found' });
    const nowhere = api(historyApi.boards, { params: { game: 'no-such-game' } }, stage.player);
    await expect(nowhere).rejects.toMatchObject({ code: 'game_not_found' });
  });

  it('are in the history of each player', async () => {
    const stage = await matchStage();
    await deliver(stage.node.id, [match(stage, 100, [7, 30]), match(stage, 200, [8, 31])]);
    const { items } = await api(historyApi.matches, { query: { game: stage.game.slug } }, stage.second);
    expect(items).toHaveLength(2);
    expect(items[0]).toMatchObject({
      sessionId: stage.admission.session.id,
      players: [
        { user: { displayName: 'Ada' }, seat: 1, place: 1 },
        {
          user: { displayName: 'Bob' },
          seat: 2,
          place: 2,
          scores: expect.arrayContaining([{ board: 'total', value: 31 }]),
        },
      ],
    });
    expect((await api(historyApi.matches, { query: { game: 'another' } }, stage.second)).items).toEqual([]);
  });

  it('do not count from another node or epoch', async () => {
    const stage = await matchStage();
    const stranger = await newNode([stage.game]);
    await deliver(stranger.id, [match(stage, 100, [7, 3])]);
    const epoch = Number(claimsOf(stage.admission.ticket).epoch);
    await deliver(stage.node.id, [{ ...match(stage, 100, [7, 3]), epoch: epoch + 1 }]);
    expect(await boardOf(stage, 'high-score')).toEqual([]);
  });
});
