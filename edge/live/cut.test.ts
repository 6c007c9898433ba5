import { evictDurableObject } from 'cloudflare:test';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { signAccessToken } from '#edge/accounts/access-tokens.ts';
import { hubOf, passTime, TestSocket } from '#edge/testing/live.ts';
import { claimsOf, newPlayer, services, type TestPlayer } from '#edge/testing/platform.ts';
import { LIVE_CLOSE } from '#shared/live-protocol.ts';

afterEach(() => {
  vi.useRealTimers();
});

const sidOf = (token: string) => String(claimsOf(token).sid);
const signInOf = ({ token }: TestPlayer) => sidOf(token);

/** An access token of the same player from a sign-in of its own. */
async function otherSignIn({ user }: TestPlayer, signedAt = new Date()): Promise<string> {
  const { keys } = await services();
  return signAccessToken(keys, user, crypto.randomUUID(), signedAt);
}

describe('revocation cuts live sockets', () => {
  it('of the sign-ins that ended, at once, and no others', async () => {
    const player = await newPlayer();
    const desk = await TestSocket.join(player);
    const phone = await TestSocket.join({ ...player, token: await otherSignIn(player) });
    const { live } = await services();
    await live.cut(player.user.id, [signInOf(player)], 'signed_out');
    expect(await desk.closes()).toEqual({ code: LIVE_CLOSE.cut, reason: 'signed_out' });
    await live.send([player.user.id], { type: 'wallet_changed', available: 1, held: 0 });
    await phone.gets('wallet_changed');
    expect(desk.events).toEqual([]);
  });

  it('and lets nobody in again with a token of theirs, until it has run out', async () => {
    const player = await newPlayer();
    const { live } = await services();
    await live.cut(player.user.id, [signInOf(player)], 'refresh_reused');
    await evictDurableObject(hubOf(player));
    const again = await TestSocket.open(player);
    expect(await again.closes()).toEqual({ code: LIVE_CLOSE.cut, reason: 'refresh_reused' });
    expect(again.messages.map(({ type }) => type)).toEqual(['closing']);
    await TestSocket.join({ ...player, token: await otherSignIn(player) });
  });

  it('nor renews a socket with a token of theirs', async () => {
    const player = await newPlayer();
    const token = await otherSignIn(player);
    const phone = await TestSocket.join({ ...player, token });
    const { live } = await services();
    await live.cut(player.user.id, [signInOf(player)], 'signed_out');
    phone.send({ type: 'renew', token: player.token });
    expect(await phone.closes()).toEqual({ code: LIVE_CLOSE.cut, reason: 'signed_out' });
  });

  it('of all sign-ins so far, while one that begins in the very same moment gets in', async () => {
    const player = await newPlayer();
    const phone = await otherSignIn(player);
    const sockets = [await TestSocket.join(player), await TestSocket.join({ ...player, token: phone })];
    const { live } = await services();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    const fresh = await otherSignIn(player);
    await live.cut(player.user.id, [player.token, phone].map(sidOf), 'banned');
    for (const socket of sockets) {
      expect(await socket.closes()).toEqual({ code: LIVE_CLOSE.cut, reason: 'banned' });
    }
    expect((await (await TestSocket.open(player)).closes()).code).toBe(LIVE_CLOSE.cut);
    await TestSocket.join({ ...player, token: fresh });
    await TestSocket.join({ ...player, token: await otherSignIn(player) });
  });

  it('for a while only, where that is asked for, and never for less than was asked before', async () => {
    const player = await newPlayer();
    const phone = { ...player, token: await otherSignIn(player) };
    const { live } = await services();
    await live.cut(player.user.id, [signInOf(player)], 'signed_out');
    await live.cut(player.user.id, [signInOf(player), signInOf(phone)], 'access_denied', 10);
    expect(await (await TestSocket.open(phone)).closes()).toMatchObject({ reason: 'access_denied' });
    await passTime(player, 11_000);
    await TestSocket.join(phone);
    expect(await (await TestSocket.open(player)).closes()).toMatchObject({ reason: 'signed_out' });
  });

  it('does not fill up: when too many end one by one, all tokens until then are refused', async () => {
    const player = await newPlayer();
    const [one, bystander] = [crypto.randomUUID(), await TestSocket.join(player)];
    const { live } = await services();
    const many = Array.from({ length: 1001 }, () => crypto.randomUUID());
    await live.cut(player.user.id, [...many, one], 'signed_out');
    expect((await (await TestSocket.open(player)).closes()).code).toBe(LIVE_CLOSE.cut);
    expect(bystander.closed).toBeUndefined();
  });

  it('is no error when nobody is connected', async () => {
    const player = await newPlayer();
    const { live } = await services();
    await expect(live.cut(player.user.id, [signInOf(player)], 'account_deleted')).resolves.toBeUndefined();
  });
});

describe('an access token that runs out', () => {
  it('closes its socket after a while, unless a fresh one is shown before', async () => {
    const player = await newPlayer();
    const [kept, lost] = [await TestSocket.join(player), await TestSocket.join(player)];
    const { keys } = await services();
    const later = new Date(Date.now() + 300_000);
    const fresh = await signAccessToken(keys, player.user, signInOf(player), later);
    kept.send({ type: 'renew', token: fresh });
    await expect.poll(() => kept.messages.at(-1)).toEqual({ type: 'renewed' });
    // Both are heard of all the time, so that only their tokens differ.
    const pongs = (socket: TestSocket) => socket.messages.filter(({ type }) => type === 'pong').length;
    for (const [round, seconds] of [120, 120, 120, 120, 120, 55].entries()) {
      await passTime(player, seconds * 1000);
      // With a blank in it: not the one that the runtime answers, by a clock that the test does not move.
      for (const socket of [kept, lost]) socket.sendRaw('{"type": "ping"}');
      await expect.poll(() => [pongs(kept), pongs(lost)]).toEqual([round + 1, round + 1]);
    }
    expect(lost.closed).toBeUndefined();
    await passTime(player, 10_000);
    expect(await lost.closes()).toEqual({ code: LIVE_CLOSE.tokenExpired, reason: 'token_expired' });
    expect(kept.closed).toBeUndefined();
  });

  it('is not renewed by the token of another player, or by none', async () => {
    const [player, other] = [await newPlayer(), await newPlayer()];
    for (const token of [other.token, 'a.b.c']) {
      const socket = await TestSocket.join(player);
      socket.send({ type: 'renew', token });
      expect((await socket.closes()).code).toBe(LIVE_CLOSE.tokenExpired);
    }
  });
});
