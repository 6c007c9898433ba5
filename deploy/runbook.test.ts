import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SecretsManagerStandIn } from '#secrets/testing/secrets-manager.ts';
import { catalogApi } from '#shared/api/catalog.ts';
import { runbookBlock } from '../docs/runbook/blocks.ts';
import { loadManifests } from '../games/install.ts';
import { loadEnvironment } from './environment.ts';
import { Visitor } from './smoke/visitor.ts';
import { type Clone, GIT_ENVIRONMENT, makeClone } from './testing/clone.ts';
import { type Staging, startStaging } from './testing/harness.ts';
import { type NeonApi, startNeonApi } from './testing/neon-api.ts';
import { addNode } from './testing/nodes.ts';
import { runCommands } from './testing/run-commands.ts';

const OWNER_URL = 'nearcade/staging/deploy/database-owner-url';

let staging: Staging;
let manager: SecretsManagerStandIn;
let neon: NeonApi;
let folder: string;
/** What the commands are run in, one page after the other: a person's clone, whose `origin` is beside it. */
let clone: Clone;
/** What leads the programs to the stand-ins; the commands themselves are as they are in the runbook. */
let env: Record<string, string>;

beforeAll(async () => {
  staging = await startStaging();
  manager = await SecretsManagerStandIn.open('staging');
  for (const [name, text] of Object.entries(staging.secrets))
    manager.set(`nearcade/staging/worker/${name}`, text);
  manager.set('nearcade/staging/node/fleet-key', staging.secrets.NODE_REGISTRATION_KEY ?? '');
  manager.set(OWNER_URL, staging.ownerUrl);
  neon = await startNeonApi({});
  folder = mkdtempSync(join(tmpdir(), 'nearcade-runbook-'));
  const home = join(folder, 'home');
  mkdirSync(home);
  clone = makeClone(folder);
  // Step 2: a person's own values.
  writeEnvironment();
  env = {
    ...manager.environment('deployer'),
    ...staging.cloudflare.env,
    ...neon.env,
    ...GIT_ENVIRONMENT,
    NEARCADE_ENVIRONMENTS: environments(),
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

const environments = () => join(clone.folder, 'environments');
const writeEnvironment = () =>
  writeFileSync(join(environments(), 'staging.json'), `${JSON.stringify(staging.environment, null, 2)}\n`);

/** Runs a block of the runbook and returns what it has printed. */
async function run(
  commands: string,
  more: Readonly<Record<string, string>> = {},
  before = '',
): Promise<string> {
  const { code, text } = await runCommands(commands, { ...env, ...more }, { clone: clone.folder, before });
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
  /** What the page has its one shell set in step 2. */
  const NAMES = runbookBlock('first-deploy', 'names');
  const work = () => join(clone.folder, '.nearcade', 'first-deploy');

  it('reads what differs from the environment', async () => {
    const { aws, cloudflare } = staging.environment;
    const show = 'echo "$aws_account $region $zone $CLOUDFLARE_ACCOUNT_ID"';
    expect(await run(runbookBlock('first-deploy', 'names'), {}, `trap '${show}' EXIT\n`)).toBe(
      `${aws.accountId} ${aws.secretsRegion} ${cloudflare.zone} ${cloudflare.accountId}\n`,
    );
  });

  it('writes down what nodes run, and what Terraform found out', async () => {
    const file = '/anywhere/nearcade-0.1.0+abc-linux-x64.tar.gz';
    writeFileSync(
      join(work(), 'release.json'),
      JSON.stringify({ version: '0.1.0+abc', file, sha256: 'a'.repeat(64) }),
    );
    const value = (of: object) => ({ sensitive: false, type: 'dynamic', value: of });
    const outputs = {
      cloudflare: value({
        zone_id: 'f'.repeat(32),
        releases_bucket: 'nearcade-staging-releases',
        releases_url: 'https://releases.players.test',
      }),
      upstash: value({ url: 'https://eu1-good-cat-1.upstash.io' }),
    };
    writeFileSync(join(work(), 'outputs.json'), JSON.stringify(outputs));
    const ofNodes = runbookBlock('first-deploy', 'release-of-nodes');
    const show = `trap 'echo "$bucket/$(basename "$release")"' EXIT\n`;
    const put = await run(ofNodes, {}, NAMES + show);
    expect(put).toContain('nearcade-staging-releases/nearcade-0.1.0+abc-linux-x64.tar.gz\n');
    const written = join(clone.folder, 'terraform', 'environments', 'staging', 'release.auto.tfvars.json');
    expect(JSON.parse(readFileSync(written, 'utf8'))).toEqual({
      release: {
        url: 'https://releases.players.test/nearcade-0.1.0%2Babc-linux-x64.tar.gz',
        sha256: 'a'.repeat(64),
      },
    });
    await run(runbookBlock('first-deploy', 'outputs'), {}, NAMES + ofNodes);
    expect(loadEnvironment('staging', environments()).worker.vars).toEqual({
      ...staging.environment.worker.vars,
      DNS_ZONE_ID: 'f'.repeat(32),
      UPSTASH_REDIS_REST_URL: 'https://eu1-good-cat-1.upstash.io',
      SAVES_S3_ENDPOINT: `https://${staging.environment.cloudflare.accountId}.r2.cloudflarestorage.com`,
    });
    clone.lint();
    // From here on with the services of this machine again.
    writeEnvironment();
  });

  it('leaves a clone without changes, whose commit was pushed: nothing of it is in the way of a deploy', async () => {
    // As Terraform leaves it.
    const parts = ['bootstrap', 'zone', 'environments/staging'].map(part =>
      join(clone.folder, 'terraform', part),
    );
    for (const part of parts) {
      writeFileSync(join(part, '.terraform.lock.hcl'), '# hashes\n');
      mkdirSync(join(part, '.terraform', 'providers'), { recursive: true });
      writeFileSync(join(part, '.terraform', 'terraform.tfstate'), '{}');
    }
    const state = join(parts[0] ?? '', 'terraform.tfstate.d', staging.environment.aws.accountId);
    mkdirSync(state, { recursive: true });
    writeFileSync(join(state, 'terraform.tfstate'), '{}');
    expect(clone.git('status', '--porcelain')).not.toBe('');
    await run(runbookBlock('first-deploy', 'commit'), {}, NAMES);
    expect(clone.git('status', '--porcelain')).toBe('');
    expect(clone.git('show', '--name-only', '--format=%s').split('\n')).toEqual([
      'Staging',
      '',
      'environments/staging.json',
      'terraform/bootstrap/.terraform.lock.hcl',
      'terraform/environments/staging/.terraform.lock.hcl',
      'terraform/environments/staging/release.auto.tfvars.json',
      'terraform/zone/.terraform.lock.hcl',
    ]);
    expect(clone.git('--git-dir', clone.remote, 'rev-parse', 'main')).toBe(clone.git('rev-parse', 'HEAD'));
  });

  it('gives the owner a password that nobody sees', async () => {
    const text = await run(runbookBlock('first-deploy', 'credentials'), manager.environment('operator'));
    expect(manager.text(OWNER_URL)).toBe(
      'postgresql://nearcade_first:new-password@db.example.org/nearcade?sslmode=verify-full',
    );
    expect(text).not.toContain('new-password');
    manager.set(OWNER_URL, staging.ownerUrl);
  });

  it('is tried without changing anything, then done', async () => {
    expect(await run(runbookBlock('first-deploy', 'dry-run'))).toContain('Nothing was changed');
    expect(staging.cloudflare.account.scripts.size).toBe(0);
    expect(await run(runbookBlock('first-deploy', 'deploy'))).toMatch(
      /guest, games and refusals are right; BUT THE CATALOGUE IS EMPTY[\s\S]*Done in/,
    );
    expect(serves()).toBe(`0.1.0+${clone.git('rev-parse', '--short=12', 'HEAD')}`);
  });
});

it("the runbook's games are shown when nodes have them, to who asks the Worker", async () => {
  const { account } = staging.cloudflare;
  expect(account.scripts.size).toBe(1);
  const refused = await runCommands(runbookBlock('first-deploy', 'games'), env, { clone: clone.folder });
  expect([refused.code, refused.text]).toEqual([
    1,
    expect.stringContaining('deploy_refused: Nothing was published'),
  ]);
  const folders = await loadManifests();
  const manifests = folders.map(({ manifest }) => manifest).filter(({ unlisted }) => !unlisted);
  await addNode(staging.ownerUrl, { games: manifests });
  expect(await run(runbookBlock('first-deploy', 'games'))).toContain('published; 1 of 1 ready nodes have it');
  const { games } = await new Visitor(env.NEARCADE_ORIGIN ?? '', staging.environment.worker.name).call(
    catalogApi.list,
    {},
  );
  expect(games.map(({ slug }) => slug).sort()).toEqual(manifests.map(({ slug }) => slug).sort());
  const again = await run(runbookBlock('release-nodes', 'games'));
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
    await run(runbookBlock('roll-back', 'roll-back'));
    expect(serves()).toBe(first);
    await run(runbookBlock('roll-back', 'roll-back-to'), { RELEASE: '0.1.1+bad' });
    expect(serves()).toBe('0.1.1+bad');
  });

  it('backs the database up, and restores it into an empty one', async () => {
    await run(runbookBlock('restore-the-database', 'backup'));
    const made = readdirSync(env.HOME ?? '').find(name => name.startsWith('nearcade-')) ?? '';
    expect(existsSync(join(env.HOME ?? '', made, 'manifest.json'))).toBe(true);
    const url = await staging.newDatabase();
    const more = { NEARCADE_OWNER_URL: url, BACKUP: join(env.HOME ?? '', made) };
    expect(await run(runbookBlock('restore-the-database', 'restore-from-files'), more)).toContain(
      'Restored: staging as of',
    );
    const count = (of?: string) => staging.query('select count(*) from users', of);
    expect(await count(url)).toEqual(await count());
  });

  it("sets the owner's password where the database was restored to", async () => {
    await run(runbookBlock('restore-the-database', 'credentials'), manager.environment('operator'));
    expect(manager.text(OWNER_URL)).toContain('new-password-2@db.example.org');
    manager.set(OWNER_URL, staging.ownerUrl);
  });

  it("publishes an older release's games, and leaves the clone where it was", async () => {
    const commit = clone.git('rev-parse', 'HEAD');
    const RELEASE = `0.1.0+${commit.slice(0, 12)}`;
    expect(await run(runbookBlock('roll-back', 'older-games'), { RELEASE })).toContain('unchanged');
    expect([clone.git('branch', '--show-current'), clone.git('rev-parse', 'HEAD')]).toEqual(['main', commit]);
  });

  it('says in a commit that was pushed what nodes run, and goes back to one before, which done twice is the same', async () => {
    const folder = join(clone.folder, '.nearcade', 'deploy');
    const made = {
      version: '0.2.0+abc',
      file: '/anywhere/nearcade-0.2.0+abc.tar.gz',
      sha256: 'b'.repeat(64),
    };
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'release.json'), JSON.stringify(made));
    const show = `trap 'echo "$NODE_RELEASE"' EXIT\n`;
    expect(await run(runbookBlock('release-nodes', 'node-release'), {}, show)).toBe('0.2.0+abc\n');
    const runs = join(clone.folder, 'terraform', 'environments', 'staging', 'release.auto.tfvars.json');
    const before = readFileSync(runs, 'utf8');
    const found = `found='${JSON.stringify({ releases_url: 'https://releases.players.test' })}'\n`;
    await run(runbookBlock('release-nodes', 'write-down'), {}, found);
    const release = {
      url: 'https://releases.players.test/nearcade-0.2.0%2Babc.tar.gz',
      sha256: 'b'.repeat(64),
    };
    expect(JSON.parse(readFileSync(runs, 'utf8'))).toEqual({ release });
    expect(clone.git('log', '-1', '--format=%s')).toBe('Nodes of staging run 0.2.0+abc');
    const releases = await run(runbookBlock('release-nodes', 'releases'));
    expect(releases).toMatch(/^\w+ nearcade-0\.2\.0%2Babc\.tar\.gz\n\w+ nearcade-\S+\n$/);
    const COMMIT = releases.split('\n')[1]?.split(' ')[0] ?? '';
    const goBack = runbookBlock('release-nodes', 'take-back');
    await run(goBack, { COMMIT, release: runs });
    expect(readFileSync(runs, 'utf8')).toBe(before);
    expect(clone.git('log', '-1', '--format=%s')).toMatch(/^Nodes of staging run nearcade-.* again$/);
    const head = clone.git('rev-parse', 'HEAD');
    const twice = await runCommands(goBack, { ...env, COMMIT, release: runs }, { clone: clone.folder });
    expect([twice.code, clone.git('rev-parse', 'HEAD')]).toEqual([1, head]);
    expect(clone.git('--git-dir', clone.remote, 'rev-parse', 'main')).toBe(clone.git('rev-parse', 'HEAD'));
    expect(clone.git('status', '--porcelain')).toBe('');
  });
});
