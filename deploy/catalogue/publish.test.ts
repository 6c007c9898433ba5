import { randomUUID } from 'node:crypto';
import { drizzle } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { migrate } from '#deploy/migrations/migrate.ts';
import { addNode } from '#deploy/testing/nodes.ts';
import { startTestPostgres, type TestPostgres } from '#deploy/testing/postgres.ts';
import type { GameManifest } from '#shared/manifest.ts';
import { loadManifests } from '../../games/install.ts';
import { publishGames } from './publish.ts';
import { takeOver } from './stable.ts';

let postgres: TestPostgres;
let url: string;
let client: pg.Client;
/** The games that the platform comes with. */
let listed: GameManifest[];
let probe: GameManifest;

beforeAll(async () => {
  postgres = await startTestPostgres();
  const folders = await loadManifests();
  listed = folders.map(({ manifest }) => manifest).filter(({ unlisted }) => !unlisted);
  const [first] = listed;
  if (first === undefined) throw new Error('no game is listed');
  probe = { ...first, slug: 'probe-x', version: '1.0.0' };
});
afterAll(() => postgres?.close());
beforeEach(async () => {
  url = await postgres.newDatabase();
  await migrate({
    url,
    phase: 'all',
    release: '1.0.0+test',
    progress: () => {},
    signal: new AbortController().signal,
  });
  client = new pg.Client({ connectionString: url });
  await client.connect();
});
afterEach(() => client.end());

const publish = (...manifests: GameManifest[]) => publishGames(drizzle(client), manifests);
const outcomes = async (...manifests: GameManifest[]) =>
  (await publish(...manifests)).map(({ slug, version, outcome }) => [slug, version, outcome]);
const node = (...games: GameManifest[]) => addNode(url, { games });

/** All that the catalogue has, times included. */
async function catalogue() {
  const rows: unknown[] = [];
  for (const table of ['games', 'game_builds', 'game_releases']) {
    rows.push((await client.query(`select to_jsonb(row) as row from ${table} as row order by 1`)).rows);
  }
  return rows;
}

/** The versions that players get. */
async function shown(): Promise<Record<string, string>> {
  const { rows } = await client.query<{ slug: string; version: string }>(
    `select game.slug, release.version from games as game join game_releases as release on release.game = game.slug
     where game.published and release.channel = 'stable' and release.ended_at is null`,
  );
  return Object.fromEntries(rows.map(({ slug, version }) => [slug, version]));
}

