import { beforeAll, describe, expect, it } from 'vitest';
import { openServices } from '#edge/services.ts';
import { auditOf, newReason } from '#edge/testing/admin.ts';
import { TestSocket } from '#edge/testing/live.ts';
import { OwnPlatform } from '#edge/testing/own-platform.ts';
import {
  bindings,
  cookieOf,
  createOk,
  newGame,
  newNode,
  newPlayer,
  newStaff,
  PASSWORD,
  services,
  type TestPlayer,
  unique,
} from '#edge/testing/platform.ts';
import { accountsApi } from '#shared/api/accounts.ts';
import { adminPlatformApi } from '#shared/api/admin-platform.ts';
import { playApi } from '#shared/api/play.ts';
import { serviceApi } from '#shared/api/service.ts';
import { WEB_CLIENT } from '#shared/client-version.ts';
import { LIVE_SUBPROTOCOL, LIVE_TOKEN_PREFIX } from '#shared/live-protocol.ts';
import { requireEntry } from './entry.ts';
import { PlatformGate } from './gate.ts';

let operator: TestPlayer;
let player: TestPlayer;
beforeAll(async () => {
  operator = await newStaff('operator');
  player = await newPlayer();
});

const why = () => ({ reason: newReason() });
const coded = (code: string) => expect.objectContaining({ code });
const loginOf = ({ user }: TestPlayer) => ({ body: { email: user.email, password: PASSWORD } });
const dead = { DATABASE_URL: 'postgres://a:b@127.0.0.1:1/c', NEON_FETCH_ENDPOINT: 'http://127.0.0.1:1/sql' };
const noRedis = { UPSTASH_REDIS_REST_URL: 'http://127.0.0.1:1' };
/** Of documentation (RFC 5737, RFC 3849). */
const HOME = '192.0.2.7';

const refresh = async (own: OwnPlatform, cookie: string, address = HOME) =>
  own.fetch('/v1/accounts/refresh', {
    method: 'POST',
    headers: { Cookie: cookie, 'cf-connecting-ip': address },
  });

async function connect(own: OwnPlatform, { token }: TestPlayer, address = HOME): Promise<number> {
  const protocols = `${LIVE_SUBPROTOCOL}, ${LIVE_TOKEN_PREFIX}${token}`;
  const headers = { Upgrade: 'websocket', 'Sec-WebSocket-Protocol': protocols, 'cf-connecting-ip': address };
  const response = await own.fetch('/v1/live', { headers });
  response.webSocket?.accept();
  response.webSocket?.close();
  return response.status;
}

