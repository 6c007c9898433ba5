import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openServices, type Services } from '#edge/services.ts';
import { redisKey } from '#edge/store/keys.ts';
import { friendLinks } from '#edge/store/schema.ts';
import { hasLeft, hubOf, ONLINE, passTime, TestSocket } from '#edge/testing/live.ts';
import {
  api,
  bindings,
  call,
  codeOf,
  createOk,
  newGame,
  newNode,
  newPlayer,
  services,
  type TestPlayer,
} from '#edge/testing/platform.ts';
import { type Presence, type PresencePlace, presenceApi } from '#shared/api/presence.ts';
import { PRESENCE_REFRESH_S, PRESENCE_TTL_S } from '#shared/limits.ts';
import { placeOf } from './places.ts';
import { PlayerPresence } from './player-presence.ts';
import { presencesOf } from './presence.ts';

afterEach(() => {
  vi.useRealTimers();
});

async function newFriends(): Promise<[TestPlayer, TestPlayer]> {
  const [ada, ben] = [await newPlayer('Ada'), await newPlayer('Ben')];
  const { db } = await services();
  await db.insert(friendLinks).values([
    { userId: ada.user.id, otherId: ben.user.id, state: 'friends' },
    { userId: ben.user.id, otherId: ada.user.id, state: 'friends' },
  ]);
  return [ada, ben];
}

async function seen(asking: TestPlayer, ...players: TestPlayer[]): Promise<Presence[]> {
  const ids = players.map(({ user }) => user.id).join(',');
  return (await api(presenceApi.list, { query: { ids } }, asking)).presences;
}

const statusOf = async (asking: TestPlayer, player: TestPlayer) => (await seen(asking, player))[0]?.status;

const stored = async ({ user }: TestPlayer) => (await services()).hints.get(redisKey.presence(user.id));

/** What a player's friends were told of it, in order. */
const told = (socket: TestSocket) =>
  socket.events.flatMap(event => (event.type === 'presence_changed' ? [event.presence.status] : []));

/** What the player's hub does in its alarm, with these services. */
const settle = ({ user }: TestPlayer, services: Services) =>
  runInDurableObject(hubOf({ user }), (_, { storage }) =>
    new PlayerPresence(storage).settle(services, user.id, ONLINE),
  );

describe('presence', () => {
  it('follows the socket: friends are told who comes and goes, after a moment for a reload', async () => {
    const [ada, ben] = await newFriends();
    const watching = await TestSocket.join(ben);
    expect(await seen(ben, ada)).toEqual([
      { userId: ada.user.id, status: 'offline', sessionId: null, game: null, joinable: false, since: null },
    ]);
    const first = await TestSocket.join(ada);
    await expect.poll(() => told(watching)).toEqual(['online']);
    expect(await statusOf(ben, ada)).toBe('online');
    first.close();
    const second = await TestSocket.join(ada);
    await passTime(ada, 3_000);
    expect(told(watching)).toEqual(['online']);
    second.close();
    await expect.poll(() => hasLeft(ada)).toBe(true);
    await passTime(ada, 5_000);
    expect(await statusOf(ben, ada)).toBe('online');
    await passTime(ada, 5_000);
    await expect.poll(() => told(watching)).toEqual(['online', 'offline']);
    expect(await statusOf(ben, ada)).toBe('offline');
    expect(await stored(ada)).toBeNull();
  });

  it('names the game and whether it may be joined, of a session that the player is in', async () => {
    const game = await newGame();
    await newNode([game]);
    const [ada, ben] = await newFriends();
    const { session } = await createOk(ada, game);
    const place = { status: 'playing' as const, sessionId: session.id, joinable: true };
    const [desk, other] = [await TestSocket.join(ada, { place }), await TestSocket.join(ben, { place })];
    await expect
      .poll(() => seen(ben, ada))
      .toMatchObject([{ status: 'playing', sessionId: session.id, game: game.slug, joinable: true }]);
    // Ben says the same, and is not in it.
    await expect
      .poll(() => seen(ada, ben))
      .toMatchObject([{ status: 'online', sessionId: null, game: null, joinable: false }]);
    const { live } = await services();
    await live.send([ada.user.id], {
      type: 'session_changed',
      sessionId: session.id,
      state: 'ended',
      endReason: 'game_exited',
    });
    await passTime(ada, 3_000);
    await expect.poll(() => statusOf(ben, ada)).toBe('online');
    desk.close();
    other.close();
  });

  it('tells of a player who jumps to and fro where they ended up, and now and then only', async () => {
    const [ada, ben] = await newFriends();
    const watching = await TestSocket.join(ben);
    const jumping = await TestSocket.join(ada);
    await expect.poll(() => told(watching)).toEqual(['online']);
    for (let turn = 0; turn < 7; turn++) {
      jumping.send({ type: 'place', place: { ...ONLINE, joinable: turn % 2 === 0 } });
      jumping.send({ type: 'place', place: ONLINE });
    }
    jumping.send({ type: 'place', place: { ...ONLINE, status: 'watching' } });
    await passTime(ada, 3_000);
    await expect.poll(() => told(watching).length, { timeout: 5_000 }).toBe(2);
  });

  it('is of friends and oneself only', async () => {
    const [[ada, ben], eve] = [await newFriends(), await newPlayer('Eve')];
    await TestSocket.join(ada);
    await expect.poll(() => statusOf(ben, ada)).toBe('online');
    expect(await seen(eve, ada, eve)).toEqual([expect.objectContaining({ userId: eve.user.id })]);
    expect((await seen(ada, eve, ben, ada)).map(({ userId }) => userId)).toEqual([ben.user.id, ada.user.id]);
  });

  it('is asked for with up to 100 ids', async () => {
    const { token } = await newPlayer();
    const ask = (ids: string) => codeOf(call('GET', `/v1/presence?ids=${ids}`, { token }));
    const many = Array.from({ length: 101 }, () => crypto.randomUUID()).join(',');
    for (const ids of ['', 'ada', many]) expect(await ask(ids)).toBe('invalid_request');
    expect(await codeOf(call('GET', `/v1/presence?ids=${crypto.randomUUID()}`))).toBe('unauthenticated');
  });

  it('is kept by its hub through hibernation, and ends by itself without it', async () => {
    const ada = await newPlayer();
    await TestSocket.join(ada);
    await expect.poll(() => statusOf(ada, ada)).toBe('online');
    const [before] = await seen(ada, ada);
    await evictDurableObject(hubOf(ada));
    await passTime(ada, (PRESENCE_REFRESH_S + 1) * 1000);
    expect(await seen(ada, ada)).toEqual([before]);
    const { hints } = await services();
    const key = redisKey.presence(ada.user.id);
    const ttl = await hints.ttl(key);
    expect(ttl).toBeGreaterThan(PRESENCE_TTL_S - 10);
    expect(ttl).toBeLessThanOrEqual(PRESENCE_TTL_S);
  });
});

