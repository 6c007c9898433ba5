import { sql } from 'drizzle-orm';
import { beforeAll, describe, expect, it } from 'vitest';
import { auditOf, newReason } from '#edge/testing/admin.ts';
import { TestSocket } from '#edge/testing/live.ts';
import {
  api,
  call,
  codeOf,
  createOk,
  enter,
  newGame,
  newNode,
  newPlayer,
  newStaff,
  PASSWORD,
  services,
  type TestPlayer,
} from '#edge/testing/platform.ts';
import { isSlotFree, newStage } from '#edge/testing/stage.ts';
import { accountsApi } from '#shared/api/accounts.ts';
import { adminPlayersApi } from '#shared/api/admin-players.ts';
import { partiesApi } from '#shared/api/parties.ts';
import { playApi } from '#shared/api/play.ts';
import { walletApi } from '#shared/api/wallet.ts';

let operator: TestPlayer;
let admin: TestPlayer;
beforeAll(async () => {
  operator = await newStaff('operator');
  admin = await newStaff('admin');
});

const on = ({ user }: TestPlayer) => ({ userId: user.id });
const whyOnly = () => ({ reason: newReason() });
const refresh = ({ cookie }: TestPlayer) =>
  call('POST', '/v1/accounts/refresh', { headers: { Cookie: cookie } });
const stateOf = (player: TestPlayer) => api(adminPlayersApi.state, { params: on(player) }, operator);
const orders = async (nodeId: string) => {
  const { db } = await services();
  const { rows } = await db.execute<{ body: Record<string, unknown> }>(sql`
    select body from node_orders where node_id = ${nodeId} order by id`);
  return rows.map(row => row.body);
};

describe('finding players', () => {
  it('takes an id, and the beginning of an address or a name', async () => {
    const name = `Zoe ${crypto.randomUUID().slice(0, 8)}`;
    const player = await newPlayer(name);
    const find = async (q: string) =>
      (await api(adminPlayersApi.find, { query: { q } }, operator)).items.map(({ id }) => id);
    expect(await find(player.user.id)).toEqual([player.user.id]);
    expect(await find(player.user.email.toUpperCase().slice(0, -3))).toEqual([player.user.id]);
    expect(await find(name.toLowerCase())).toEqual([player.user.id]);
    expect(await find('nobody has this name')).toEqual([]);
  });

  it("shows a player's whole state, and nobody's who is none", async () => {
    const { player, admission } = await newStage();
    const { id: partyId } = await api(partiesApi.create, { body: {} }, player);
    const state = await stateOf(player);
    expect(state).toMatchObject({
      account: { id: player.user.id, email: player.user.email, banned: false, signIns: 1, role: 'player' },
      current: { session: { id: admission.session.id }, seat: 1 },
      presence: { status: 'offline' },
      wallet: { available: 0, held: 0, owed: 0 },
      partyId,
    });
    expect(state.devices).toHaveLength(1);
    const nobody = { params: { userId: crypto.randomUUID() } };
    await expect(api(adminPlayersApi.state, nobody, operator)).rejects.toMatchObject({
      code: 'player_not_found',
    });
  });
});

describe('resetting', () => {
  it('takes a host out of session and party: the slot is free, the log has both states', async () => {
    const stage = await newStage();
    const { player, admission } = stage;
    const { id: partyId } = await api(partiesApi.create, { body: {} }, player);
    const body = whyOnly();
    const entry = await api(adminPlayersApi.reset, { params: on(player), body }, operator);
    expect(entry).toMatchObject({
      act: 'player.reset',
      actor: { id: operator.user.id },
      target: { kind: 'player', id: player.user.id },
      reason: body.reason,
      outcome: 'done',
      before: { sessionId: admission.session.id, partyId },
      after: { sessionId: null, partyId: null },
    });
    expect(await isSlotFree(stage)).toBe(true);
    expect(await auditOf(operator, player.user.id)).toEqual([entry]);
    expect((await createOk(player, stage.game)).session.id).not.toBe(admission.session.id);
  });

  it('takes who waits out of the queue', async () => {
    const game = await newGame();
    const player = await newPlayer();
    await enter(player, game);
    expect((await api(playApi.current, {}, player)).current?.queue).not.toBeNull();
    await api(adminPlayersApi.reset, { params: on(player), body: whyOnly() }, operator);
    expect((await api(playApi.current, {}, player)).current).toBeNull();
  });

  it('frees a seat that a fault has left behind in a session that is over', async () => {
    const { player, game, admission } = await newStage();
    const { db } = await services();
    await db.execute(sql`
      update sessions set state = 'ended', ended_at = now(), end_reason = 'game_exited' where id = ${admission.session.id}::uuid`);
    await api(adminPlayersApi.reset, { params: on(player), body: whyOnly() }, operator);
    const { rows } = await db.execute(sql`
      select 1 from session_members where user_id = ${player.user.id}::uuid and active`);
    expect(rows).toEqual([]);
    expect((await enter(player, game)).session.id).not.toBe(admission.session.id);
  });
});