describe('maintenance', () => {
  it('refuses new sessions and sign-ins with its text, but not to staff; what runs goes on', async () => {
    const own = new OwnPlatform();
    const game = await newGame();
    await newNode([game], { slots: 2 });
    const playing = await newPlayer();
    const { session } = await createOk(playing, game);
    const text = 'Back at ten';
    const entry = await own.api(
      adminPlatformApi.maintenance,
      { body: { ...why(), on: true, text } },
      { player: operator },
    );
    expect(entry).toMatchObject({
      act: 'platform.maintenance',
      target: { kind: 'platform', id: own.name },
      before: { maintenance: false, maintenanceText: null },
      after: { maintenance: true, maintenanceText: text, told: true },
    });
    const refused = { code: 'maintenance', message: text };
    await expect(own.api(accountsApi.login, loginOf(player))).rejects.toMatchObject(refused);
    await expect(own.api(accountsApi.guest, { body: {} })).rejects.toMatchObject(refused);
    const email = `${unique('new')}@nearcade.test`;
    const newcomer = { body: { email, password: PASSWORD, displayName: 'New' } };
    await expect(own.api(accountsApi.register, newcomer)).rejects.toMatchObject(refused);
    const start = { body: { game: game.slug } };
    await expect(own.api(playApi.create, start, { player })).rejects.toMatchObject(refused);
    // Goes on: the session, its ticket, its sign-in; and staff comes in.
    const back = await own.api(playApi.ticket, { params: { id: session.id } }, { player: playing });
    expect(back.session.id).toBe(session.id);
    const join = { body: { roomNumber: session.roomNumber, role: 'player' as const } };
    expect((await own.api(playApi.join, join, { player })).session.id).toBe(session.id);
    expect((await refresh(own, playing.cookie)).status).toBe(200);
    expect((await own.api(accountsApi.login, loginOf(operator))).user.id).toBe(operator.user.id);
    expect((await own.api(playApi.create, start, { player: operator })).session.game).toBe(game.slug);
    await own.api(adminPlatformApi.maintenance, { body: { ...why(), on: false } }, { player: operator });
    expect((await own.api(accountsApi.login, loginOf(player))).user.id).toBe(player.user.id);
    expect((await own.api(accountsApi.register, newcomer)).user.email).toBe(email);
    expect(await auditOf(operator, own.name)).toHaveLength(2);
  });

  it('is told to a page that is loaded meanwhile, whoever opens it', async () => {
    const own = new OwnPlatform();
    expect(await own.api(serviceApi.status, {})).toEqual({ maintenance: false, maintenanceText: null });
    const body = { ...why(), on: true, text: 'Back at ten' };
    await own.api(adminPlatformApi.maintenance, { body }, { player: operator });
    expect(await own.api(serviceApi.status, {})).toEqual({
      maintenance: true,
      maintenanceText: 'Back at ten',
    });
  });

  it('is told live when it begins and ends', async () => {
    const own = new OwnPlatform();
    const region = unique('region');
    const socket = await TestSocket.join(await newPlayer(), { region });
    // A player's hub lists them a moment after the welcome.
    const { live } = await services();
    await expect.poll(async () => (await live.online()).some(count => count.region === region)).toBe(true);
    const text = `Because of ${crypto.randomUUID()}`;
    await own.api(adminPlatformApi.maintenance, { body: { ...why(), on: true, text } }, { player: operator });
    await expect
      .poll(() => socket.events, { timeout: 10_000 })
      .toContainEqual({ type: 'maintenance', on: true, text });
    await own.api(adminPlatformApi.maintenance, { body: { ...why(), on: false } }, { player: operator });
    await expect
      .poll(() => socket.events, { timeout: 10_000 })
      .toContainEqual({ type: 'maintenance', on: false, text: null });
  });

  it('bites at once where it was set, and within seconds in every other isolate, with and without Redis', async () => {
    for (const settings of [{}, noRedis]) {
      const own = new OwnPlatform(unique('platform'), settings);
      const others = [own.another(), own.another(noRedis)];
      const asked = { body: { game: unique('no-game') } };
      const tried = (where: OwnPlatform) =>
        where.api(playApi.create, asked, { player }).catch(error => error.code);
      for (const other of others) expect(await tried(other)).toBe('game_not_found');
      await own.api(adminPlatformApi.maintenance, { body: { ...why(), on: true } }, { player: operator });
      expect(await tried(own)).toBe('maintenance');
      for (const other of others) {
        await expect.poll(() => tried(other), { timeout: 5_000, interval: 200 }).toBe('maintenance');
      }
    }
  });
});

describe('a minimum version', () => {
  const withClient = (client: string) => ({ player, headers: { 'nearcade-client': client } });

  it('refuses older clients of that name everywhere but at sign-out, and tells them live', async () => {
    const own = new OwnPlatform();
    const client = `app-${crypto.randomUUID().slice(0, 8)}`;
    const socket = await TestSocket.join(await newPlayer());
    const minimum = { body: { ...why(), client, minimum: '1.10.0' } };
    const entry = await own.api(adminPlatformApi.minimumVersion, minimum, { player: operator });
    expect(entry).toMatchObject({
      before: { minimumVersions: {} },
      after: { minimumVersions: { [client]: '1.10.0' } },
    });
    await expect
      .poll(() => socket.events, { timeout: 10_000 })
      .toContainEqual({ type: 'update_required', client, minimumVersion: '1.10.0' });
    const ask = (version: string) => own.api(accountsApi.whoami, {}, withClient(version));
    await expect(ask(`${client}/1.9.99`)).rejects.toMatchObject({
      code: 'update_required',
      status: 426,
      details: { client, minimumVersion: '1.10.0' },
    });
    await expect(own.api(accountsApi.login, loginOf(player), withClient(`${client}/0.1.0`))).rejects.toEqual(
      coded('update_required'),
    );
    expect((await ask(`${client}/1.10.0`)).id).toBe(player.user.id);
    expect((await ask('other/0.0.1')).id).toBe(player.user.id);
    expect((await ask('nonsense')).id).toBe(player.user.id);
    await own.api(accountsApi.logout, {}, { headers: { 'nearcade-client': `${client}/1.0.0` } });
    expect((await own.fetch('/healthz', { headers: { 'nearcade-client': `${client}/1.0.0` } })).status).toBe(
      200,
    );
    // Set too high, it can still be taken back from an old page.
    const back = { body: { ...why(), client, minimum: null } };
    await own.api(adminPlatformApi.minimumVersion, back, {
      player: operator,
      headers: { 'nearcade-client': `${client}/1.0.0` },
    });
    expect((await ask(`${client}/1.9.99`)).id).toBe(player.user.id);
  });

  it('is not set above the web app that is served', async () => {
    const own = new OwnPlatform();
    const body = { ...why(), client: WEB_CLIENT.name, minimum: '99.0.0' };
    await expect(own.api(adminPlatformApi.minimumVersion, { body }, { player: operator })).rejects.toEqual(
      coded('invalid_request'),
    );
    expect(await auditOf(operator, own.name)).toMatchObject([
      { outcome: 'failed', after: { minimumVersions: {} } },
    ]);
  });
});

