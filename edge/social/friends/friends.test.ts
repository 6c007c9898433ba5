import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { openServices } from '#edge/services.ts';
import { redisKey } from '#edge/store/keys.ts';
import { api, bindings, newPlayer, newPlayers, services, type TestPlayer } from '#edge/testing/platform.ts';
import { type Friend, friendsApi } from '#shared/api/friends.ts';
import type { Presence } from '#shared/api/presence.ts';
import {
  FRIEND_EVENTS,
  FRIEND_STATES,
  FRIEND_TABLE,
  type FriendEvent,
  type FriendState,
} from '#shared/lifecycles/social.ts';
import { allowRate } from '../rate.ts';
import { friendIdsOf, mayDisturb } from './friends.ts';
import { MAX_ASKING, MAX_FRIENDS, moveFriend } from './moves.ts';

const pair = async () => (await newPlayers(2)) as [TestPlayer, TestPlayer];

const ask = (from: TestPlayer, to: TestPlayer) => api(friendsApi.ask, { body: { userId: to.user.id } }, from);
const act = (
  event: Exclude<FriendEvent, 'ask'>,
  from: TestPlayer,
  to: TestPlayer,
): Promise<Friend | undefined> => api(friendsApi[event], { params: { userId: to.user.id } }, from);

async function list(player: TestPlayer, state: 'friends' | 'asking' | 'asked' | 'blocked' = 'friends') {
  const { items } = await api(friendsApi.list, { query: { state } }, player);
  return items.map(friend => friend.user.id);
}

/** How the player stands to the other one. */
async function standing(player: TestPlayer, other: TestPlayer): Promise<FriendState> {
  const lists = await Promise.all(
    (['friends', 'asking', 'asked', 'blocked'] as const).map(async state => ({
      state,
      has: (await list(player, state)).includes(other.user.id),
    })),
  );
  const found = lists.filter(({ has }) => has);
  expect(found.length).toBeLessThan(2);
  return found[0]?.state ?? 'none';
}

const both = async (a: TestPlayer, b: TestPlayer) => [await standing(a, b), await standing(b, a)];

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'ok',
    (error: { code: string }) => error.code,
  );

/** Rows of friends that are nobody's but fill the player's list. */
async function fill(player: TestPlayer, state: 'friends' | 'asking', count: number): Promise<void> {
  const { db } = await services();
  await db.execute(sql`
    with others as (
      insert into users (display_name) select 'Many' from generate_series(1, ${count}::int) returning id
    )
    insert into friend_links (user_id, other_id, state)
    select ${player.user.id}::uuid, id, ${state}::text from others`);
}

