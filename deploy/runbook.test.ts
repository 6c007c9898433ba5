import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SecretsManagerStandIn } from '#secrets/testing/secrets-manager.ts';
import { catalogApi } from '#shared/api/catalog.ts';
import { loadManifests } from '../games/install.ts';
import { Visitor } from './smoke/visitor.ts';
import { type Staging, startStaging } from './testing/harness.ts';
import { type NeonApi, startNeonApi } from './testing/neon-api.ts';
import { addNode } from './testing/nodes.ts';
import { runBlock } from './testing/run-block.ts';

const OWNER_URL = 'nearcade/staging/deploy/database-owner-url';

let staging: Staging;
let manager: SecretsManagerStandIn;
let neon: NeonApi;
let folder: string;
/** What leads the programs to the stand-ins; the commands themselves are as they are in the runbook. */
let env: Record<string, string>;

beforeAll(async () => {
  staging = await startStaging();
  manager = await SecretsManagerStandIn.open('staging');
  for (const [name, text] of Object.entries(staging.secrets))
    manager.set(`nearcade/staging/worker/${name}`, text);
  manager.set('nearcade/staging/node/fleet-key', staging.secrets.NODE_REGISTRATION_KEY ?? '');
  manager.set(OWNER_URL, staging.ownerUrl);
  neon = await startNeonApi('db.example.org', 'new-password');
  folder = mkdtempSync(join(tmpdir(), 'nearcade-runbook-'));
  const environments = join(folder, 'environments');
  const home = join(folder, 'home');
  for (const path of [environments, home]) mkdirSync(path);
  writeFileSync(join(environments, 'staging.json'), JSON.stringify(staging.environment));
  env = {
    ...manager.environment('deployer'),
    ...staging.cloudflare.env,
    ...neon.env,
    ...pushedCommit(join(folder, 'clone')),
    NEARCADE_ENVIRONMENTS: environments,
    NEARCADE_ORIGIN: staging.cloudflare.publicUrl,
    NEARCADE_WEB_DIR: staging.web,
    CI: 'true',
    HOME: home,
  };
});
afterAll(async () => {
  await neon.close();
  await manager.close();
  await staging.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A clone without changes whose commit was pushed, whatever this one is like: git reads these variables. */
function pushedCommit(clone: string): Record<string, string> {
  const git = (...args: string[]) => execFileSync('git', ['-C', clone, ...args], { stdio: 'pipe' });
  mkdirSync(clone);
  git('init', '--quiet');
  const who = ['-c', 'user.name=test', '-c', 'user.email=test@example.com'];
  git(...who, 'commit', '--quiet', '--allow-empty', '--message', 'The first release');
  git('update-ref', 'refs/remotes/origin/main', 'HEAD');
  return { GIT_DIR: join(clone, '.git'), GIT_WORK_TREE: clone };
}

/** Runs a block and returns what it has printed. */
async function run(page: string, name: string, more: Readonly<Record<string, string>> = {}): Promise<string> {
  const { code, text } = await runBlock(page, name, { ...env, ...more });
  expect(code, text).toBe(0);
  // A short one may be a word of something else.
  const secrets = Object.values(staging.secrets).filter(({ length }) => length > 15);
  for (const secret of secrets) expect(text).not.toContain(secret);
  return text;
}

const script = () => {
  const found = staging.cloudflare.account.scripts.get(staging.environment.worker.name);
  if (found === undefined) throw new Error('nothing is deployed');
  return found;
};
const serves = () => {
  const [share, ...others] = script().deployments.at(-1)?.shares ?? [];
  expect([share?.percentage, others]).toEqual([100, []]);
  return script().versions.find(({ id }) => id === share?.version_id)?.metadata.annotations?.['workers/tag'];
};

describe("the runbook's first deploy", () => {
  it('gives the owner a password that nobody sees', async () => {
    const text = await run('first-deploy', 'credentials', manager.environment('operator'));
    expect(manager.text(OWNER_URL)).toBe(
      'postgresql://nearcade_first:new-password@db.example.org/nearcade?sslmode=verify-full',
    );
    expect(text).not.toContain('new-password');
    manager.set(OWNER_URL, staging.ownerUrl);
  });

  it('is tried without changing anything, then done', async () => {
    expect(await run('first-deploy', 'dry-run')).toContain('Nothing was changed');
    expect(staging.cloudflare.account.scripts.size).toBe(0);
    expect(await run('first-deploy', 'deploy')).toMatch(
      /guest, games and refusals are right; BUT THE CATALOGUE IS EMPTY[\s\S]*Done in/,
    );
    expect(serves()).toMatch(/^0\.1\.0\+[0-9a-f]{7}$/);
  });
});

it("the runbook's games are shown when nodes have them, to who asks the Worker", async () => {
  const { account } = staging.cloudflare;
  expect(account.scripts.size).toBe(1);
  const refused = await runBlock('first-deploy', 'games', env);
  expect([refused.code, refused.text]).toEqual([
    1,
    expect.stringContaining('deploy_refused: Nothing was published'),
  ]);
  const folders = await loadManifests();
  const manifests = folders.map(({ manifest }) => manifest).filter(({ unlisted }) => !unlisted);
  await addNode(staging.ownerUrl, { games: manifests });
  expect(await run('first-deploy', 'games')).toContain('published; 1 of 1 ready nodes have it');
  const { games } = await new Visitor(env.NEARCADE_ORIGIN ?? '', staging.environment.worker.name).call(
    catalogApi.list,
    {},
  );
  expect(games.map(({ slug }) => slug).sort()).toEqual(manifests.map(({ slug }) => slug).sort());
  const again = await run('release-nodes', 'games');
  expect(again.match(/unchanged/g)).toHaveLength(manifests.length);
});

describe('the runbook', () => {
  it('rolls back to the version before, and to a certain release', async () => {
    const first = serves();
    const [version] = script().versions;
    if (version === undefined) throw new Error('nothing is deployed');
    const annotations = { 'workers/tag': '0.1.1+bad' };
    const { name } = staging.environment.worker;
    const { account } = staging.cloudflare;
    const { id } = account.addVersion(name, { ...version.metadata, annotations }, version.modules);
    account.deploy(name, [{ version_id: id, percentage: 100 }], 'a bad release');
    await run('roll-back', 'roll-back');
    expect(serves()).toBe(first);
    await run('roll-back', 'roll-back-to', { RELEASE: '0.1.1+bad' });
    expect(serves()).toBe('0.1.1+bad');
  });

  it('backs the database up, and restores it into an empty one', async () => {
    await run('restore-the-database', 'backup');
    const made = readdirSync(env.HOME ?? '').find(name => name.startsWith('nearcade-')) ?? '';
    expect(existsSync(join(env.HOME ?? '', made, 'manifest.json'))).toBe(true);
    const url = await staging.newDatabase();
    const more = { NEARCADE_OWNER_URL: url, BACKUP: join(env.HOME ?? '', made) };
    expect(await run('restore-the-database', 'restore-from-files', more)).toContain(
      'Restored: staging as of',
    );
    const count = (of?: string) => staging.query('select count(*) from users', of);
    expect(await count(url)).toEqual(await count());
  });

  it('brings the live branch back to a moment, after a look, and undoes that', async () => {
    const WHEN = new Date(Date.now() - 60_000).toISOString();
    await run('restore-the-database', 'look', { WHEN });
    expect(neon.branches.map(({ name }) => name)).toEqual(['empty', 'live']);
    const text = await run('restore-the-database', 'restore-at-neon', { WHEN });
    const live = () => neon.branches.find(({ name }) => name === 'live')?.state;
    expect(live()).toEqual({ of: 'br-live', at: WHEN });
    const KEPT = /branch (before-restore-\S+):/.exec(text)?.[1] ?? '';
    await run('restore-the-database', 'undo-restore', { KEPT });
    expect(live()).toEqual({ of: 'live', at: 'now' });
  });
});
