import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { api, call, codeOf, newPlayer, newStaff, services } from '#edge/testing/platform.ts';
import {
  claim,
  cutOff,
  faultsOf,
  freeSessions,
  giveCredits,
  settle,
  walletOf,
} from '#edge/testing/wallet.ts';
import { TOP_UP_MAX, walletApi } from '#shared/api/wallet.ts';
import { topUp } from './operator-moves.ts';
import { creditsSpent } from './spent.ts';

const topUpBy = (
  operator: { token: string },
  userId: string,
  body: { amount: number; reason: string },
  key?: string,
) => api(walletApi.topUp, { params: { userId }, body }, operator, key);

describe('topping up', () => {
  it('gives credits, with a line in the statement', async () => {
    const [operator, player] = [await newStaff('operator'), await newPlayer()];
    const made = await topUpBy(operator, player.user.id, { amount: 25, reason: 'Won the cup' });
    expect(made).toMatchObject({ kind: 'top_up', available: 25, held: 0, owed: 0, reason: 'Won the cup' });
    expect(await walletOf(player)).toEqual({ available: 25, held: 0, owed: 0 });
    const { items, nextCursor } = await api(walletApi.transfers, {}, player);
    expect(items).toEqual([made]);
    expect(nextCursor).toBeNull();
    const params = { userId: player.user.id };
    expect(await api(walletApi.ofPlayer, { params }, operator)).toEqual(await walletOf(player));
    expect((await api(walletApi.transfersOfPlayer, { params }, operator)).items).toEqual([made]);
  });

  it('counts once for one key, one after the other or at once, and refuses the key for another body', async () => {
    const [operator, player] = [await newStaff('operator'), await newPlayer()];
    const key = crypto.randomUUID();
    const body = { amount: 5, reason: 'Sorry' };
    const all = await Promise.all(
      Array.from({ length: 8 }, () => topUpBy(operator, player.user.id, body, key)),
    );
    all.push(await topUpBy(operator, player.user.id, body, key));
    expect(new Set(all.map(({ id }) => id)).size).toBe(1);
    expect(await walletOf(player)).toMatchObject({ available: 5 });
    const other = topUpBy(operator, player.user.id, { ...body, amount: 6 }, key);
    await expect(other).rejects.toMatchObject({ code: 'idempotency_key_reused' });
    const elsewhere = topUpBy(operator, operator.user.id, body, key);
    await expect(elsewhere).rejects.toMatchObject({ code: 'idempotency_key_reused' });
    expect(await walletOf(player)).toMatchObject({ available: 5 });
    expect(await faultsOf([player, operator])).toEqual([]);
  });

  it('that was cut off after the commit answers its first result when it is done again', async () => {
    const player = await newPlayer();
    const userId = player.user.id;
    const request = { userId, key: crypto.randomUUID(), requestHash: 'one' };
    const order = { userId, amount: 9, reason: 'For a test', actor: userId };
    await expect(topUp(await cutOff(), order, request)).rejects.toThrow('cut');
    const again = await topUp(await services(), order, request);
    expect((await api(walletApi.transfers, {}, player)).items).toEqual([again]);
    expect(await walletOf(player)).toMatchObject({ available: 9 });
  });

  it('is for operators only, for players who exist, and within bounds', async () => {
    const [operator, player] = [await newStaff('operator'), await newPlayer()];
    const body = { amount: 1, reason: 'Mine' };
    await expect(topUpBy(player, player.user.id, body)).rejects.toMatchObject({ code: 'forbidden' });
    const nobody = topUpBy(operator, crypto.randomUUID(), body);
    await expect(nobody).rejects.toMatchObject({ code: 'player_not_found' });
    for (const amount of [0, -5, 1.5, TOP_UP_MAX + 1, Number.NaN]) {
      const wrong = topUpBy(operator, player.user.id, { ...body, amount });
      await expect(wrong).rejects.toMatchObject({ code: 'invalid_request' });
    }
    const path = `/v1/admin/wallets/${player.user.id}/top-ups`;
    expect(await codeOf(call('POST', path, { token: operator.token, body }))).toBe('invalid_request');
    expect(await walletOf(player)).toEqual({ available: 0, held: 0, owed: 0 });
  });
});

describe('the statement', () => {
  it('comes in pages, newest first, of one player only', async () => {
    const [player, other] = [await newPlayer(), await newPlayer()];
    await giveCredits(other, 1000);
    const made: string[] = [];
    for (const amount of [1, 2, 3, 4, 5]) made.unshift((await giveCredits(player, amount)).id);
    const first = await api(walletApi.transfers, { query: { limit: 2 } }, player);
    const second = await api(
      walletApi.transfers,
      { query: { limit: 2, cursor: first.nextCursor ?? '' } },
      player,
    );
    const third = await api(
      walletApi.transfers,
      { query: { limit: 2, cursor: second.nextCursor ?? '' } },
      player,
    );
    expect([...first.items, ...second.items, ...third.items].map(({ id }) => id)).toEqual(made);
    expect(third.nextCursor).toBeNull();
    const odd = api(walletApi.transfers, { query: { cursor: 'odd' } }, player);
    await expect(odd).rejects.toMatchObject({ code: 'invalid_request' });
  });
});