describe('friends', () => {
  it('find each other by a code, however it is typed, and by nothing else', async () => {
    const [ada, ben] = await pair();
    const { code } = await api(friendsApi.code, {}, ben);
    expect((await api(friendsApi.code, {}, ben)).code).toBe(code);
    const typed = ` ${code.slice(0, 5).toLowerCase()}-${code.slice(5).toLowerCase()} `.replaceAll('0', 'o');
    const asked = await api(friendsApi.ask, { body: { code: typed } }, ada);
    expect(asked).toMatchObject({ user: { id: ben.user.id, displayName: 'Ada' }, state: 'asking' });
    expect(await both(ada, ben)).toEqual(['asking', 'asked']);
    expect(await codeOf(api(friendsApi.ask, { body: { code: ben.user.email } }, ada))).toBe(
      'invalid_request',
    );
    expect(await codeOf(api(friendsApi.ask, { body: { code: '0000000000' } }, ada))).toBe('player_not_found');
    expect(await codeOf(api(friendsApi.ask, { body: {} }, ada))).toBe('invalid_request');
    expect(await codeOf(api(friendsApi.ask, { body: { userId: crypto.randomUUID() } }, ada))).toBe(
      'player_not_found',
    );
  });

  it('get one code, also when it is asked for ten times at once, and another on demand', async () => {
    const [ada, ben] = await pair();
    const codes = await Promise.all(Array.from({ length: 10 }, () => api(friendsApi.code, {}, ada)));
    expect(new Set(codes.map(({ code }) => code)).size).toBe(1);
    const old = codes[0]?.code ?? '';
    const { code } = await api(friendsApi.newCode, {}, ada);
    expect(code).not.toBe(old);
    expect(await codeOf(api(friendsApi.ask, { body: { code: old } }, ben))).toBe('player_not_found');
    expect((await api(friendsApi.ask, { body: { code } }, ben)).state).toBe('asking');
  });

  it('ask, accept, and are told', async () => {
    const [ada, ben] = await pair();
    await ask(ada, ben);
    expect(await act('accept', ben, ada)).toMatchObject({ state: 'friends', user: { id: ada.user.id } });
    expect(await both(ada, ben)).toEqual(['friends', 'friends']);
    const { db } = await services();
    expect(await friendIdsOf(db, ada.user.id)).toEqual([ben.user.id]);
    await act('remove', ada, ben);
    expect(await both(ada, ben)).toEqual(['none', 'none']);
    expect(await friendIdsOf(db, ben.user.id)).toEqual([]);
  });

  it('become friends at once when their asks cross', async () => {
    for (let round = 0; round < 5; round++) {
      const [ada, ben] = await pair();
      const answers = await Promise.all([ask(ada, ben), ask(ben, ada), ask(ada, ben), ask(ben, ada)]);
      expect(answers.map(({ state }) => state)).toContain('friends');
      expect(await both(ada, ben)).toEqual(['friends', 'friends']);
    }
  });

  it('are accepted once when accepted many times at once', async () => {
    const [ada, ben] = await pair();
    await ask(ada, ben);
    const answers = await Promise.all(Array.from({ length: 8 }, () => act('accept', ben, ada)));
    expect(new Set(answers.map(answer => answer?.state))).toEqual(new Set(['friends']));
    expect(await both(ada, ben)).toEqual(['friends', 'friends']);
  });

  it('end up the same on both sides when accept and cancel meet', async () => {
    for (let round = 0; round < 5; round++) {
      const [ada, ben] = await pair();
      await ask(ada, ben);
      const [accepted, cancelled] = await Promise.all([
        codeOf(act('accept', ben, ada)),
        codeOf(act('cancel', ada, ben)),
      ]);
      const sides = await both(ada, ben);
      expect([accepted, cancelled]).toContain('illegal_transition');
      expect(sides).toEqual(accepted === 'ok' ? ['friends', 'friends'] : ['none', 'none']);
    }
  });

  it('move by the table, pair by pair, and both sides agree', async () => {
    const [ada, ben] = await pair();
    const { db } = await services();
    const reach: Record<FriendState, () => Promise<unknown>> = {
      none: async () => {},
      asking: () => ask(ada, ben),
      asked: () => ask(ben, ada),
      friends: async () => [await ask(ada, ben), await act('accept', ben, ada)],
      blocked: () => act('block', ada, ben),
    };
    const live = await services();
    for (const state of FRIEND_STATES) {
      for (const event of FRIEND_EVENTS) {
        await db.execute(sql`delete from friend_links where user_id in (${ada.user.id}, ${ben.user.id})`);
        await live.hints.del(
          `social-rate:friend-asks:${ada.user.id}`,
          `social-rate:friend-asks:${ben.user.id}`,
        );
        await reach[state]();
        const next = FRIEND_TABLE[state][event];
        const me = { id: ada.user.id, displayName: 'Ada' };
        const moved = await codeOf(moveFriend(live, me, ben.user.id, event));
        expect(`${state} ${event} ${moved}`).toBe(`${state} ${event} ${next ? 'ok' : 'illegal_transition'}`);
        const mirrored = {
          none: 'none',
          asking: 'asked',
          asked: 'asking',
          friends: 'friends',
          blocked: 'none',
        };
        expect(await both(ada, ben)).toEqual([next ?? state, mirrored[next ?? state]]);
      }
    }
  });

  it('are bounded', async () => {
    const [ada, ben] = await pair();
    await fill(ada, 'asking', MAX_ASKING);
    expect(await codeOf(ask(ada, ben))).toBe('friend_asks_full');
    await fill(ben, 'friends', MAX_FRIENDS);
    const cleo = await newPlayer();
    await ask(cleo, ben);
    expect(await codeOf(act('accept', ben, cleo))).toBe('friends_full');
    expect(await both(cleo, ben)).toEqual(['asking', 'asked']);
  });

  it('do not pass the bound when the last place is given twice at once', async () => {
    const ada = await newPlayer();
    await fill(ada, 'friends', MAX_FRIENDS - 1);
    const others = await newPlayers(4);
    for (const other of others) await ask(other, ada);
    const answers = await Promise.all(others.map(other => codeOf(act('accept', ada, other))));
    expect(answers.filter(answer => answer === 'ok')).toHaveLength(1);
    expect(answers.filter(answer => answer === 'friends_full')).toHaveLength(3);
  });

  it('are listed with where they are; who has not answered is not', async () => {
    const [ada, ben] = await pair();
    const { hints, now } = await services();
    const since = now().toISOString();
    const presence: Presence = {
      userId: ben.user.id,
      status: 'online',
      sessionId: null,
      game: null,
      joinable: false,
      since,
    };
    await hints.set(redisKey.presence(ben.user.id), presence, { ex: 60 });
    await ask(ada, ben);
    const asking = await api(friendsApi.list, { query: { state: 'asking' } }, ada);
    expect(asking.items).toMatchObject([{ presence: null }]);
    await act('accept', ben, ada);
    expect((await api(friendsApi.list, {}, ada)).items).toMatchObject([{ presence }]);
    expect((await api(friendsApi.list, {}, ben)).items).toMatchObject([{ presence: { status: 'offline' } }]);
  });

  it('are listed page by page', async () => {
    const ada = await newPlayer();
    await fill(ada, 'friends', 7);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await api(friendsApi.list, { query: { limit: 3, ...(cursor ? { cursor } : {}) } }, ada);
      seen.push(...page.items.map(friend => friend.user.id));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(new Set(seen).size).toBe(7);
    expect(seen).toHaveLength(7);
    expect(await codeOf(api(friendsApi.list, { query: { cursor: 'odd' } }, ada))).toBe('invalid_request');
  });
});

