import { createScheduledController } from 'cloudflare:test';
import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { endSession } from '#edge/play/leave.ts';
import { redisKey } from '#edge/store/keys.ts';
import { OwnPlatform } from '#edge/testing/own-platform.ts';
import {
  answerOf,
  api,
  bindings,
  call,
  claimsOf,
  codeOf,
  create,
  createOk,
  deliver,
  enter,
  heartbeat,
  newGame,
  newNode,
  newPlayer,
  newPlayers,
  registerNode,
  registrationKey,
  report,
  services,
  unique,
} from '#edge/testing/platform.ts';
import { held, isSlotFree, look, newStage, type Stage } from '#edge/testing/stage.ts';
import worker from '#edge/worker.ts';
import { heartbeatResponseSchema, registerNodeResponseSchema } from '#shared/api/fleet.ts';
import { playApi } from '#shared/api/play.ts';
import { readLoads } from './load.ts';
import { reconcile } from './reconcile.ts';

const reconcileNow = async () => reconcile(await services());

describe('nodes', () => {
  it('register with the fleet key alone', async () => {
    const game = await newGame();
    const player = await newPlayer();
    const node = await newNode([game]);
    for (const key of ['wrong', player.token, node.token]) {
      expect(await codeOf(registerNode([game], { key }))).toBe('node_unknown');
    }
    const answer = await answerOf(registerNodeResponseSchema, registerNode([game]));
    expect(answer.heartbeatSeconds).toBeLessThan(answer.leaseSeconds / 2);
    expect(answer.jwks.keys.length).toBeGreaterThan(0);
  });

  it('register with the new key and the old one while one takes the place of the other', async () => {
    const [newest, oldest] = [unique('newest-').padEnd(40, 'x'), unique('oldest-').padEnd(40, 'x')];
    const platform = new OwnPlatform('main', { NODE_REGISTRATION_KEY: `${newest},${oldest}` });
    const register = async (key: string) => {
      const body = { nodeId: unique('node'), bootId: crypto.randomUUID(), region: 'local', games: [] };
      const response = await platform.fetch('/node/v1/register', {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ ...body, signalUrl: 'ws://127.0.0.1:1/', slots: 1, version: '1' }),
      });
      return response.status;
    };
    expect([await register(newest), await register(oldest)]).toEqual([200, 200]);
    expect(await register(`${newest},${oldest}`)).toBe(401);
    expect(await register(await registrationKey())).toBe(401);
  });

  it('and players have paths and tokens of their own', async () => {
    const game = await newGame();
    const node = await newNode([game]);
    const player = await newPlayer();
    for (const token of [player.token, await registrationKey(), 'nonsense']) {
      expect(await codeOf(heartbeat({ ...node, token }))).toBe('node_unknown');
      expect(await codeOf(call('POST', '/node/v1/events', { token, body: { events: [] } }))).toBe(
        'node_unknown',
      );
    }
    expect(await codeOf(call('POST', '/node/v1/heartbeat'))).toBe('node_unknown');
    for (const token of [node.token, await registrationKey()]) {
      expect(await codeOf(call('GET', '/v1/sessions/current', { token }))).toBe('unauthenticated');
      expect(await codeOf(create({ ...player, token }, game))).toBe('unauthenticated');
      expect(await codeOf(call('GET', '/v1/accounts/validate', { token }))).toBe('unauthenticated');
    }
  });

  it('started anew lose their old token and what they ran', async () => {
    const stage = await newStage();
    await deliver(stage.node.id, [report(stage.admission.ticket, { type: 'session_playing', seq: 1 })]);
    const events = [report(stage.admission.ticket, { type: 'session_reconnecting', seq: 2 })];
    const tell = () => call('POST', '/node/v1/events', { token: stage.node.token, body: { events } });
    expect((await tell()).status).toBe(202);
    // What is being applied at that moment would be left to the next round.
    await expect.poll(async () => (await look(stage)).state).toBe('reconnecting');
    const again = await newNode([stage.game], { id: stage.node.id });
    expect(await codeOf(heartbeat(stage.node))).toBe('node_unknown');
    expect(await codeOf(tell())).toBe('node_unknown');
    expect((await heartbeat(again)).status).toBe(200);
    expect(await look(stage)).toMatchObject({ state: 'failed', endReason: 'node_lost' });
    expect(claimsOf((await createOk(stage.player, stage.game)).ticket).epoch).toBe(2);
  });

  it('that register again with the same boot keep what they run', async () => {
    const stage = await newStage();
    const again = await newNode([stage.game], { id: stage.node.id, bootId: stage.node.bootId });
    expect(await look(stage)).toMatchObject({ state: 'reserved' });
    const answer = await answerOf(heartbeatResponseSchema, heartbeat(again, [held(stage)]));
    expect(answer.endSessions).toEqual([]);
  });

  it('with fewer slots than before use only those, and no epoch goes back', async () => {
    const game = await newGame();
    const id = unique('node');
    await newNode([game], { id, slots: 2 });
    await newNode([game], { id, slots: 1 });
    const { ticket } = await createOk(await newPlayer(), game);
    await deliver(id, [report(ticket, { type: 'session_playing', seq: 1 })]);
    const waiting = await newPlayer();
    const { session, kind } = await enter(waiting, game);
    expect(kind).toBe('queued');
    await api(playApi.leave, { params: { id: session.id } }, waiting);
    await newNode([game], { id, slots: 2 });
    expect(claimsOf(ticket).slot).toBe(0);
    const epochs = [];
    for (const _ of [1, 2]) {
      const claims = claimsOf((await createOk(await newPlayer(), game)).ticket);
      epochs[Number(claims.slot)] = claims.epoch;
    }
    expect(epochs).toEqual([2, 1]);
  });

  it('hear in a heartbeat that a slot is reserved, until its host has come, it lapses or it is over', async () => {
    const { db } = await services();
    const reserved = async ({ node }: Stage) =>
      (await answerOf(heartbeatResponseSchema, heartbeat(node))).reservedUntil;
    const [comes, lapses, ends] = await Promise.all([newStage(), newStage(), newStage()]);
    for (const [index, stage] of [comes, lapses, ends].entries()) {
      const { rows } = await db.execute<{ ms: number }>(sql`
        update sessions set reserved_until = date_trunc('milliseconds', now()) + make_interval(hours => ${index + 1}::int)
        where id = ${stage.admission.session.id}::uuid
        returning extract(epoch from reserved_until)::float8 * 1000 as ms`);
      expect(await reserved(stage)).toBe(rows[0]?.ms);
    }
    await deliver(comes.node.id, [report(comes.admission.ticket, { type: 'session_starting', seq: 1 })]);
    await db.execute(sql`
      update sessions set reserved_until = now() where id = ${lapses.admission.session.id}::uuid`);
    await endSession(await services(), ends.admission.session.id, 'player_quit');
    for (const stage of [comes, lapses, ends]) expect(await reserved(stage)).toBeNull();
  });

  it('hear in a heartbeat which sessions do not count any more', async () => {
    const stage = await newStage();
    const mine = held(stage);
    const gone = { sessionId: crypto.randomUUID(), epoch: 1 };
    const ask = async (...sessions: Array<{ sessionId: string; epoch: number }>) =>
      (await answerOf(heartbeatResponseSchema, heartbeat(stage.node, sessions))).endSessions;
    expect(await ask(mine, gone)).toEqual([gone.sessionId]);
    expect(await ask({ ...mine, epoch: mine.epoch + 1 })).toEqual([mine.sessionId]);
    const other = await newNode([stage.game]);
    expect((await answerOf(heartbeatResponseSchema, heartbeat(other, [mine]))).endSessions).toEqual([
      mine.sessionId,
    ]);
    await deliver(stage.node.id, [
      report(stage.admission.ticket, { type: 'session_ended', seq: 1, reason: 'game_exited' }),
    ]);
    expect(await ask(mine)).toEqual([mine.sessionId]);
  });

  it('leave a hint of their load, which expires', async () => {
    const node = await newNode([]);
    const before = (await services()).now();
    await heartbeat(node);
    await expect.poll(async () => (await readLoads(await services()))[node.id]).toMatchObject({ cpu: 0.5 });
    const { hints } = await services();
    const keys = await hints.keys(`${redisKey.nodeLoads(0).slice(0, -1)}*`);
    expect(keys.length).toBeGreaterThan(0);
    for (const key of keys) expect(await hints.ttl(key)).toBeGreaterThan(0);
    const later = { ...(await services()), now: () => new Date(before.getTime() + 120_000) };
    expect((await readLoads(later))[node.id]).toBeUndefined();
  });
});