describe('the deny list', () => {
  it('keeps out a range of addresses at every entrance, until it is taken off', async () => {
    const own = new OwnPlatform();
    const someone = await newPlayer();
    const game = await newGame();
    await newNode([game]);
    const add = { body: { ...why(), list: 'deny' as const, range: '192.0.2.77/24' } };
    const entry = await own.api(adminPlatformApi.addRule, add, { player: operator });
    expect(entry.after).toMatchObject({ list: 'deny', range: '192.0.2.0/24', userId: null });
    const from = { player: someone, address: HOME };
    const denied = coded('access_denied');
    const start = { body: { game: game.slug } };
    await expect(own.api(accountsApi.login, loginOf(someone), from)).rejects.toEqual(denied);
    await expect(own.api(accountsApi.guest, { body: {} }, from)).rejects.toEqual(denied);
    await expect(own.api(playApi.create, start, from)).rejects.toEqual(denied);
    const join = { body: { roomNumber: '100000', role: 'player' as const } };
    await expect(own.api(playApi.join, join, from)).rejects.toEqual(denied);
    expect((await refresh(own, someone.cookie)).status).toBe(403);
    expect(await connect(own, someone)).toBe(403);
    // The same player from elsewhere, and staff from there, come in.
    expect(await connect(own, someone, '198.51.100.1')).toBe(101);
    expect((await own.api(accountsApi.login, loginOf(operator), { address: HOME })).user.role).toBe(
      'operator',
    );
    const id = String(entry.after?.id);
    const removed = await own.api(
      adminPlatformApi.removeRule,
      { params: { ruleId: id }, body: why() },
      { player: operator },
    );
    expect(removed).toMatchObject({ before: { range: '192.0.2.0/24' }, after: null });
    // The refusal has not cost the sign-in.
    const refreshed = await refresh(own, someone.cookie);
    expect(refreshed.status).toBe(200);
    expect(cookieOf(refreshed)).not.toBe(someone.cookie);
    expect((await own.api(playApi.create, start, from)).session.game).toBe(game.slug);
  });

  it.each([
    ['2001:db8:5::/48', '2001:db8:5:1::9', '2001:db8:6::9'],
    ['203.0.113.9', '203.0.113.9', '203.0.113.10'],
    ['203.0.113.0/25', '::ffff:203.0.113.100', '203.0.113.200'],
  ])('of %s holds %s and not %s', async (range, inside, outside) => {
    const own = new OwnPlatform();
    await own.api(
      adminPlatformApi.addRule,
      { body: { ...why(), list: 'deny', range } },
      { player: operator },
    );
    const game = { body: { game: unique('no-game') } };
    const enter = (address: string) => own.api(playApi.create, game, { player, address });
    await expect(enter(inside)).rejects.toEqual(coded('access_denied'));
    await expect(enter(outside)).rejects.toEqual(coded('game_not_found'));
  });

  it('keeps out an account wherever it comes from, and is known to other isolates in seconds', async () => {
    const own = new OwnPlatform();
    const other = own.another();
    const someone = await newPlayer();
    const game = { body: { game: unique('no-game') } };
    const enter = (where: OwnPlatform) =>
      where.api(playApi.create, game, { player: someone }).catch(error => error.code);
    expect(await enter(other)).toBe('game_not_found');
    const body = { ...why(), list: 'deny' as const, userId: someone.user.id };
    await own.api(adminPlatformApi.addRule, { body }, { player: operator });
    expect(await enter(own)).toBe('access_denied');
    await expect.poll(() => enter(other), { timeout: 5_000, interval: 200 }).toBe('access_denied');
    await expect(own.api(accountsApi.login, loginOf(someone))).rejects.toEqual(coded('access_denied'));
    expect((await own.api(accountsApi.login, loginOf(player))).user.id).toBe(player.user.id);
  });

  it('takes a rule once, also from two operators at once, and no nonsense', async () => {
    const own = new OwnPlatform();
    const second = await newStaff('operator');
    const add = (by: TestPlayer, rule: object) =>
      own.api(adminPlatformApi.addRule, { body: { ...why(), list: 'deny', ...rule } }, { player: by });
    const both = await Promise.allSettled([operator, second].map(by => add(by, { range: '192.0.2.0/24' })));
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    await expect(add(operator, { range: '192.0.2.1/24' })).rejects.toEqual(coded('access_rule_exists'));
    await expect(add(operator, { userId: crypto.randomUUID() })).rejects.toEqual(coded('player_not_found'));
    for (const rule of [
      {},
      { range: '300.1.1.1' },
      { range: '192.0.2.0/33' },
      { range: 'x', userId: player.user.id },
    ]) {
      await expect(add(operator, rule)).rejects.toEqual(coded('invalid_request'));
    }
    const { items } = await own.api(adminPlatformApi.rules, {}, { player: operator });
    expect(items.map(({ range }) => range)).toEqual(['192.0.2.0/24']);
  });
});