describe('taking a transfer back', () => {
  const reverse = (operator: { token: string }, userId: string, transferId: string, key?: string) =>
    api(walletApi.reverse, { params: { userId, transferId }, body: { reason: 'By mistake' } }, operator, key);

  it('takes what is there; the rest is owed, and paid by the next credits', async () => {
    const [operator, player] = [await newStaff('operator'), await newPlayer()];
    const { id } = await giveCredits(player, 10);
    const [sessionId = ''] = await freeSessions(1);
    await claim(player, sessionId, 7);
    await settle(sessionId, 1);
    const back = await reverse(operator, player.user.id, id);
    expect(back).toMatchObject({
      kind: 'reversal',
      available: -3,
      owed: 7,
      reverses: id,
      reason: 'By mistake',
    });
    expect(await walletOf(player)).toEqual({ available: 0, held: 0, owed: 7 });
    await giveCredits(player, 5);
    expect(await walletOf(player)).toEqual({ available: 0, held: 0, owed: 2 });
    await giveCredits(player, 5);
    expect(await walletOf(player)).toEqual({ available: 3, held: 0, owed: 0 });
    const { items } = await api(walletApi.transfers, {}, player);
    expect(items.slice(0, 4).map(({ kind, available, owed }) => [kind, available, owed])).toEqual([
      ['debt_paid', -2, -2],
      ['top_up', 5, 0],
      ['debt_paid', -5, -5],
      ['top_up', 5, 0],
    ]);
    expect(await faultsOf([player])).toEqual([]);
  });

  it('pays debts also out of what a session gives back', async () => {
    const [operator, player] = [await newStaff('operator'), await newPlayer()];
    const { id } = await giveCredits(player, 10);
    const [sessionId = ''] = await freeSessions(1);
    await claim(player, sessionId, 8);
    await reverse(operator, player.user.id, id);
    expect(await walletOf(player)).toEqual({ available: 0, held: 8, owed: 8 });
    await settle(sessionId, null);
    expect(await walletOf(player)).toEqual({ available: 0, held: 0, owed: 0 });
    expect(await faultsOf([player])).toEqual([]);
  });

  it('gives back what a session was charged', async () => {
    const [operator, player] = [await newStaff('operator'), await newPlayer()];
    await giveCredits(player, 10);
    const [sessionId = ''] = await freeSessions(1);
    await claim(player, sessionId, 3, 'minute');
    await settle(sessionId, 61);
    const charged = (await api(walletApi.transfers, {}, player)).items[0];
    expect(charged).toMatchObject({ kind: 'session_charge', available: 3, held: -9, sessionId });
    expect(await reverse(operator, player.user.id, charged?.id ?? '')).toMatchObject({ available: 6 });
    expect(await walletOf(player)).toEqual({ available: 10, held: 0, owed: 0 });
    expect(await faultsOf([player])).toEqual([]);
    const { rows } = await (await services()).db.execute(sql`
      select credits::int from (${creditsSpent}) as spent where session_id = ${sessionId}::uuid order by at`);
    expect(rows).toEqual([{ credits: 6 }, { credits: -6 }]);
  });

  it('happens once: the same request answers the first, others are refused', async () => {
    const [operator, player] = [await newStaff('operator'), await newPlayer()];
    const { id } = await giveCredits(player, 10);
    const key = crypto.randomUUID();
    const same = await Promise.all([1, 2, 3].map(() => reverse(operator, player.user.id, id, key)));
    expect(new Set(same.map(made => made.id)).size).toBe(1);
    const others = await Promise.allSettled([1, 2, 3].map(() => reverse(operator, player.user.id, id)));
    for (const other of others) {
      expect(other).toMatchObject({ status: 'rejected', reason: { code: 'transfer_not_reversible' } });
    }
    expect(await walletOf(player)).toEqual({ available: 0, held: 0, owed: 0 });
  });

  it('of several at once, one wins', async () => {
    const [operator, player] = [await newStaff('operator'), await newPlayer()];
    const { id } = await giveCredits(player, 10);
    const all = await Promise.allSettled(
      Array.from({ length: 8 }, () => reverse(operator, player.user.id, id)),
    );
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await walletOf(player)).toEqual({ available: 0, held: 0, owed: 0 });
    expect(await faultsOf([player])).toEqual([]);
  });

  it("is not for holds, for corrections, for other players' transfers, or by players", async () => {
    const [operator, player, other] = [await newStaff('operator'), await newPlayer(), await newPlayer()];
    const { id } = await giveCredits(player, 10);
    const [sessionId = ''] = await freeSessions(1);
    await claim(player, sessionId, 3);
    const hold = (await api(walletApi.transfers, {}, player)).items[0]?.id ?? '';
    const correction = await reverse(operator, player.user.id, id);
    for (const transferId of [hold, correction.id]) {
      const wrong = reverse(operator, player.user.id, transferId);
      await expect(wrong).rejects.toMatchObject({ code: 'transfer_not_reversible' });
    }
    const foreign = reverse(operator, other.user.id, id);
    await expect(foreign).rejects.toMatchObject({ code: 'transfer_not_found' });
    await expect(reverse(player, player.user.id, id)).rejects.toMatchObject({ code: 'forbidden' });
  });
});
