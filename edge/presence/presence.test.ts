import { describe, expect, it } from 'vitest';
import { openServices } from '#edge/services.ts';
import { redisKey } from '#edge/store/keys.ts';
import {
  answerOf,
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
import { presenceSchema, putPresenceResponseSchema } from '#shared/api/presence.ts';
import { PRESENCE_TTL_S } from '#shared/limits.ts';
import { putPresence } from './presence.ts';

const put = (player: TestPlayer, body: unknown) => call('PUT', '/v1/presence', { token: player.token, body });
const get = (asking: TestPlayer, userId: string) =>
  answerOf(presenceSchema, call('GET', `/v1/presence/${userId}`, { token: asking.token }));

describe('presence', () => {
  it('is seen by others, and says since when', async () => {
    const [ada, ben] = [await newPlayer(), await newPlayer()];
    expect(await get(ben, ada.user.id)).toMatchObject({ status: 'offline', since: null });
    expect(await answerOf(putPresenceResponseSchema, put(ada, { status: 'online' }))).toEqual({
      expiresIn: PRESENCE_TTL_S,
    });
    const first = await get(ben, ada.user.id);
    expect(first).toMatchObject({ userId: ada.user.id, status: 'online', sessionId: null, game: null });
    await put(ada, { status: 'online' });
    expect(await get(ben, ada.user.id)).toEqual(first);
  });

  it('expires unless renewed', async () => {
    const ada = await newPlayer();
    await put(ada, { status: 'online' });
    const { hints } = await services();
    const key = redisKey.presence(ada.user.id);
    const ttl = await hints.ttl(key);
    expect(ttl).toBeGreaterThan(PRESENCE_TTL_S - 10);
    expect(ttl).toBeLessThanOrEqual(PRESENCE_TTL_S);
    // Redis itself takes it away: shorten its life rather than wait 45 s.
    await hints.pexpire(key, 50);
    await expect.poll(async () => (await get(ada, ada.user.id)).status, { timeout: 5000 }).toBe('offline');
  });

  it('names the game of a session, to who is in it only', async () => {
    const game = await newGame();
    await newNode([game]);
    const [ada, ben] = [await newPlayer(), await newPlayer()];
    const { session } = await createOk(ada, game);
    await put(ada, { status: 'playing', sessionId: session.id });
    expect(await get(ben, ada.user.id)).toMatchObject({
      status: 'playing',
      sessionId: session.id,
      game: game.slug,
    });
    expect(await codeOf(put(ben, { status: 'watching', sessionId: session.id }))).toBe('session_not_found');
  });

  it('needs a sign-in and a status that there is', async () => {
    const ada = await newPlayer();
    expect(await codeOf(call('PUT', '/v1/presence', { body: { status: 'online' } }))).toBe('unauthenticated');
    expect(await codeOf(put(ada, { status: 'offline' }))).toBe('invalid_request');
  });

  it('is unavailable without Redis', async () => {
    const cut = await openServices({ ...bindings, UPSTASH_REDIS_REST_URL: 'http://127.0.0.1:1' });
    const put = putPresence(cut, crypto.randomUUID(), { status: 'online', sessionId: null });
    await expect(put).rejects.toMatchObject({ code: 'unavailable' });
  });
});