describe('allow-only mode', () => {
  it('lets in who is on the list by account or address, and staff; the deny list comes first', async () => {
    const own = new OwnPlatform();
    const [listed, denied] = [await newPlayer(), await newPlayer()];
    const add = (rule: { list: 'allow' | 'deny'; range?: string; userId?: string }) =>
      own.api(adminPlatformApi.addRule, { body: { ...why(), ...rule } }, { player: operator });
    await add({ list: 'allow', userId: listed.user.id });
    await add({ list: 'allow', range: '2001:db8:1::/48' });
    await add({ list: 'deny', userId: denied.user.id });
    const entry = await own.api(
      adminPlatformApi.allowOnly,
      { body: { ...why(), on: true } },
      { player: operator },
    );
    expect(entry).toMatchObject({ before: { allowOnly: false }, after: { allowOnly: true } });
    const login = (who: TestPlayer, address?: string) =>
      own.api(accountsApi.login, loginOf(who), address === undefined ? {} : { address });
    await expect(login(player, HOME)).rejects.toEqual(coded('access_denied'));
    await expect(login(player)).rejects.toEqual(coded('access_denied'));
    await expect(own.api(accountsApi.guest, { body: {} }, { address: HOME })).rejects.toEqual(
      coded('access_denied'),
    );
    expect((await login(player, '2001:db8:1::5')).user.id).toBe(player.user.id);
    expect((await login(listed, HOME)).user.id).toBe(listed.user.id);
    expect((await login(operator, HOME)).user.id).toBe(operator.user.id);
    await expect(login(denied, '2001:db8:1::5')).rejects.toEqual(coded('access_denied'));
    const off = { body: { ...why(), on: false } };
    await own.api(adminPlatformApi.allowOnly, off, { player: operator });
    expect((await login(player, HOME)).user.id).toBe(player.user.id);
  });
});

describe('announcing', () => {
  it('reaches who is connected, once for one key, and is in the log', async () => {
    const own = new OwnPlatform();
    const region = unique('region');
    const socket = await TestSocket.join(await newPlayer(), { region });
    // A player's hub lists them a moment after the welcome.
    const { live } = await services();
    await expect.poll(async () => (await live.online()).some(count => count.region === region)).toBe(true);
    const text = `Free credits ${crypto.randomUUID()}`;
    const key = crypto.randomUUID();
    const input = { body: { ...why(), text, level: 'info' as const } };
    const from = { player: operator, idempotencyKey: key };
    const entry = await own.api(adminPlatformApi.announce, input, from);
    expect(entry.after).toMatchObject({ text, level: 'info', region: null });
    expect(await own.api(adminPlatformApi.announce, input, from)).toEqual(entry);
    const heard = () => socket.events.filter(event => event.type === 'announcement' && event.text === text);
    await expect.poll(() => heard().length).toBe(1);
    expect(await auditOf(operator, own.name)).toEqual([entry]);
  });
});

describe('without any store', () => {
  it('what was known last holds, however old; and who never knew lets verified reads through and nobody in', async () => {
    const services = await openServices({ ...bindings, ...dead, ...noRedis });
    const known = new PlatformGate('known');
    const settings = { maintenance: true, maintenanceText: 'Soon', allowOnly: false, minimumVersions: {} };
    known.learn({ ...settings, rulesVersion: 0 }, new Date(Date.now() - 3_600_000));
    const someone = { userId: player.user.id };
    await expect(
      requireEntry({ ...services, platform: known }, someone, 'new_session'),
    ).rejects.toMatchObject({ code: 'maintenance', message: 'Soon' });
    await requireEntry({ ...services, platform: known }, someone, 'join');
    await expect(requireEntry(services, someone, 'join')).rejects.toEqual(coded('unavailable'));
    const own = new OwnPlatform(unique('platform'), { ...dead, ...noRedis });
    const from = { player, headers: { 'nearcade-client': 'web/0.0.1' } };
    expect((await own.api(accountsApi.whoami, {}, from)).id).toBe(player.user.id);
  });
});