describe('kicking', () => {
  it("from the session frees a guest's place, tells them and has the node cut them off; the host plays on", async () => {
    const { player: host, node, admission } = await newStage();
    const guest = await newPlayer();
    const { roomNumber } = admission.session;
    await api(playApi.join, { body: { roomNumber, role: 'player' } }, guest);
    const socket = await TestSocket.join(guest);
    const body = { ...whyOnly(), from: 'session' as const };
    await api(adminPlayersApi.kick, { params: on(guest), body }, operator);
    await expect
      .poll(() => socket.events)
      .toContainEqual({ type: 'kicked', from: 'session', reason: body.reason });
    expect(await orders(node.id)).toContainEqual({
      type: 'revoke',
      userId: guest.user.id,
      sessionId: admission.session.id,
      reason: 'kicked',
    });
    expect((await api(playApi.current, {}, guest)).current).toBeNull();
    expect((await api(playApi.current, {}, host)).current?.session.id).toBe(admission.session.id);
    expect((await refresh(guest)).status).toBe(200);
  });

  it('from the session fails, and says so in the log, for who is in none', async () => {
    const player = await newPlayer();
    const body = { ...whyOnly(), from: 'session' as const };
    await expect(api(adminPlayersApi.kick, { params: on(player), body }, operator)).rejects.toMatchObject({
      code: 'session_not_found',
    });
    expect(await auditOf(operator, player.user.id)).toMatchObject([
      { outcome: 'failed', error: 'session_not_found', reason: body.reason },
    ]);
  });

  it('off the platform signs every device out', async () => {
    const player = await newPlayer();
    const body = { ...whyOnly(), from: 'platform' as const };
    const entry = await api(adminPlayersApi.kick, { params: on(player), body }, operator);
    expect(entry).toMatchObject({ before: { signIns: 1 }, after: { signIns: 0 } });
    expect((await refresh(player)).status).toBe(401);
    const again = { email: player.user.email, password: PASSWORD };
    expect((await api(accountsApi.login, { body: again })).user.id).toBe(player.user.id);
  });
});

describe('banning', () => {
  it('keeps out until it is lifted, and ends what they play', async () => {
    const stage = await newStage();
    const { player } = stage;
    const body = { ...whyOnly(), until: null };
    const banned = await api(adminPlayersApi.ban, { params: on(player), body }, operator);
    expect(banned).toMatchObject({
      before: { banned: false, banReason: null },
      after: { banned: true, banReason: body.reason, signIns: 0, sessionId: null },
    });
    expect(await isSlotFree(stage)).toBe(true);
    const login = { email: player.user.email, password: PASSWORD };
    expect(await codeOf(call('POST', '/v1/accounts/login', { body: login }))).toBe('banned');
    const lifted = await api(adminPlayersApi.unban, { params: on(player), body: whyOnly() }, operator);
    expect(lifted).toMatchObject({
      before: { banned: true, banReason: body.reason },
      after: { banned: false },
    });
    expect((await call('POST', '/v1/accounts/login', { body: login })).status).toBe(200);
  });

  it('until a moment that has passed is refused', async () => {
    const player = await newPlayer();
    const body = { ...whyOnly(), until: '2020-01-01T00:00:00Z' };
    await expect(api(adminPlayersApi.ban, { params: on(player), body }, operator)).rejects.toMatchObject({
      code: 'invalid_request',
    });
    expect((await stateOf(player)).account.banned).toBe(false);
  });

  it('by two operators at once leaves one entry each, of which one saw the other', async () => {
    const player = await newPlayer();
    const bodies = [1, 2].map(() => ({ ...whyOnly(), until: null }));
    const entries = await Promise.all([
      api(adminPlayersApi.ban, { params: on(player), body: bodies[0] ?? never() }, operator),
      api(adminPlayersApi.ban, { params: on(player), body: bodies[1] ?? never() }, admin),
    ]);
    const seen = entries.map(({ before }) => before?.banReason ?? null);
    expect(seen.filter(reason => reason === null)).toHaveLength(1);
    const last = (await stateOf(player)).account.banReason;
    expect(seen).not.toContain(last);
    expect(await auditOf(operator, player.user.id)).toHaveLength(2);
  });
});

describe('signing out', () => {
  it('ends every sign-in', async () => {
    const player = await newPlayer();
    const entry = await api(adminPlayersApi.signOut, { params: on(player), body: whyOnly() }, operator);
    expect(entry).toMatchObject({ before: { signIns: 1 }, after: { signIns: 0 } });
    expect((await refresh(player)).status).toBe(401);
  });
});