describe('a block', () => {
  it('keeps asks away without telling', async () => {
    const [ada, ben] = await pair();
    await act('block', ben, ada);
    expect(await ask(ada, ben)).toMatchObject({ state: 'asking' });
    expect(await both(ada, ben)).toEqual(['asking', 'blocked']);
    const { db } = await services();
    expect(await mayDisturb(db, ada.user.id, ben.user.id)).toBe(false);
    expect(await mayDisturb(db, ben.user.id, ada.user.id)).toBe(false);
    await act('unblock', ben, ada);
    expect(await both(ada, ben)).toEqual(['none', 'none']);
    expect(await mayDisturb(db, ada.user.id, ben.user.id)).toBe(true);
  });

  it('ends a friendship, and holds when the other blocks too and unblocks', async () => {
    const [ada, ben] = await pair();
    await ask(ada, ben);
    await act('accept', ben, ada);
    await act('block', ben, ada);
    expect(await both(ada, ben)).toEqual(['none', 'blocked']);
    await act('block', ada, ben);
    await act('unblock', ada, ben);
    expect(await both(ada, ben)).toEqual(['none', 'blocked']);
    expect(await codeOf(ask(ben, ada))).toBe('illegal_transition');
  });

  it('and an ask that meet leave the ask unseen', async () => {
    for (let round = 0; round < 5; round++) {
      const [ada, ben] = await pair();
      await Promise.all([ask(ada, ben), act('block', ben, ada)]);
      expect((await both(ada, ben))[1]).toBe('blocked');
    }
  });

  it('of oneself is no block', async () => {
    const ada = await newPlayer();
    expect(await codeOf(act('block', ada, ada))).toBe('invalid_request');
  });
});

describe('asking', () => {
  it('goes on without Redis, and is limited with it', async () => {
    const [ada, ben] = await pair();
    const cut = await openServices({ ...bindings, UPSTASH_REDIS_REST_URL: 'http://127.0.0.1:1' });
    await expect(allowRate(cut, 'friend-asks', ada.user.id, 0)).resolves.toBeUndefined();
    const codes = await Promise.all(Array.from({ length: 30 }, () => codeOf(ask(ada, ben))));
    expect(codes.filter(code => code === 'rate_limited').length).toBeGreaterThan(0);
    expect(codes.filter(code => code === 'ok').length).toBeGreaterThan(0);
  });
});
