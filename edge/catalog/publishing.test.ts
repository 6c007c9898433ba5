import { beforeAll, describe, expect, it } from 'vitest';
import {
  api,
  call,
  claimsOf,
  codeOf,
  create,
  createOk,
  enter,
  newGame,
  newNode,
  newPlayer,
  newStaff,
  problemOf,
  services,
  type TestPlayer,
  testManifest,
  unique,
} from '#edge/testing/platform.ts';
import { catalogApi, type Price } from '#shared/api/catalog.ts';
import { playApi } from '#shared/api/play.ts';
import { type Build, publishingApi } from '#shared/api/publishing.ts';
import type { Channel } from '#shared/lifecycles/builds.ts';
import { playableBuild } from './playable.ts';

let ada: TestPlayer;
let bob: TestPlayer;
let admin: TestPlayer;
beforeAll(async () => {
  [ada, bob, admin] = [await newStaff('developer'), await newStaff('developer'), await newStaff('admin')];
});

interface Changes {
  version?: string;
  title?: string;
  price?: Price;
}
const manifest = (slug: string, changes: Changes = {}) => ({ ...testManifest(slug), ...changes });

const register = (slug = unique('game'), by = ada, key?: string) =>
  api(publishingApi.register, { body: manifest(slug) }, by, key);
const upload = (slug: string, version: string, changes: Changes = {}, by = ada): Promise<Build> =>
  api(publishingApi.upload, { params: { slug, version }, body: manifest(slug, { ...changes, version }) }, by);
const publish = (slug: string, version: string, channel: Channel = 'stable', by = ada, key?: string) =>
  api(publishingApi.publish, { params: { slug, version }, body: { channel } }, by, key);
const retire = (slug: string, version: string, by = ada, key?: string) =>
  api(publishingApi.retire, { params: { slug, version } }, by, key);
const rollBack = (slug: string, channel: Channel = 'stable', by = ada, key?: string) =>
  api(publishingApi.rollBack, { params: { slug, channel } }, by, key);

/** A game with these versions published to stable, one after the other. */
async function published(...versions: string[]): Promise<string> {
  const { game } = await register();
  for (const version of versions) {
    if (version !== '1') await upload(game, version);
    await publish(game, version);
  }
  return game;
}

/** The version that the library, the row of the game and new sessions have; undefined when there is none. */
async function shown(slug: string, channel: Channel = 'stable'): Promise<string | undefined> {
  const { db } = await services();
  const { rows } = await db.execute<{ version: string }>(playableBuild(slug, channel));
  const { games } = await api(catalogApi.list, { query: { q: slug, channel } });
  expect(games.map(game => game.version)).toEqual(rows.map(row => row.version));
  return rows[0]?.version;
}

describe('registering a game', () => {
  it('makes a draft that nobody but its developer sees', async () => {
    const build = await register();
    expect(build).toMatchObject({ version: '1', status: 'draft', channels: [], publishedAt: null });
    expect(await codeOf(call('GET', `/v1/games/${build.game}`))).toBe('game_not_found');
    expect(await shown(build.game)).toBeUndefined();
    const mine = await api(publishingApi.games, {}, ada);
    expect(mine.items.find(game => game.slug === build.game)).toMatchObject({
      ownerId: ada.user.id,
      published: false,
    });
    const bobs = await api(publishingApi.games, {}, bob);
    expect(bobs.items.map(game => game.slug)).not.toContain(build.game);
    expect((await api(publishingApi.games, { query: { limit: 200 } }, admin)).items.length).toBeGreaterThan(
      0,
    );
    await expect(create(await newPlayer(), { slug: build.game, version: '1' }).then(codeOf)).resolves.toBe(
      'game_not_found',
    );
  });

  it('names each wrong field of the manifest', async () => {
    const body = {
      ...manifest(unique('game')),
      seats: 0,
      ready: 'port',
      input: { pointer: 'none', seats: [{}] },
    };
    const problem = await problemOf(
      call('POST', '/v1/developer/games', {
        token: ada.token,
        body,
        headers: { 'Idempotency-Key': crypto.randomUUID() },
      }),
    );
    expect(problem.code).toBe('manifest_invalid');
    const { issues } = problem.details as { issues: Array<{ path: string; message: string }> };
    expect(issues.map(issue => issue.path)).toEqual(
      expect.arrayContaining(['seats', 'ready', 'input.seats[0].pointer', 'input.seats[0].hint']),
    );
    for (const { path } of issues) expect(problem.detail).toContain(path);
  });

  it('takes a slug once, also when two want it at once', async () => {
    const slug = unique('game');
    const results = await Promise.allSettled([ada, bob, ada, bob].map(by => register(slug, by)));
    expect(results.filter(result => result.status === 'fulfilled')).toHaveLength(1);
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'game_exists' });
    }
    const { slug: own } = await newGame();
    await expect(register(own)).rejects.toMatchObject({ code: 'game_exists' });
  });

  it('done again with its key answers the first draft; the key takes no other manifest', async () => {
    const [slug, key] = [unique('game'), crypto.randomUUID()];
    const builds = await Promise.all([1, 2, 3].map(() => register(slug, ada, key)));
    expect(new Set(builds.map(build => build.id)).size).toBe(1);
    await expect(register(unique('game'), ada, key)).rejects.toMatchObject({
      code: 'idempotency_key_reused',
    });
  });
});