describe('roles', () => {
  const verify = async ({ user }: TestPlayer) => {
    const { db } = await services();
    await db.execute(sql`update users set email_verified_at = now() where id = ${user.id}::uuid`);
  };
  const give = (player: TestPlayer, role: 'player' | 'operator' | 'admin', by: TestPlayer) =>
    api(adminPlayersApi.setRole, { params: on(player), body: { ...whyOnly(), role } }, by);

  it('are given and taken by admins, to who has verified their address', async () => {
    const player = await newPlayer();
    await expect(give(player, 'operator', admin)).rejects.toMatchObject({ code: 'email_unverified' });
    await verify(player);
    expect(await give(player, 'operator', admin)).toMatchObject({
      before: { role: 'player' },
      after: { role: 'operator' },
    });
    expect(await give(player, 'player', admin)).toMatchObject({ before: { role: 'operator' } });
    await expect(give(player, 'operator', operator)).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('of admins are not touched by operators, and their sign-ins neither', async () => {
    const params = on(admin);
    const attempts = await Promise.allSettled([
      api(adminPlayersApi.ban, { params, body: { ...whyOnly(), until: null } }, operator),
      api(adminPlayersApi.kick, { params, body: { ...whyOnly(), from: 'platform' } }, operator),
      api(adminPlayersApi.signOut, { params, body: whyOnly() }, operator),
      api(adminPlayersApi.reset, { params, body: whyOnly() }, operator),
    ]);
    expect(attempts).toEqual(
      Array(4).fill(expect.objectContaining({ reason: expect.objectContaining({ code: 'forbidden' }) })),
    );
    expect((await stateOf(admin)).account).toMatchObject({ banned: false, role: 'admin' });
    const failed = await auditOf(operator, admin.user.id, { outcome: 'failed' });
    expect(failed.map(({ error }) => error)).toEqual(Array(4).fill('forbidden'));
  });
});

describe('an act', () => {
  it('is done once for one key, answers the first entry again, and refuses another body', async () => {
    const player = await newPlayer();
    const key = crypto.randomUUID();
    const input = { params: on(player), body: { ...whyOnly(), until: null } };
    const first = await api(adminPlayersApi.ban, input, operator, key);
    await api(adminPlayersApi.unban, { params: on(player), body: whyOnly() }, operator);
    expect(await api(adminPlayersApi.ban, input, operator, key)).toEqual(first);
    expect((await stateOf(player)).account.banned).toBe(false);
    const other = { ...input, body: { ...input.body, reason: newReason() } };
    await expect(api(adminPlayersApi.ban, other, operator, key)).rejects.toMatchObject({
      code: 'idempotency_key_reused',
    });
    expect(await auditOf(operator, player.user.id)).toHaveLength(2);
  });

  it('sent many times at once is done once', async () => {
    const player = await newPlayer();
    const key = crypto.randomUUID();
    const input = { params: on(player), body: { reason: newReason(), amount: 7 } };
    const params = { userId: player.user.id };
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => api(walletApi.topUp, { ...input, params }, operator, key)),
    );
    expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
    expect((await stateOf(player)).wallet.available).toBe(7);
    expect(await auditOf(operator, player.user.id)).toMatchObject([
      { act: 'wallet.top_up', outcome: 'done', before: { available: 0 }, after: { available: 7 } },
    ]);
  });

  it('that failed may be tried again with the same key, and leaves an entry each time', async () => {
    const player = await newPlayer();
    const key = crypto.randomUUID();
    const input = { params: on(player), body: { ...whyOnly(), from: 'session' as const } };
    await expect(api(adminPlayersApi.kick, input, operator, key)).rejects.toThrow();
    const game = await newGame();
    await newNode([game]);
    await createOk(player, game);
    expect(await api(adminPlayersApi.kick, input, operator, key)).toMatchObject({ outcome: 'done' });
    const outcomes = (await auditOf(operator, player.user.id)).map(({ outcome }) => outcome);
    expect(outcomes).toEqual(['done', 'failed']);
  });

  it('whose Worker was cut off stays in the log as unknown, and is done when it is asked for again', async () => {
    const player = await newPlayer();
    const key = crypto.randomUUID();
    const input = { params: on(player), body: { ...whyOnly(), until: null } };
    const first = await api(adminPlayersApi.ban, input, operator, key);
    const { db } = await services();
    const cutOff = (age: string) =>
      db.execute(sql`
      update audit_log set outcome = 'begun', finished_at = null, created_at = now() - ${age}::interval
      where id = ${first.id}::uuid`);
    await cutOff('10 s');
    await expect(api(adminPlayersApi.ban, input, operator, key)).rejects.toMatchObject({
      code: 'request_running',
    });
    await cutOff('1 h');
    const second = await api(adminPlayersApi.ban, input, operator, key);
    expect(second.id).not.toBe(first.id);
    const outcomes = (await auditOf(operator, player.user.id)).map(({ outcome }) => outcome);
    expect(outcomes).toEqual(['done', 'unknown']);
  });

  it('needs a reason, and the permission to act: to read is not enough', async () => {
    const player = await newPlayer();
    const noReason = { ...on(player) };
    const path = `/v1/admin/players/${noReason.userId}/sign-out`;
    const headers = { 'Idempotency-Key': crypto.randomUUID() };
    const bare = call('POST', path, { token: operator.token, body: {}, headers });
    expect(await codeOf(bare)).toBe('invalid_request');
    const developer = await newStaff('developer');
    await expect(
      api(adminPlayersApi.signOut, { params: on(player), body: whyOnly() }, developer),
    ).rejects.toMatchObject({ code: 'forbidden' });
    expect(await auditOf(operator, player.user.id)).toEqual([]);
  });
});

function never(): never {
  throw new Error('unreachable');
}
