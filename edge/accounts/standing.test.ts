import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import {
  api,
  call,
  claimsOf,
  codeOf,
  PASSWORD,
  problemOf,
  registerPlayer,
  services,
  unique,
} from '#edge/testing/platform.ts';
import { accountsApi } from '#shared/api/accounts.ts';
import type { CutReason } from '#shared/live.ts';
import { findUsers, stateOfAccount } from './find.ts';
import { ban, setRole, unban } from './standing.ts';

const refresh = (cookie: string) => call('POST', '/v1/accounts/refresh', { headers: { Cookie: cookie } });
const login = (email: string) => call('POST', '/v1/accounts/login', { body: { email, password: PASSWORD } });

/** The services, with a record of whose sockets were cut. */
async function watched() {
  const all = await services();
  const cuts: Array<{ userId: string; which: readonly string[]; reason: CutReason }> = [];
  const live = {
    ...all.live,
    async cut(userId: string, which: readonly string[], reason: CutReason) {
      cuts.push({ userId, which, reason });
      await all.live.cut(userId, which, reason);
    },
  };
  return { ...all, live, cuts };
}

describe('a ban', () => {
  it('ends every sign-in, cuts the sockets and refuses new sign-ins with its reason', async () => {
    const player = await registerPlayer();
    const { cuts, ...all } = await watched();
    expect(await ban(all, player.user.id, { until: null, reason: 'Cheating' })).toBeNull();
    expect(cuts).toEqual([{ userId: player.user.id, which: [claimsOf(player.token).sid], reason: 'banned' }]);
    expect(await codeOf(refresh(player.cookie))).toBe('banned');
    const problem = await problemOf(login(player.user.email));
    expect(problem).toMatchObject({
      code: 'banned',
      status: 403,
      details: { until: null, reason: 'Cheating' },
    });
    await expect(api(accountsApi.validate, {}, player)).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(await stateOfAccount(all.db, player.user.id)).toMatchObject({ banned: true, signIns: 0 });
  });

  it('is told to nobody who does not know the password', async () => {
    const player = await registerPlayer();
    await ban(await services(), player.user.id, { until: null, reason: 'Cheating' });
    const body = { email: player.user.email, password: 'not the password' };
    expect(await codeOf(call('POST', '/v1/accounts/login', { body }))).toBe('credentials_wrong');
  });

  it('is over when its time has come, or when it is lifted', async () => {
    const player = await registerPlayer();
    const all = await services();
    const until = new Date(Date.now() + 3_600_000);
    await ban(all, player.user.id, { until, reason: 'An hour' });
    expect((await problemOf(login(player.user.email))).details).toMatchObject({ until: until.toISOString() });
    await all.db.execute(sql`
      update users set banned_until = now() - interval '1 s' where id = ${player.user.id}::uuid`);
    expect((await login(player.user.email)).status).toBe(200);
    expect(await stateOfAccount(all.db, player.user.id)).toMatchObject({ banned: false });
    expect(await ban(all, player.user.id, { until: null, reason: 'For good' })).toMatchObject({
      reason: 'An hour',
    });
    expect(await unban(all.db, player.user.id)).toEqual({ until: null, reason: 'For good' });
    expect(await unban(all.db, player.user.id)).toBeNull();
    expect((await login(player.user.email)).status).toBe(200);
  });

  it('of nobody is refused', async () => {
    const all = await services();
    const nobody = crypto.randomUUID();
    await expect(ban(all, nobody, { until: null, reason: 'x' })).rejects.toMatchObject({ code: 'not_found' });
    await expect(unban(all.db, nobody)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('that races with sign-ins leaves none of them in', async () => {
    const player = await registerPlayer();
    const all = await services();
    const racing = Promise.all([1, 2, 3, 4].map(() => login(player.user.email)));
    await ban(all, player.user.id, { until: null, reason: 'Cheating' });
    for (const answer of await racing) expect([200, 403]).toContain(answer.status);
    expect(await stateOfAccount(all.db, player.user.id)).toMatchObject({ signIns: 0 });
  });
});

describe('a role', () => {
  it('is for verified addresses, can be taken, and answers the one before', async () => {
    const player = await registerPlayer();
    const { db } = await services();
    await expect(setRole(db, player.user.id, 'operator')).rejects.toMatchObject({ code: 'email_unverified' });
    await db.execute(sql`update users set email_verified_at = now() where id = ${player.user.id}::uuid`);
    expect(await setRole(db, player.user.id, 'operator')).toBe('player');
    expect(await setRole(db, player.user.id, 'player')).toBe('operator');
    await expect(setRole(db, crypto.randomUUID(), 'player')).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('finding accounts', () => {
  it('goes by id, and by the beginning of address or name', async () => {
    const name = unique('Grace_%');
    const player = await registerPlayer(name);
    const { db } = await services();
    const find = async (query: string) =>
      (await findUsers(db, query, { limit: 10 })).items.map(item => item.id);
    for (const query of [player.user.id, player.user.email, name.toUpperCase(), ` ${name.slice(0, -1)}`]) {
      expect(await find(query), query).toEqual([player.user.id]);
    }
    expect(await find(unique('nobody'))).toEqual([]);
    // What LIKE takes for wild cards is looked for as it is.
    expect(await find(name.replace('%', 'x'))).toEqual([]);
    expect(await find('%')).toEqual([]);
  });

  it('pages through many, the newest first', async () => {
    const name = unique('Many');
    const players = [await registerPlayer(name), await registerPlayer(name), await registerPlayer(name)];
    const { db } = await services();
    const first = await findUsers(db, name, { limit: 2 });
    const second = await findUsers(db, name, { limit: 2, cursor: first.nextCursor ?? undefined });
    expect(second.nextCursor).toBeNull();
    expect([...first.items, ...second.items].map(item => item.id)).toEqual(
      players.map(player => player.user.id).reverse(),
    );
    expect(first.items[0]).toMatchObject({ banned: false, signIns: 1, guest: false, deletedAt: null });
    expect(first.items[0]?.lastUsedAt).toBeInstanceOf(Date);
    await expect(findUsers(db, name, { limit: 2, cursor: 'none' })).rejects.toMatchObject({
      code: 'invalid_request',
    });
  });
});