describe('the reconciler', () => {
  it('ends a reservation that nobody used', async () => {
    const stage = await newStage();
    const { db } = await services();
    await reconcileNow();
    expect((await look(stage)).state).toBe('reserved');
    await db.execute(sql`
      update sessions set reserved_until = now() - interval '1 s' where id = ${stage.admission.session.id}::uuid`);
    await reconcileNow();
    expect(await look(stage)).toMatchObject({ state: 'ended', endReason: 'reservation_expired' });
    expect(await isSlotFree(stage)).toBe(true);
  });

  it('fails what ran on a node whose lease ran out; the node has to register again', async () => {
    const stage = await newStage();
    await deliver(stage.node.id, [report(stage.admission.ticket, { type: 'session_playing', seq: 1 })]);
    const { db } = await services();
    await db.execute(
      sql`update nodes set lease_expires_at = now() - interval '1 s' where id = ${stage.node.id}`,
    );
    await reconcileNow();
    expect(await look(stage)).toMatchObject({ state: 'failed', endReason: 'node_lost' });
    expect(await isSlotFree(stage)).toBe(true);
    expect(await codeOf(heartbeat(stage.node))).toBe('node_unknown');
    const again = await newNode([stage.game], { id: stage.node.id, bootId: stage.node.bootId });
    const answer = await answerOf(heartbeatResponseSchema, heartbeat(again, [held(stage)]));
    expect(answer.endSessions).toEqual([stage.admission.session.id]);
  });

  it('fails a session that its node does not name any more, after a while', async () => {
    const stage = await newStage();
    await deliver(stage.node.id, [report(stage.admission.ticket, { type: 'session_playing', seq: 1 })]);
    const { db } = await services();
    const age = () =>
      db.execute(sql`
      update sessions set missing_since = missing_since - interval '1 minute' where id = ${stage.admission.session.id}::uuid`);
    await heartbeat(stage.node, [held(stage)]);
    await age();
    await reconcileNow();
    expect((await look(stage)).state).toBe('playing');
    await heartbeat(stage.node);
    await reconcileNow();
    expect((await look(stage)).state).toBe('playing');
    await age();
    await heartbeat(stage.node, [held(stage)]);
    await reconcileNow();
    expect((await look(stage)).state).toBe('playing');
    await heartbeat(stage.node);
    await age();
    await reconcileNow();
    expect(await look(stage)).toMatchObject({ state: 'failed', endReason: 'host_failed' });
  });

  it('and allocation at the same moment agree', async () => {
    const game = await newGame();
    await newNode([game], { slots: 2 });
    const players = await newPlayers(12);
    const [entries] = await Promise.all([
      Promise.all(players.map(player => enter(player, game))),
      Promise.all(Array.from({ length: 6 }, reconcileNow)),
    ]);
    expect(entries.filter(({ kind }) => kind === 'admitted')).toHaveLength(2);
  });

  it('returns every slot and seat that a fault has left behind', async () => {
    const { db } = await services();
    const id = ({ admission }: Stage) => sql`${admission.session.id}::uuid`;
    const seatsOf = async (stage: Stage) =>
      (await db.execute(sql`select 1 from session_members where session_id = ${id(stage)} and active`)).rows
        .length;
    const over = await newStage();
    await db.execute(sql`
      update sessions set state = 'ended', end_reason = 'game_exited', ended_at = now() where id = ${id(over)}`);
    const slotless = await newStage();
    await db.execute(sql`update slots set session_id = null where session_id = ${id(slotless)}`);
    const stray = await newStage();
    await db.execute(sql`
      update sessions set state = 'queued', node_id = null, slot = null, epoch = null, queued_at = now(),
        wait_until = now() + interval '1 minute', region_costs = '{"local": 100000}' where id = ${id(stray)}`);
    await reconcileNow();
    expect(await isSlotFree(over)).toBe(true);
    expect(await seatsOf(over)).toBe(0);
    expect(await look(slotless)).toMatchObject({ state: 'failed', endReason: 'host_failed' });
    expect(await seatsOf(slotless)).toBe(0);
    expect(await isSlotFree(stray)).toBe(true);
    expect(await seatsOf(stray)).toBe(1);
  });

  it('forgets what is of no use any more, in its turn of every minute', async () => {
    const stage = await newStage();
    const { db } = await services();
    const id = sql`${stage.admission.session.id}::uuid`;
    const keys = async () =>
      (await db.execute(sql`select 1 from idempotency_keys where resource_id = ${id}`)).rows;
    const run = () => worker.scheduled(createScheduledController({ cron: '* * * * *' }), bindings);
    await run();
    expect(await keys()).toHaveLength(1);
    await db.execute(sql`
      update idempotency_keys set created_at = now() - interval '2 days' where resource_id = ${id}`);
    await db.execute(sql`update sessions set reserved_until = now() - interval '1 s' where id = ${id}`);
    await run();
    expect(await keys()).toHaveLength(0);
    expect(await look(stage)).toMatchObject({ state: 'ended', endReason: 'reservation_expired' });
  });
});
