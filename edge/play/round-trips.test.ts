import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { readLoads, recentLoads } from '#edge/fleet/load.ts';
import { openServices } from '#edge/services.ts';
import { redisKey } from '#edge/store/keys.ts';
import {
  api,
  bindings,
  claimsOf,
  heartbeat,
  newGame,
  newNode,
  newPlayer,
  services,
  type TestGame,
} from '#edge/testing/platform.ts';
import { roundTrips } from '#edge/testing/round-trips.ts';
import { look, newStage } from '#edge/testing/stage.ts';
import { giveCredits, walletOf } from '#edge/testing/wallet.ts';
import { playApi } from '#shared/api/play.ts';
import { admitAgain } from './admission.ts';
import { createSession } from './create.ts';
import { endSession } from './leave.ts';

async function claimant() {
  const player = await newPlayer();
  const who = { sub: player.user.id, name: 'Ada', sid: String(claimsOf(player.token).sid) };
  const idempotency = () => ({ userId: who.sub, key: crypto.randomUUID(), requestHash: 'hash' });
  const ask = async (game: TestGame, all = services()) =>
    createSession(await all, who, { game: game.slug, rtts: { local: 3 } }, idempotency());
  return { player, who, ask };
}

/** The Worker with a Redis that is not there. */
const withoutRedis = () => openServices({ ...bindings, UPSTASH_REDIS_REST_URL: 'http://127.0.0.1:1' });

describe('round trips to Postgres', () => {
  it('a claim takes one, with its hold, and a fresh ticket one', async () => {
    const game = await newGame(2, { price: 2 });
    await newNode([game]);
    const { player, who, ask } = await claimant();
    await giveCredits(player, 5);
    const all = await services();
    let sessionId = '';
    const claim = await roundTrips(async () => {
      const entry = await ask(game, Promise.resolve(all));
      expect(entry.kind).toBe('admitted');
      sessionId = entry.session.id;
    });
    expect(claim).toBe(1);
    expect(await walletOf(player)).toMatchObject({ available: 3, held: 2 });
    expect(await roundTrips(() => admitAgain(all, who, sessionId))).toBe(1);
  });
});

describe('Redis down', () => {
  it('sessions are claimed, ended and claimed again without it', async () => {
    const game = await newGame();
    await newNode([game]);
    const cut = withoutRedis();
    const { ask } = await claimant();
    expect(await readLoads(await cut)).toEqual({});
    const first = await ask(game, cut);
    expect(first.kind).toBe('admitted');
    const next = await claimant();
    const waiting = await next.ask(game, cut);
    expect(waiting.kind).toBe('queued');
    expect(await endSession(await cut, first.session.id, 'operator_ended')).toBe(true);
    expect((await admitAgain(await cut, next.who, waiting.session.id)).kind).toBe('admitted');
  });
});

describe('Redis flushed mid-play', () => {
  it('costs the load of nodes until their next heartbeat, and nothing else', async () => {
    const stage = await newStage();
    await heartbeat(stage.node);
    const all = await services();
    await expect.poll(async () => (await readLoads(all))[stage.node.id]).toBeDefined();
    const keys = await all.hints.keys(`${redisKey.nodeLoads(0).slice(0, -1)}*`);
    await all.hints.del(...keys);
    expect((await readLoads(all))[stage.node.id]).toBeUndefined();
    expect(await look(stage)).toMatchObject({ state: 'reserved' });
    const { id } = stage.admission.session;
    expect((await api(playApi.ticket, { params: { id } }, stage.player)).kind).toBe('admitted');
    await heartbeat(stage.node);
    await expect.poll(async () => (await readLoads(all))[stage.node.id]).toBeDefined();
  });
});

describe('the load of nodes', () => {
  it('makes a claim go to the idler of two, unless it is far', async () => {
    const game = await newGame();
    const [busy, idle, far] = [
      await newNode([game]),
      await newNode([game]),
      await newNode([game], { region: 'far' }),
    ];
    const all = await services();
    const window = Math.floor(Date.now() / 1000 / 30);
    const full = { cpu: 1, sessions: 1, viewers: 1 };
    await all.hints.hset(redisKey.nodeLoads(window), { [busy.id]: full });
    await all.hints.hset(redisKey.nodeLoads(window + 1), { [busy.id]: full });
    await all.hints.expire(redisKey.nodeLoads(window + 1), 60);
    await expect.poll(async () => (await recentLoads(all))[busy.id], { timeout: 5000 }).toBeDefined();
    const nodes: unknown[] = [];
    for (let turn = 0; turn < 3; turn++) {
      const entry = await (await claimant()).ask(game);
      nodes.push(entry.kind === 'admitted' && claimsOf(entry.ticket).aud);
    }
    expect(nodes).toEqual([idle.id, busy.id, far.id]);
  });

  it('and regions are listed with nodes to measure', async () => {
    const game = await newGame();
    await newNode([game], { region: 'listed' });
    const gone = await newNode([game], { region: 'gone' });
    const { db } = await services();
    await db.execute(sql`update nodes set lease_expires_at = now() - interval '1 s' where id = ${gone.id}`);
    const { regions } = await api(playApi.regions, {}, await newPlayer());
    expect(regions).toContainEqual({ region: 'listed', probes: ['ws://127.0.0.1:1/signal'] });
    expect(regions.map(({ region }) => region)).not.toContain('gone');
  });
});