describe('uploading a build', () => {
  it('replaces a draft, but nothing that was published or retired', async () => {
    const { game } = await register();
    await upload(game, '2', { title: 'First' });
    const again = await upload(game, '2', { title: 'Second' });
    const params = { slug: game, version: '2' };
    expect((await api(publishingApi.build, { params }, ada)).manifest).toMatchObject({ title: 'Second' });
    await publish(game, '2', 'beta');
    await expect(upload(game, '2', { title: 'Third' })).rejects.toMatchObject({ code: 'illegal_transition' });
    await retire(game, '2');
    await expect(upload(game, '2')).rejects.toMatchObject({ code: 'illegal_transition' });
    const { items } = await api(publishingApi.builds, { params: { slug: game } }, ada);
    expect(items.map(build => [build.version, build.status])).toEqual([
      ['2', 'retired'],
      ['1', 'draft'],
    ]);
    expect(items[0]?.id).toBe(again.id);
  });

  it('must be for the build of its address', async () => {
    const { game } = await register();
    const params = { slug: game, version: '2' };
    const wrong = api(publishingApi.upload, { params, body: manifest('other-game') }, ada);
    await expect(wrong).rejects.toMatchObject({
      code: 'manifest_invalid',
      message: `slug: must be ${game}, as in the address; version: must be 2, as in the address`,
    });
    await expect(upload('no-such-game', '1')).rejects.toMatchObject({ code: 'game_not_found' });
  });

  it('takes every version that a manifest may have', async () => {
    const { game } = await register();
    expect(await upload(game, '1.0~rc1+b2_x-3')).toMatchObject({ version: '1.0~rc1+b2_x-3' });
    const release = await publish(game, '1.0~rc1+b2_x-3');
    expect(release).toMatchObject({ channel: 'stable', version: '1.0~rc1+b2_x-3', endedAt: null });
  });
});

describe('publishing a build', () => {
  it('shows it in its channel, with what its manifest says', async () => {
    const { game } = await register();
    await upload(game, '2', { title: `${game} Two`, price: { credits: 5, per: 'minute' } });
    await publish(game, '1');
    await publish(game, '2', 'beta');
    expect(await shown(game)).toBe('1');
    expect(await shown(game, 'beta')).toBe('2');
    await publish(game, '2');
    expect(await shown(game)).toBe('2');
    const { db } = await services();
    const { rows } = await db.execute(playableBuild(game, 'stable'));
    expect(rows).toMatchObject([{ price: 5, price_unit: 'minute' }]);
    const mine = await api(publishingApi.games, { query: { limit: 200 } }, ada);
    expect(mine.items.find(one => one.slug === game)).toMatchObject({
      title: `${game} Two`,
      published: true,
    });
    expect(await api(catalogApi.get, { params: { slug: game } })).toMatchObject({
      price: { credits: 5, per: 'minute' },
      channels: [
        { channel: 'stable', version: '2' },
        { channel: 'beta', version: '2' },
      ],
    });
  });

  it('leaves running sessions to their end; new ones get the new build', async () => {
    const game = await published('1');
    await newNode([{ slug: game, version: '1' }]);
    const [host, guest] = [await newPlayer(), await newPlayer()];
    const { session } = await createOk(host, { slug: game, version: '1' });
    await upload(game, '2');
    await publish(game, '2');
    await retire(game, '1');
    expect(await api(playApi.get, { params: { id: session.id } }, host)).toMatchObject({ state: 'reserved' });
    expect(await api(playApi.ticket, { params: { id: session.id } }, host)).toMatchObject({
      kind: 'admitted',
    });
    // The one node has version 1 alone.
    const waiting = await enter(guest, { slug: game, version: '2' });
    expect(waiting.kind).toBe('queued');
    await newNode([
      { slug: game, version: '1' },
      { slug: game, version: '2' },
    ]);
    const ticket = await api(playApi.ticket, { params: { id: waiting.session.id } }, guest);
    expect(ticket.kind === 'admitted' && claimsOf(ticket.ticket).gameVersion).toBe('2');
  });

  it('done again with its key answers the first release and changes nothing', async () => {
    const game = await published('1');
    await upload(game, '2');
    const key = crypto.randomUUID();
    const releases = await Promise.all([1, 2, 3, 4].map(() => publish(game, '2', 'stable', ada, key)));
    expect(new Set(releases.map(release => release.id)).size).toBe(1);
    await upload(game, '3');
    await publish(game, '3');
    expect(await publish(game, '2', 'stable', ada, key)).toMatchObject({ id: releases[0]?.id });
    expect(await shown(game)).toBe('3');
    await expect(publish(game, '2', 'beta', ada, key)).rejects.toMatchObject({
      code: 'idempotency_key_reused',
    });
  });

  it('leaves one release a channel when many publish at once', async () => {
    const { game } = await register();
    const versions = Array.from({ length: 8 }, (_, index) => `v${index}`);
    for (const version of versions) await upload(game, version);
    await Promise.all(versions.map(version => publish(game, version)));
    const { items } = await api(publishingApi.releases, { params: { slug: game } }, ada);
    expect(items).toHaveLength(8);
    expect(items.filter(release => release.endedAt === null)).toHaveLength(1);
    expect(items[0]?.endedAt).toBeNull();
    expect(await shown(game)).toBe(items[0]?.version);
  });

  it('is refused of what is not there or was retired', async () => {
    const game = await published('1');
    await expect(publish(game, '9')).rejects.toMatchObject({ code: 'build_not_found' });
    await expect(publish('no-such-game', '1')).rejects.toMatchObject({ code: 'game_not_found' });
    await retire(game, '1');
    await expect(publish(game, '1')).rejects.toMatchObject({ code: 'illegal_transition' });
  });
});