describe('Redis flushed mid-play', () => {
  it('presence refills itself within one refresh', async () => {
    const ada = await newPlayer();
    const socket = await TestSocket.join(ada);
    await expect.poll(() => statusOf(ada, ada)).toBe('online');
    const { hints } = await services();
    await hints.del(redisKey.presence(ada.user.id));
    expect(await statusOf(ada, ada)).toBe('offline');
    await passTime(ada, (PRESENCE_REFRESH_S + 1) * 1000);
    expect(await statusOf(ada, ada)).toBe('online');
    expect(socket.closed).toBeUndefined();
  });
});

describe('Redis down', () => {
  it('makes presence unavailable, while sockets and events go on', async () => {
    const cut = await openServices({ ...bindings, UPSTASH_REDIS_REST_URL: 'http://127.0.0.1:1' });
    await expect(presencesOf(cut, [crypto.randomUUID()])).rejects.toMatchObject({ code: 'unavailable' });
    const [ada, ben] = await newFriends();
    const watching = await TestSocket.join(ben);
    await settle(ada, cut);
    await expect.poll(() => told(watching)).toEqual(['online']);
    expect(await stored(ada)).toBeNull();
  });
});

describe('Postgres down', () => {
  it('keeps friends from being told until it is back, and Redis has it meanwhile', async () => {
    const cut = await openServices({ ...bindings, DATABASE_URL: 'postgres://a:b@127.0.0.1:1/c' });
    const [ada, ben] = await newFriends();
    const watching = await TestSocket.join(ben);
    await settle(ada, cut);
    expect(await stored(ada)).toMatchObject({ status: 'online' });
    expect(told(watching)).toEqual([]);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 16_000 });
    await settle(ada, await services());
    await expect.poll(() => told(watching)).toEqual(['online']);
  });
});

describe('a player on several devices', () => {
  const at = (status: PresencePlace['status'], placedAt: number) => ({
    place: { ...ONLINE, status },
    placedAt,
  });

  it('is where they play, else where they watch, else online; of equals the newest counts', () => {
    expect(placeOf([])).toBeNull();
    expect(placeOf([at('online', 3), at('playing', 1), at('watching', 2)])?.status).toBe('playing');
    expect(placeOf([at('online', 3), at('watching', 2)])?.status).toBe('watching');
    const [older, newer] = [at('playing', 1), at('playing', 2)];
    expect(placeOf([older, newer])).toBe(newer.place);
  });
});
