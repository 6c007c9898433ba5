import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { recordingServices, toldTo } from '#edge/testing/live-record.ts';
import {
  api,
  codeOf,
  deliver,
  newPlayer,
  newPlayers,
  report,
  services,
  type TestPlayer,
} from '#edge/testing/platform.ts';
import { friendsApi } from '#shared/api/friends.ts';
import { playApi } from '#shared/api/play.ts';
import { roomsApi } from '#shared/api/rooms.ts';
import { inviteToRoom } from './invite.ts';
import { ask, change, enter, kick, look, newRoom, refusalOf, type TestRoom } from './testing.ts';

const allow = (by: TestPlayer, { id }: TestRoom, target: TestPlayer) =>
  api(roomsApi.allow, { params: { sessionId: id, userId: target.user.id } }, by);
const forget = (by: TestPlayer, { id }: TestRoom, target: TestPlayer) =>
  api(roomsApi.forget, { params: { sessionId: id, userId: target.user.id } }, by);
const rules = async (by: TestPlayer, { id }: TestRoom) =>
  (await api(roomsApi.rules, { params: { sessionId: id } }, by)).items.map(({ userId, rule }) => ({
    userId,
    rule,
  }));

describe('a room', () => {
  it('shows who is in it to those who are', async () => {
    const room = await newRoom(4, 2);
    const [ada] = room.players as [TestPlayer];
    const [watcher, stranger] = (await newPlayers(2)) as [TestPlayer, TestPlayer];
    await enter(watcher, room, 'spectator');
    const seen = await look(watcher, room);
    expect(seen).toMatchObject({ hostId: room.host.user.id, locked: false, listedOnly: false, vote: null });
    expect(seen.members).toEqual([
      { userId: room.host.user.id, displayName: 'Ada', role: 'player', seat: 1 },
      { userId: ada.user.id, displayName: 'Ada', role: 'player', seat: 2 },
      { userId: watcher.user.id, displayName: 'Ada', role: 'spectator', seat: null },
    ]);
    expect(await refusalOf(look(stranger, room))).toBe('session_not_found');
  });

  it('that is locked takes in nobody new, however they come, but those who have been in', async () => {
    const room = await newRoom(4, 2);
    const [ada, watcher, late] = [room.players[0] as TestPlayer, await newPlayer(), await newPlayer()];
    await enter(watcher, room, 'spectator');
    await change(room.host, room, { locked: true });
    for (const role of ['player', 'spectator'] as const) {
      expect(await codeOf(ask(late, room, role))).toBe('room_closed');
    }
    const byId = { sessionId: room.id, role: 'player' } as const;
    expect(await refusalOf(api(playApi.join, { body: byId }, late))).toBe('room_closed');
    await enter(ada, room);
    await enter(watcher, room, 'spectator');
    expect(await change(room.host, room, { locked: false })).toMatchObject({ locked: false });
    await enter(late, room);
  });

  it('for listed players takes in those whom the host lists, until they are taken off', async () => {
    const room = await newRoom(4, 1);
    const [ada, bob] = (await newPlayers(2)) as [TestPlayer, TestPlayer];
    await change(room.host, room, { listedOnly: true });
    expect(await codeOf(ask(ada, room))).toBe('room_closed');
    await allow(room.host, room, ada);
    await allow(room.host, room, bob);
    await enter(ada, room);
    await forget(room.host, room, bob);
    expect(await codeOf(ask(bob, room))).toBe('room_closed');
    expect(await rules(room.host, room)).toEqual([{ userId: ada.user.id, rule: 'allowed' }]);
    const nobody = { ...ada, user: { ...ada.user, id: crypto.randomUUID() } };
    expect(await refusalOf(allow(room.host, room, nobody))).toBe('player_not_found');
  });

  it('is ruled by its host alone', async () => {
    const room = await newRoom(4, 2);
    const [ada] = room.players as [TestPlayer];
    const stranger = await newPlayer();
    for (const [by, code] of [
      [ada, 'forbidden'],
      [stranger, 'session_not_found'],
    ] as const) {
      expect(await refusalOf(change(by, room, { locked: true }))).toBe(code);
      expect(await refusalOf(kick(by, room, room.host))).toBe(code);
      expect(await refusalOf(allow(by, room, stranger))).toBe(code);
      expect(await refusalOf(forget(by, room, stranger))).toBe(code);
      expect(await refusalOf(rules(by, room))).toBe(code);
    }
    expect(await refusalOf(kick(room.host, room, room.host))).toBe('invalid_request');
    expect(await refusalOf(change(room.host, room, {}))).toBe('invalid_request');
    expect(await look(ada, room)).toMatchObject({ locked: false });
  });

  it('is left at once by who is kicked, who stays out until the host lists them again', async () => {
    const room = await newRoom(2);
    const [ada] = room.players as [TestPlayer];
    const key = crypto.randomUUID();
    await Promise.all([1, 2, 3].map(() => kick(room.host, room, ada, key)));
    expect((await look(room.host, room)).members).toHaveLength(1);
    const { db } = await services();
    const { rows: orders } = await db.execute(sql`
      select body from node_orders where node_id = ${room.node.id} and body ->> 'userId' = ${ada.user.id}`);
    expect(orders).toEqual([
      { body: { type: 'revoke', userId: ada.user.id, sessionId: room.id, reason: 'kicked' } },
    ]);
    const ticket = api(playApi.ticket, { params: { id: room.id } }, ada);
    expect(await refusalOf(ticket)).toBe('forbidden');
    for (const role of ['player', 'spectator'] as const) {
      expect(await codeOf(ask(ada, room, role))).toBe('room_barred');
    }
    expect(await refusalOf(kick(room.host, room, await newPlayer(), key))).toBe('idempotency_key_reused');
    const next = await newPlayer();
    await enter(next, room);
    await kick(room.host, room, next);
    await allow(room.host, room, ada);
    expect(await enter(ada, room)).toMatchObject({ role: 'player', seat: 2 });
  });

  it('is told of to whom its players invite, unless one has blocked the other', async () => {
    const room = await newRoom(2, 1);
    const [ada, bob] = (await newPlayers(2)) as [TestPlayer, TestPlayer];
    const recorded = await recordingServices();
    const host = { id: room.host.user.id, displayName: 'Ada' };
    await change(room.host, room, { listedOnly: true });
    await inviteToRoom(recorded, room.id, host, ada.user.id);
    expect(toldTo(recorded.told, ada.user.id, 'invited')).toMatchObject([
      { to: 'session', id: room.id, code: room.admission.session.inviteCode, from: host },
    ]);
    await enter(ada, room);
    const invite = (by: TestPlayer, target: TestPlayer) =>
      api(roomsApi.invite, { params: { sessionId: room.id, userId: target.user.id } }, by);
    expect(await refusalOf(invite(bob, ada))).toBe('session_not_found');
    await api(friendsApi.block, { params: { userId: room.host.user.id } }, bob);
    expect(await refusalOf(invite(room.host, bob))).toBe('forbidden');
    expect(await codeOf(ask(bob, room))).toBe('room_closed');
  });

  it('does not give a kicked player their seat back when their node reports late', async () => {
    const room = await newRoom(2);
    const [ada] = room.players as [TestPlayer];
    const { ticket } = room.admission;
    await kick(room.host, room, ada);
    const userId = ada.user.id;
    await deliver(room.node.id, [
      report(ticket, { type: 'viewer_joined', seq: 1, userId, seat: 2 }),
      report(ticket, { type: 'viewer_left', seq: 2, userId, seat: 2 }),
    ]);
    expect((await look(room.host, room)).members).toHaveLength(1);
  });
});
