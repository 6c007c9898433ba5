import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { registerNode } from '#edge/fleet/nodes.ts';
import { nodeLost, reconcile } from '#edge/fleet/reconcile.ts';
import type { Services } from '#edge/services.ts';
import { newGame, services, type TestGame, unique } from '#edge/testing/platform.ts';
import { LIVE_SESSION_STATES } from '#shared/lifecycles.ts';
import type { Player } from './admission.ts';
import { createSession } from './create.ts';
import { endSession, leaveSession } from './leave.ts';
import { advanceQueue } from './queue.ts';

/** Callers, nodes and their slots: few enough that they get into each other's way all the time. */
const PLAYERS = 8;
const NODES = 3;
const SLOTS = 2;

const player = fc.nat({ max: PLAYERS - 1 });
const node = fc.nat({ max: NODES - 1 });
const act = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('claim' as const), who: player }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('leave' as const), who: player }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('end' as const), who: player }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('expire' as const), who: player }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('lose' as const), which: node }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const), which: node }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reconcile' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('advance' as const) }) },
);
type Act = typeof act extends fc.Arbitrary<infer T> ? T : never;

interface World {
  services: Services;
  game: TestGame;
  nodes: string[];
  players: Player[];
}

async function newWorld(): Promise<World> {
  const all = await services();
  const game = await newGame();
  const { rows } = await all.db.execute<{ sub: string; sid: string }>(sql`
    with people as (
      insert into users (display_name) select 'Ada' from generate_series(1, ${PLAYERS}::int) returning id
    )
    insert into sign_ins (user_id) select id from people returning user_id as sub, id as sid`);
  const players = rows.map(row => ({ ...row, name: 'Ada' }));
  const world = { services: all, game, nodes: Array.from({ length: NODES }, () => unique('node')), players };
  for (const id of world.nodes) await start(world, id);
  return world;
}

/** A node's program starts, and is heard of for long enough. */
async function start({ services: all, game }: World, nodeId: string): Promise<void> {
  await registerNode(all, {
    nodeId,
    bootId: crypto.randomUUID(),
    region: 'local',
    signalUrl: 'ws://127.0.0.1:1/signal',
    slots: SLOTS,
    version: '1',
    games: [game],
  });
  await all.db.execute(
    sql`update nodes set lease_expires_at = now() + interval '1 hour' where id = ${nodeId}`,
  );
}

/** The player's session that goes on, if any. */
async function sessionOf({ services: { db } }: World, who: Player): Promise<string | undefined> {
  const { rows } = await db.execute<{ id: string }>(sql`
    select session_id as id from session_members where user_id = ${who.sub}::uuid and active`);
  return rows[0]?.id;
}

async function perform(world: World, wanted: Act): Promise<void> {
  const { services: all, game, nodes } = world;
  const { db } = all;
  const who = 'who' in wanted ? (world.players[wanted.who] as Player) : undefined;
  const which = 'which' in wanted ? (nodes[wanted.which] as string) : '';
  switch (wanted.do) {
    case 'claim': {
      if (who === undefined) return;
      const idempotency = { userId: who.sub, key: crypto.randomUUID(), requestHash: 'hash' };
      await createSession(all, who, { game: game.slug }, idempotency).catch(error => {
        // The same player may have left meanwhile.
        if (error.code !== 'already_in_session' && error.code !== 'session_over') throw error;
      });
      return;
    }
    case 'lose':
      await db.execute(sql`update nodes set lease_expires_at = now() - interval '1 s' where id = ${which}`);
      return nodeLost(all, which);
    case 'restart':
      return start(world, which);
    case 'reconcile':
      return reconcile(all);
    case 'advance':
      return advanceQueue(all);
    default: {
      if (who === undefined) return;
      const sessionId = await sessionOf(world, who);
      if (sessionId === undefined) return;
      if (wanted.do === 'leave') await leaveSession(all, who.sub, sessionId);
      else if (wanted.do === 'end') await endSession(all, sessionId, 'operator_ended');
      else {
        await db.execute(sql`
          update sessions set reserved_until = now() - interval '1 s' where id = ${sessionId}::uuid and state = 'reserved'`);
      }
    }
  }
}

/** Everything that is wrong, as text. */
async function faults({ services: { db }, game, nodes }: World): Promise<string[]> {
  const { rows } = await db.execute<{ fault: string }>(sql`
    with mine as (select * from sessions where game = ${game.slug})
    select 'no slot: ' || mine.id as fault from mine
      where mine.state in ${[...LIVE_SESSION_STATES]} and 1 <> (
        select count(*) from slots where slots.session_id = mine.id and slots.node_id = mine.node_id
          and slots.index = mine.slot and slots.epoch = mine.epoch)
    union all select 'slot held in vain: ' || slots.node_id || '/' || slots.index from slots
      where slots.node_id in ${nodes} and slots.session_id is not null and not exists (
        select 1 from mine where mine.id = slots.session_id and mine.state in ${[...LIVE_SESSION_STATES]})
    union all select 'epoch given twice: ' || node_id || '/' || slot || '/' || epoch from mine
      where node_id is not null group by node_id, slot, epoch having count(*) > 1
    union all select 'seat of the dead: ' || member.user_id from session_members as member join mine on mine.id = member.session_id
      where member.active and mine.ended_at is not null
    union all select 'host without a seat: ' || mine.id from mine where mine.ended_at is null and not exists (
        select 1 from session_members as member where member.session_id = mine.id and member.active)
    union all select 'hold left: ' || hold.session_id from wallet_holds as hold join mine on mine.id = hold.session_id
      where hold.settled_at is null and mine.ended_at is not null`);
  return rows.map(({ fault }) => fault);
}

/** Once all is quiet: somebody waits only when no slot is free. */
async function isIdleInVain({ services: { db }, game, nodes }: World): Promise<boolean> {
  const { rows } = await db.execute<{ waiting: number; free: number }>(sql`
    select (select count(*)::int from sessions where game = ${game.slug} and state = 'queued') as waiting,
      (select count(*)::int from slots join nodes on nodes.id = slots.node_id
        where nodes.id in ${nodes} and nodes.state = 'ready' and slots.session_id is null) as free`);
  return (rows[0]?.waiting ?? 0) > 0 && (rows[0]?.free ?? 0) > 0;
}

async function epochs({ services: { db }, nodes }: World): Promise<Map<string, number>> {
  const { rows } = await db.execute<{ slot: string; epoch: number }>(sql`
    select node_id || '/' || index as slot, epoch::float8 as epoch from slots where node_id in ${nodes}`);
  return new Map(rows.map(({ slot, epoch }) => [slot, epoch]));
}

describe('allocation', () => {
  it('whatever claims, releases, expiries and losses meet: no slot is given twice or lost, and epochs only grow', async () => {
    const rounds = fc.array(fc.array(act, { minLength: 2, maxLength: 12 }), { minLength: 2, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(rounds, async plan => {
        const world = await newWorld();
        let before = await epochs(world);
        for (const acts of plan) {
          await Promise.all(acts.map(wanted => perform(world, wanted)));
          expect(await faults(world)).toEqual([]);
          const after = await epochs(world);
          for (const [slot, epoch] of before) expect(after.get(slot)).toBeGreaterThanOrEqual(epoch);
          before = after;
        }
        await reconcile(world.services);
        expect(await faults(world)).toEqual([]);
        expect(await isIdleInVain(world)).toBe(false);
      }),
      // Shrinking plays hundreds of worlds: the counterexample as it was found says enough.
      { numRuns: 25, endOnFailure: true },
    );
  }, 300_000);
});
