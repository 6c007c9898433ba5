import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { drainNode } from '#edge/fleet/drain.ts';
import { nodeLost } from '#edge/fleet/reconcile.ts';
import { recordingServices, toldTo } from '#edge/testing/live-record.ts';
import {
  answerOf,
  api,
  claimsOf,
  createOk,
  deliver,
  enter,
  heartbeat,
  newGame,
  newNode,
  newPlayer,
  report,
  services,
  type TestNode,
} from '#edge/testing/platform.ts';
import { held, isSlotFree, look, newStage } from '#edge/testing/stage.ts';
import { giveCredits, walletOf } from '#edge/testing/wallet.ts';
import { heartbeatResponseSchema } from '#shared/api/fleet.ts';
import { playApi } from '#shared/api/play.ts';

/** The node says nothing any more, and whoever watches it has noticed. */
async function lose(node: TestNode) {
  const recording = await recordingServices();
  await recording.db.execute(
    sql`update nodes set lease_expires_at = now() - interval '1 s' where id = ${node.id}`,
  );
  await nodeLost(recording, node.id);
  return recording;
}

/** A stage whose host has paid for it, on a node with one slot. */
async function paidStage() {
  const game = await newGame(2, { price: 4 });
  const node = await newNode([game]);
  const player = await newPlayer();
  await giveCredits(player, 10);
  return { game, node, player, admission: await createOk(player, game) };
}

