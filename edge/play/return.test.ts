import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { recordingServices, toldTo } from '#edge/testing/live-record.ts';
import {
  api,
  claimsOf,
  codeOf,
  createOk,
  deliver,
  enter,
  join,
  newGame,
  newNode,
  newPlayer,
  PASSWORD,
  report,
  services,
  type TestPlayer,
} from '#edge/testing/platform.ts';
import { look, newStage } from '#edge/testing/stage.ts';
import { accountsApi } from '#shared/api/accounts.ts';
import { playApi } from '#shared/api/play.ts';
import { admitAgain } from './admission.ts';
import { endSession } from './leave.ts';

/** The player on another device. */
async function onAnotherDevice(player: TestPlayer) {
  const body = { email: player.user.email, password: PASSWORD };
  const { accessToken, current } = await api(accountsApi.login, { body });
  return { current, player: { ...player, token: accessToken } };
}

const asPlayer = ({ token }: TestPlayer) => {
  const { sub, name, sid } = claimsOf(token) as { sub: string; name: string; sid: string };
  return { sub, name, sid };
};

describe('coming back', () => {
  it('signing in says which session the player is still in, with the way back to the same seat', async () => {
    const stage = await newStage();
    await deliver(stage.node.id, [report(stage.admission.ticket, { type: 'session_playing', seq: 1 })]);
    const { id } = stage.admission.session;
    const phone = await onAnotherDevice(stage.player);
    expect(phone.current).toMatchObject({
      session: { id, state: 'playing' },
      role: 'player',
      seat: 1,
      queue: null,
    });
    const back = await api(playApi.ticket, { params: { id } }, phone.player);
    expect(back).toMatchObject({ kind: 'admitted', seat: 1, role: 'player' });
    expect((await onAnotherDevice(await newPlayer())).current).toBeNull();
  });

  it('signing in keeps a place in the queue and says where', async () => {
    const game = await newGame();
    await newNode([game]);
    await createOk(await newPlayer(), game);
    const player = await newPlayer();
    await enter(player, game);
    const { current } = await onAnotherDevice(player);
    expect(current).toMatchObject({ queue: { position: 1 }, session: { state: 'queued' } });
  });

  it('on another device tells the old one, once', async () => {
    const stage = await newStage();
    const { id } = stage.admission.session;
    const recording = await recordingServices();
    await admitAgain(recording, asPlayer(stage.player), id);
    expect(recording.told).toEqual([]);
    const phone = asPlayer((await onAnotherDevice(stage.player)).player);
    await admitAgain(recording, phone, id);
    await admitAgain(recording, phone, id);
    expect(toldTo(recording.told, stage.player.user.id, 'session_taken_over')).toEqual([
      { type: 'session_taken_over', sessionId: id, signInId: phone.sid },
    ]);
  });
});

describe('leaving', () => {
  it('gives the seat to others; the host ends the session for all', async () => {
    const stage = await newStage();
    const { id, roomNumber } = stage.admission.session;
    const [guest, next] = [await newPlayer(), await newPlayer()];
    await join(guest, { roomNumber, role: 'player' });
    await api(playApi.leave, { params: { id } }, guest);
    expect(await api(playApi.current, {}, guest)).toEqual({ current: null });
    const { db } = await services();
    const { rows: orders } = await db.execute(sql`
      select body from node_orders where node_id = ${stage.node.id} order by id`);
    expect(orders).toEqual([
      { body: { type: 'revoke', userId: guest.user.id, sessionId: id, reason: 'left' } },
    ]);
    await expect(api(playApi.ticket, { params: { id } }, guest)).rejects.toMatchObject({ code: 'forbidden' });
    expect((await join(next, { roomNumber, role: 'player' })).status).toBe(200);
    await expect(api(playApi.end, { params: { id } }, next)).rejects.toMatchObject({ code: 'forbidden' });
    const stranger = await newPlayer();
    for (const spec of [playApi.end, playApi.leave]) {
      await expect(api(spec, { params: { id } }, stranger)).rejects.toMatchObject({
        code: 'session_not_found',
      });
    }
    await api(playApi.leave, { params: { id } }, stage.player);
    expect(await look(stage)).toMatchObject({ state: 'ended', endReason: 'player_quit' });
    expect(await api(playApi.current, {}, next)).toEqual({ current: null });
    await expect(api(playApi.end, { params: { id } }, stage.player)).rejects.toMatchObject({
      code: 'session_over',
    });
    expect(await codeOf(join(next, { roomNumber, role: 'player' }))).toBe('session_not_found');
  });

  it('ending a session works at once and once, whatever its node says', async () => {
    const stage = await newStage();
    const recording = await recordingServices();
    const { id } = stage.admission.session;
    const ended = await Promise.all(
      Array.from({ length: 5 }, () => endSession(recording, id, 'operator_ended')),
    );
    expect(ended.filter(Boolean)).toHaveLength(1);
    expect(toldTo(recording.told, stage.player.user.id, 'session_changed')).toMatchObject([
      { sessionId: id, state: 'ended', endReason: 'operator_ended' },
    ]);
    await deliver(stage.node.id, [report(stage.admission.ticket, { type: 'session_playing', seq: 4 })]);
    expect(await look(stage)).toMatchObject({ state: 'ended', endReason: 'operator_ended' });
    const { db } = await services();
    const { rows } = await db.execute(
      `select body ->> 'type' as type from node_orders where node_id = '${stage.node.id}'`,
    );
    expect(rows).toEqual([{ type: 'end_session' }]);
    expect(await endSession(await services(), crypto.randomUUID(), 'operator_ended')).toBe(false);
  });
});
