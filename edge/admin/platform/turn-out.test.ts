import { sql } from 'drizzle-orm';
import { beforeAll, describe, expect, it } from 'vitest';
import { openServices } from '#edge/services.ts';
import { newReason } from '#edge/testing/admin.ts';
import { TestSocket } from '#edge/testing/live.ts';
import { OwnPlatform } from '#edge/testing/own-platform.ts';
import {
  api,
  cookieOf,
  newGame,
  newNode,
  newPlayer,
  newStaff,
  services,
  type TestGame,
  type TestPlayer,
} from '#edge/testing/platform.ts';
import { adminPlatformApi } from '#shared/api/admin-platform.ts';
import { playApi } from '#shared/api/play.ts';
import { LIVE_CLOSE, LIVE_SUBPROTOCOL, LIVE_TOKEN_PREFIX } from '#shared/live-protocol.ts';
import { turnOutWhoSlippedIn } from './turn-out.ts';

let operator: TestPlayer;
beforeAll(async () => {
  operator = await newStaff('operator');
});

/** Of documentation (RFC 5737, RFC 3849). */
const [HOME, ELSEWHERE] = ['192.0.2.7', '198.51.100.1'];
const OUT = { code: LIVE_CLOSE.cut, reason: 'access_denied' };

async function connect(own: OwnPlatform, player: TestPlayer, address: string): Promise<TestSocket> {
  const protocols = `${LIVE_SUBPROTOCOL}, ${LIVE_TOKEN_PREFIX}${player.token}`;
  const headers = { Upgrade: 'websocket', 'Sec-WebSocket-Protocol': protocols, 'cf-connecting-ip': address };
  const { webSocket, status } = await own.fetch('/v1/live', { headers });
  if (webSocket === null) throw new Error(`live socket: ${status}`);
  const socket = new TestSocket(webSocket);
  socket.hello();
  await socket.welcomed();
  // Noted after the answer.
  const { db } = await services();
  const seenFrom = address.replace('::ffff:', '');
  const seen = () =>
    db.execute(sql`
      select 1 from sign_ins where user_id = ${player.user.id}::uuid and platform = ${own.name} and address = ${seenFrom}::inet`);
  await expect.poll(async () => (await seen()).rows.length).toBe(1);
  return socket;
}

/** Somebody who plays, and has a live socket, from an address. */
async function playing(own: OwnPlatform, game: TestGame, address = HOME) {
  const player = await newPlayer();
  const socket = await connect(own, player, address);
  const { session } = await own.api(playApi.create, { body: { game: game.slug } }, { player, address });
  return { player, socket, session };
}

const current = async (player: TestPlayer) => (await api(playApi.current, {}, player)).current;
const rule = (own: OwnPlatform, what: { list: 'allow' | 'deny'; range?: string; userId?: string }) =>
  own.api(adminPlatformApi.addRule, { body: { reason: newReason(), ...what } }, { player: operator });
const allowOnly = (own: OwnPlatform, on: boolean) =>
  own.api(adminPlatformApi.allowOnly, { body: { reason: newReason(), on } }, { player: operator });

async function revoked(nodeId: string): Promise<unknown[]> {
  const { db } = await services();
  const { rows } = await db.execute<{ body: unknown }>(sql`
    select body from node_orders where node_id = ${nodeId} and body ->> 'type' = 'revoke'`);
  return rows.map(({ body }) => body);
}

