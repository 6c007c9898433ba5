import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import {
  answerOf,
  api,
  claimsOf,
  deliver,
  enter,
  heartbeat,
  newNode,
  newPlayer,
  report,
  services,
} from '#edge/testing/platform.ts';
import { held, look, newStage, type Stage } from '#edge/testing/stage.ts';
import { heartbeatResponseSchema } from '#shared/api/fleet.ts';
import { playApi } from '#shared/api/play.ts';
import { nodeLost, reconcile } from './reconcile.ts';
import { graceAfterAbsence } from './watch.ts';

/** Ten minutes in which neither heartbeats nor alarms nor cron got through, as the first look afterwards finds them. */
async function tenMinutesAway({ node }: Stage) {
  const { db } = await services();
  const isIt = sql`id = ${node.id}`;
  await db.batch([
    db.execute(sql`update nodes set lease_expires_at = now() - interval '9 minutes 45 s' where ${isIt}`),
    db.execute(sql`
      insert into fleet_watch (id, seen_at) values (1, now() - interval '10 minutes')
      on conflict (id) do update set seen_at = excluded.seen_at`),
    graceAfterAbsence(db, sql`node.${sql.raw('id')} = ${node.id}`),
  ]);
}

async function playingStage(): Promise<Stage> {
  const stage = await newStage();
  await deliver(stage.node.id, [report(stage.admission.ticket, { type: 'session_playing', seq: 1 })]);
  return stage;
}

const lookForLost = async ({ node }: Stage) => {
  const all = await services();
  await nodeLost(all, node.id);
  await reconcile(all);
};

describe('after ten minutes in which the edge was away', () => {
  it('a node may be heard again: its session goes on, and what it reports late counts', async () => {
    const stage = await playingStage();
    await tenMinutesAway(stage);
    await lookForLost(stage);
    expect((await look(stage)).state).toBe('playing');
    const answer = await answerOf(heartbeatResponseSchema, heartbeat(stage.node, [held(stage)]));
    expect(answer.endSessions).toEqual([]);
    await deliver(stage.node.id, [
      report(stage.admission.ticket, { type: 'session_reconnecting', seq: 2 }),
      report(stage.admission.ticket, { type: 'session_playing', seq: 3 }),
    ]);
    expect((await look(stage)).state).toBe('playing');
    await lookForLost(stage);
    expect((await look(stage)).state).toBe('playing');
  });

  it('a node that stays silent is lost with its sessions, only a lease later', async () => {
    const stage = await playingStage();
    await tenMinutesAway(stage);
    await lookForLost(stage);
    const { db } = await services();
    await db.execute(sql`update nodes set grace_until = now() - interval '1 s' where id = ${stage.node.id}`);
    await lookForLost(stage);
    expect(await look(stage)).toMatchObject({ state: 'failed', endReason: 'node_lost' });
  });

  it('a node that is not heard yet is given no new session', async () => {
    const stage = await playingStage();
    const { db } = await services();
    await db.execute(sql`update nodes set slot_count = 2 where id = ${stage.node.id}`);
    await db.execute(sql`insert into slots (node_id, index) values (${stage.node.id}, 1)`);
    await tenMinutesAway(stage);
    expect((await enter(await newPlayer(), stage.game)).kind).toBe('queued');
  });
});

describe('a node without a free processor', () => {
  it('is given no session of the games that it is full for, until it says that there is room again', async () => {
    const stage = await newStage();
    const spare = await newNode([stage.game], { slots: 2 });
    await heartbeat(spare, [], 'ready', { fullFor: [stage.game.slug, 'another'] });
    const player = await newPlayer();
    const { kind, session } = await enter(player, stage.game);
    expect(kind).toBe('queued');
    await heartbeat(spare, [], 'ready', { fullFor: ['another'] });
    expect((await api(playApi.ticket, { params: { id: session.id } }, player)).kind).toBe('admitted');
  });

  it('that has turned a host away passes the session on: it has a slot elsewhere before the next request', async () => {
    const stage = await newStage();
    const mine = held(stage);
    const spare = await newNode([stage.game]);
    await heartbeat(stage.node, [], 'ready', { fullFor: [stage.game.slug], turnedAway: [mine] });
    const again = await api(playApi.ticket, { params: { id: mine.sessionId } }, stage.player);
    expect(again.kind === 'admitted' && claimsOf(again.ticket)).toMatchObject({
      aud: spare.id,
      sessionId: mine.sessionId,
      seat: 1,
    });
  });

  it('cannot turn away what plays, nor what another epoch holds', async () => {
    const stage = await playingStage();
    await heartbeat(stage.node, [held(stage)], 'ready', { turnedAway: [held(stage)] });
    expect((await look(stage)).state).toBe('playing');
    const other = await newStage();
    const { sessionId, epoch } = held(other);
    await heartbeat(other.node, [], 'ready', { turnedAway: [{ sessionId, epoch: epoch - 1 }] });
    expect((await look(other)).state).toBe('reserved');
  });
});