describe('the games of a release', () => {
  it('are shown once nodes have them, and doing it again changes nothing', async () => {
    await node(...listed);
    await node();
    const first = await publish(...listed);
    expect(first.map(({ outcome }) => outcome)).toEqual(listed.map(() => 'published'));
    expect(first.map(({ note }) => note)).toEqual(listed.map(() => '1 of 2 ready nodes have it'));
    expect(await shown()).toEqual(Object.fromEntries(listed.map(({ slug, version }) => [slug, version])));
    const before = await catalogue();
    expect((await publish(...listed)).map(({ outcome }) => outcome)).toEqual(listed.map(() => 'unchanged'));
    expect(await catalogue()).toEqual(before);
  });

  it('change nothing at all while no ready node has one of them', async () => {
    const other = { ...probe, slug: 'other' };
    await node(probe);
    await addNode(url, { games: [other], state: 'draining' });
    await addNode(url, { games: [other], leaseSeconds: -1 });
    await addNode(url, { games: [{ ...other, version: '0.9.0' }] });
    const before = await catalogue();
    await expect(publish(probe, other)).rejects.toMatchObject({
      code: 'deploy_refused',
      message: expect.stringMatching(/^Nothing was published\. other: no ready node has 1\.0\.0/),
    });
    expect(await catalogue()).toEqual(before);
  });

  it('want a node where they may be played', async () => {
    await addNode(url, { games: [probe], region: 'us-east-1' });
    const here = { ...probe, regions: ['eu-central-1'] };
    await expect(publish(here)).rejects.toMatchObject({ code: 'deploy_refused' });
    await addNode(url, { games: [probe], region: 'eu-central-1' });
    expect(await outcomes(here)).toEqual([['probe-x', '1.0.0', 'published']]);
  });

  it('move on to a new version, and back to an older release', async () => {
    const next = { ...probe, version: '1.1.0', title: 'Next' };
    await node(probe, next);
    await publish(probe);
    expect(await outcomes(next)).toEqual([['probe-x', '1.1.0', 'published']]);
    expect(await shown()).toEqual({ 'probe-x': '1.1.0' });
    const { rows } = await client.query('select title, version from games');
    expect(rows).toEqual([{ title: 'Next', version: '1.1.0' }]);
    await publish(probe);
    expect(await shown()).toEqual({ 'probe-x': '1.0.0' });
    const ended = await client.query('select version, end_reason from game_releases order by id');
    expect(ended.rows).toEqual([
      { version: '1.0.0', end_reason: 'superseded' },
      { version: '1.1.0', end_reason: 'superseded' },
      { version: '1.0.0', end_reason: null },
    ]);
  });

  it('are refused with another manifest under a version that was published', async () => {
    await node(probe);
    await publish(probe);
    const before = await catalogue();
    await expect(publish({ ...probe, title: 'Changed' })).rejects.toMatchObject({
      code: 'deploy_refused',
      message: expect.stringContaining('give it a new version'),
    });
    expect(await catalogue()).toEqual(before);
    // As it was written before the manifest had this field.
    await client.query("update game_builds set manifest = manifest - 'tags'");
    expect(await outcomes({ ...probe, tags: [] })).toEqual([['probe-x', '1.0.0', 'unchanged']]);
  });

  it('that are in the release no more are hidden, and shown again when they are back', async () => {
    const other = { ...probe, slug: 'other' };
    await node(probe, other);
    await publish(probe, other);
    expect(await outcomes(probe)).toEqual([
      ['probe-x', '1.0.0', 'unchanged'],
      ['other', undefined, 'hidden'],
    ]);
    expect(await shown()).toEqual({ 'probe-x': '1.0.0' });
    expect(await outcomes(probe)).toEqual([['probe-x', '1.0.0', 'unchanged']]);
    await publish(probe, other);
    expect(await shown()).toEqual({ 'probe-x': '1.0.0', other: '1.0.0' });
  });

  it("leave alone what people have done by the API: a roll-back, a retired build, a developer's game", async () => {
    const next = { ...probe, version: '1.1.0' };
    const owned = { ...probe, slug: 'owned' };
    await node(probe, next, owned);
    await publish(probe);
    await publish(next);
    const { rows } = await client.query<{ id: string }>(
      "insert into users (display_name, email) values ('Ada', 'ada@example.com') returning id",
    );
    await client.query(
      `insert into games (slug, owner_id, title, summary, description, version, seats, width, height, fps, pointer, cover,
         accent, controls, published)
       select 'owned', $1, title, summary, description, version, seats, width, height, fps, pointer, cover, accent, controls,
         false from games`,
      [rows[0]?.id],
    );
    await client.query(
      "update game_releases set ended_at = now(), end_reason = 'rolled_back' where version = '1.1.0'",
    );
    await client.query(
      "insert into game_releases (game, channel, version) values ('probe-x', 'stable', '1.0.0')",
    );
    expect(await outcomes(next, owned)).toEqual([
      ['probe-x', '1.1.0', 'left alone'],
      ['owned', '1.0.0', 'left alone'],
    ]);
    await client.query(
      "update game_builds set status = 'retired', retired_at = now() where version = '1.1.0'",
    );
    expect(await outcomes(next, owned)).toEqual([
      ['probe-x', '1.1.0', 'left alone'],
      ['owned', '1.0.0', 'left alone'],
    ]);
    expect(await shown()).toEqual({ 'probe-x': '1.0.0' });
  });
});

it("one's own machine takes over what a manifest says, without nodes or a new version", async () => {
  await takeOver(drizzle(client), [probe]);
  await takeOver(drizzle(client), [{ ...probe, title: randomUUID() }]);
  const { rows } = await client.query('select count(distinct title)::int as titles from games');
  expect(rows).toEqual([{ titles: 1 }]);
  expect(await shown()).toEqual({ 'probe-x': '1.0.0' });
  await takeOver(drizzle(client), []);
  expect(await shown()).toEqual({});
});