describe('a deny rule', () => {
  it('of a range cuts the sockets from there, and takes the places in sessions and queues by orders', async () => {
    const own = new OwnPlatform();
    const game = await newGame(2);
    const node = await newNode([game]);
    const host = await playing(own, game, ELSEWHERE);
    const guest = await newPlayer();
    const socket = await connect(own, guest, HOME);
    const { session } = host;
    const join = { body: { roomNumber: session.roomNumber, role: 'player' as const } };
    await own.api(playApi.join, join, { player: guest, address: HOME });
    const waiting = await newPlayer();
    await connect(own, waiting, '::ffff:192.0.2.9');
    await own.api(playApi.create, { body: { game: game.slug } }, { player: waiting, address: HOME });
    expect((await current(waiting))?.queue).not.toBeNull();
    await rule(own, { list: 'deny', range: '192.0.2.0/24' });
    expect(await socket.closes()).toEqual(OUT);
    await expect.poll(() => current(guest)).toBeNull();
    await expect.poll(() => current(waiting)).toBeNull();
    expect(await revoked(node.id)).toContainEqual({
      type: 'revoke',
      userId: guest.user.id,
      sessionId: session.id,
      reason: 'access_denied',
    });
    expect((await current(host.player))?.session.id).toBe(session.id);
    expect(host.socket.closed).toBeUndefined();
  });

  it('of an account cuts it wherever it is, and ends what it hosts; let in again, its sign-in still works', async () => {
    const own = new OwnPlatform();
    const game = await newGame();
    await newNode([game]);
    const { player, socket } = await playing(own, game);
    const entry = await rule(own, { list: 'deny', userId: player.user.id });
    expect(await socket.closes()).toEqual(OUT);
    await expect.poll(() => current(player)).toBeNull();
    const ruleId = String(entry.after?.id);
    const undo = { params: { ruleId }, body: { reason: newReason() } };
    await own.api(adminPlatformApi.removeRule, undo, { player: operator });
    const refreshed = await own.fetch('/v1/accounts/refresh', {
      method: 'POST',
      headers: { Cookie: player.cookie },
    });
    expect([refreshed.status, cookieOf(refreshed) === player.cookie]).toEqual([200, false]);
  });

  it('touches neither staff nor who is on another platform of the same database', async () => {
    const [own, other] = [new OwnPlatform(), new OwnPlatform()];
    const staff = await newStaff('operator');
    const sockets = [await connect(own, staff, HOME), await connect(other, await newPlayer(), HOME)];
    const denied = await connect(own, await newPlayer(), HOME);
    await rule(own, { list: 'deny', range: HOME });
    expect(await denied.closes()).toEqual(OUT);
    expect(sockets.map(({ closed }) => closed)).toEqual([undefined, undefined]);
  });
});

describe('allow-only mode', () => {
  it('puts out who is inside and not on the list, and who is taken off it later', async () => {
    const own = new OwnPlatform();
    const game = await newGame();
    await newNode([game], { slots: 2 });
    const [stranger, listed] = [await playing(own, game), await playing(own, game, ELSEWHERE)];
    const entry = await rule(own, { list: 'allow', range: '198.51.100.0/24' });
    await allowOnly(own, true);
    expect(await stranger.socket.closes()).toEqual(OUT);
    await expect.poll(() => current(stranger.player)).toBeNull();
    expect((await current(listed.player))?.session.id).toBe(listed.session.id);
    expect(listed.socket.closed).toBeUndefined();
    const off = { params: { ruleId: String(entry.after?.id) }, body: { reason: newReason() } };
    await own.api(adminPlatformApi.removeRule, off, { player: operator });
    expect(await listed.socket.closes()).toEqual(OUT);
    await expect.poll(() => current(listed.player)).toBeNull();
  });
});

describe('who came in while a rule was not known everywhere', () => {
  it('is put out by cron, also when no clock could be set', async () => {
    const own = new OwnPlatform();
    const game = await newGame();
    await newNode([game]);
    const { player, socket } = await playing(own, game);
    const { db } = await services();
    await db.execute(
      sql`insert into platforms (name, rules_version, updated_at) values (${own.name}, 1, now() - interval '1 hour')`,
    );
    await turnOutWhoSlippedIn(await openServices(own.bindings));
    expect((await current(player))?.session.game).toBe(game.slug);
    await db.execute(sql`
      insert into access_rules (platform, list, user_id, reason) values (${own.name}, 'deny', ${player.user.id}::uuid, 'Why not')`);
    await turnOutWhoSlippedIn(await openServices(own.bindings));
    expect(await socket.closes()).toEqual(OUT);
    await expect.poll(() => current(player)).toBeNull();
  });
});