describe('a node that vanishes', () => {
  it('node dies between claim and start: the session gets a slot elsewhere, and nobody pays twice', async () => {
    const stage = await paidStage();
    const spare = await newNode([stage.game]);
    const { told } = await lose(stage.node);
    const { session } = stage.admission;
    expect(toldTo(told, stage.player.user.id, 'session_ready')).toMatchObject([{ sessionId: session.id }]);
    expect(await look(stage)).toMatchObject({ state: 'reserved' });
    const again = await api(playApi.ticket, { params: { id: session.id } }, stage.player);
    expect(again.kind === 'admitted' && claimsOf(again.ticket)).toMatchObject({
      aud: spare.id,
      sessionId: session.id,
      seat: 1,
    });
    expect(await isSlotFree(stage)).toBe(true);
    expect(await walletOf(stage.player)).toMatchObject({ available: 6, held: 4 });
    // The first node's word does not count any more, should it come back.
    await deliver(stage.node.id, [
      report(stage.admission.ticket, { type: 'session_ended', seq: 1, reason: 'game_exited' }),
    ]);
    expect(await look(stage)).toMatchObject({ state: 'reserved' });
    const back = await newNode([stage.game], { id: stage.node.id, bootId: stage.node.bootId });
    const answer = await answerOf(heartbeatResponseSchema, heartbeat(back, [held(stage)]));
    expect(answer.endSessions).toEqual([session.id]);
  });

  it('sends what nobody has played to the front of the queue when there is no other slot', async () => {
    const stage = await newStage();
    const late = await newPlayer();
    const behind = await enter(late, stage.game);
    const { told } = await lose(stage.node);
    expect(toldTo(told, stage.player.user.id, 'session_changed')).toMatchObject([
      { state: 'queued', endReason: null },
    ]);
    const id = stage.admission.session.id;
    expect(await api(playApi.ticket, { params: { id } }, stage.player)).toMatchObject({ position: 1 });
    const waiting = { params: { id: behind.session.id } };
    expect(await api(playApi.ticket, waiting, late)).toMatchObject({ position: 2 });
    await newNode([stage.game]);
    expect((await api(playApi.ticket, { params: { id } }, stage.player)).kind).toBe('admitted');
    expect(await api(playApi.ticket, waiting, late)).toMatchObject({ position: 1 });
  });

  it('fails what was played there: players are told, credits come back, the slot is free', async () => {
    const stage = await paidStage();
    await deliver(stage.node.id, [report(stage.admission.ticket, { type: 'session_playing', seq: 1 })]);
    const { told } = await lose(stage.node);
    expect(toldTo(told, stage.player.user.id, 'session_changed')).toMatchObject([
      { state: 'failed', endReason: 'node_lost' },
    ]);
    expect(toldTo(told, stage.player.user.id, 'wallet_changed')).toMatchObject([{ available: 10, held: 0 }]);
    expect(await look(stage)).toMatchObject({ state: 'failed', endReason: 'node_lost' });
    expect(await isSlotFree(stage)).toBe(true);
    expect(await walletOf(stage.player)).toMatchObject({ available: 10, held: 0 });
  });

  it('takes nothing from who has saved: the game goes on elsewhere', async () => {
    const stage = await paidStage();
    const spare = await newNode([stage.game]);
    const { id } = stage.admission.session;
    await deliver(stage.node.id, [report(stage.admission.ticket, { type: 'session_playing', seq: 3 })]);
    const { db } = await services();
    await db.execute(sql`
      insert into saves (user_id, game, slot, build_version, session_id, epoch, size, sha256, object_key, state, upload_expires_at,
        saved_at)
      values (${stage.player.user.id}::uuid, ${stage.game.slug}, 'auto', '1', ${id}::uuid, 1, 9, repeat('0', 64),
        ${`saves/${id}`}, 'good', now(), now())`);
    const { told } = await lose(stage.node);
    expect(toldTo(told, stage.player.user.id, 'session_changed')).toMatchObject([{ state: 'queued' }]);
    expect(toldTo(told, stage.player.user.id, 'session_ready')).toHaveLength(1);
    const again = await api(playApi.ticket, { params: { id } }, stage.player);
    if (again.kind !== 'admitted') throw new Error('there is a slot');
    expect(claimsOf(again.ticket)).toMatchObject({ aud: spare.id, seat: 1 });
    expect(await walletOf(stage.player)).toMatchObject({ available: 6, held: 4 });
    // The new node counts its events from 1 again.
    await deliver(spare.id, [report(again.ticket, { type: 'session_playing', seq: 1 })]);
    expect(await look(stage)).toMatchObject({ state: 'playing' });
    await deliver(spare.id, [report(again.ticket, { type: 'session_ended', seq: 2, reason: 'player_quit' })]);
    expect(await walletOf(stage.player)).toMatchObject({ available: 6, held: 0 });
  });

  it('is not given up before its lease has run out', async () => {
    const stage = await newStage();
    await nodeLost(await services(), stage.node.id);
    expect(await look(stage)).toMatchObject({ state: 'reserved' });
    expect(await isSlotFree(stage)).toBe(false);
  });

  it('is not replaced a third time: a session that takes its nodes down has failed', async () => {
    const stage = await paidStage();
    let node = stage.node;
    for (const expected of ['reserved', 'reserved', 'failed'] as const) {
      const next = await newNode([stage.game]);
      await lose(node);
      expect((await look(stage)).state).toBe(expected);
      node = next;
    }
    expect(await walletOf(stage.player)).toMatchObject({ available: 10, held: 0 });
  });
});

describe('a node that goes out of service by itself', () => {
  it('passes on who has not come yet, and keeps who has', async () => {
    const game = await newGame();
    const node = await newNode([game], { slots: 2 });
    const [here, coming] = [await newPlayer(), await newPlayer()];
    const kept = await createOk(here, game);
    const passed = await createOk(coming, game);
    await deliver(node.id, [report(kept.ticket, { type: 'session_playing', seq: 1 })]);
    const spare = await newNode([game]);
    const mine = { sessionId: kept.session.id, epoch: Number(claimsOf(kept.ticket).epoch) };
    await heartbeat(node, [mine], 'draining');
    expect(await api(playApi.get, { params: { id: kept.session.id } }, here)).toMatchObject({
      state: 'playing',
    });
    const again = await api(playApi.ticket, { params: { id: passed.session.id } }, coming);
    expect(again.kind === 'admitted' && claimsOf(again.ticket).aud).toBe(spare.id);
  });

  it('keeps reservations when an operator has ordered it: it lets them in', async () => {
    const stage = await newStage();
    await drainNode(await services(), stage.node.id, null);
    await heartbeat(stage.node, [], 'draining');
    expect(await look(stage)).toMatchObject({ state: 'reserved', region: 'local' });
  });
});