describe('rolling a channel back', () => {
  it('shows the build before, then the one before that, and never goes forth', async () => {
    const game = await published('1', '2', '3');
    expect(await rollBack(game)).toMatchObject({ version: '2' });
    expect(await shown(game)).toBe('2');
    expect(await rollBack(game)).toMatchObject({ version: '1' });
    expect(await shown(game)).toBe('1');
    await expect(rollBack(game)).rejects.toMatchObject({ code: 'nothing_to_roll_back' });
    expect(await shown(game)).toBe('1');
    await publish(game, '3');
    expect(await rollBack(game)).toMatchObject({ version: '1' });
  });

  it('skips what was retired, and fills a channel whose build was', async () => {
    const game = await published('1', '2', '3');
    await retire(game, '2');
    await retire(game, '3');
    expect(await shown(game)).toBeUndefined();
    expect(await rollBack(game)).toMatchObject({ version: '1' });
    expect(await shown(game)).toBe('1');
  });

  it('done again with its key goes back once', async () => {
    const game = await published('1', '2', '3');
    const key = crypto.randomUUID();
    const releases = await Promise.all([1, 2, 3].map(() => rollBack(game, 'stable', ada, key)));
    expect(releases.map(release => release.version)).toEqual(['2', '2', '2']);
    expect(await shown(game)).toBe('2');
  });

  it('of one channel leaves the other alone', async () => {
    const game = await published('1', '2');
    await publish(game, '2', 'beta');
    await rollBack(game);
    expect([await shown(game), await shown(game, 'beta')]).toEqual(['1', '2']);
    await expect(rollBack(game, 'beta')).rejects.toMatchObject({ code: 'nothing_to_roll_back' });
  });
});

describe('retiring a build', () => {
  it('takes it out of every channel, and the game out of the library', async () => {
    const game = await published('1');
    await publish(game, '1', 'beta');
    const key = crypto.randomUUID();
    const build = await retire(game, '1', ada, key);
    expect(build).toMatchObject({ status: 'retired', channels: [] });
    expect([await shown(game), await shown(game, 'beta')]).toEqual([undefined, undefined]);
    expect(await codeOf(call('GET', `/v1/games/${game}`))).toBe('game_not_found');
    expect(await retire(game, '1', ada, key)).toEqual(build);
    await expect(retire(game, '1')).rejects.toMatchObject({ code: 'illegal_transition' });
  });
});

describe('who may publish', () => {
  it('is the developer of the game, and an admin', async () => {
    const game = await published('1');
    const acts: Array<(by: TestPlayer) => Promise<unknown>> = [
      by => upload(game, '2', {}, by),
      by => publish(game, '1', 'beta', by),
      by => retire(game, '1', by),
      by => rollBack(game, 'stable', by),
      by => api(publishingApi.builds, { params: { slug: game } }, by),
      by => api(publishingApi.build, { params: { slug: game, version: '1' } }, by),
      by => api(publishingApi.releases, { params: { slug: game } }, by),
    ];
    const player = await newPlayer();
    for (const act of acts) {
      await expect(act(bob)).rejects.toMatchObject({ code: 'forbidden' });
      await expect(act(player)).rejects.toMatchObject({ code: 'forbidden' });
    }
    expect(await shown(game)).toBe('1');
    await upload(game, '2', {}, admin);
    await publish(game, '2', 'stable', admin);
    expect(await shown(game)).toBe('2');
    const { slug: own } = await newGame();
    await expect(publish(own, '1', 'beta')).rejects.toMatchObject({ code: 'forbidden' });
    expect(await publish(own, '1', 'beta', admin)).toMatchObject({ channel: 'beta' });
  });
});
