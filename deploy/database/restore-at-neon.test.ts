import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { readMigrations } from '#deploy/migrations/files.ts';
import { takeDeployLock } from '#deploy/migrations/lock.ts';
import { migrate } from '#deploy/migrations/migrate.ts';
import { openContext, openStore } from '#deploy/secrets/context.ts';
import { openRole, roleUrl } from '#deploy/secrets/database-roles.ts';
import { rotateDatabaseUrl } from '#deploy/secrets/rotate/database-url.ts';
import { canary, fillSecrets } from '#deploy/secrets/testing/fill.ts';
import { startCloudflareWithWorker } from '#deploy/secrets/testing/worker.ts';
import { LIVE_ID, type NeonApi, startNeonApi } from '#deploy/testing/neon-api.ts';
import { NeonClusters } from '#deploy/testing/neon-clusters.ts';
import { runCommands } from '#deploy/testing/run-commands.ts';
import { ProcessWatch } from '#secrets/testing/process-watch.ts';
import { SecretsManagerStandIn } from '#secrets/testing/secrets-manager.ts';
import { runbookBlock } from '../../docs/runbook/blocks.ts';
import { credentialsCommand } from './commands.ts';
import type { DatabaseContext } from './context.ts';
import { letInCommand, restoreAtNeon } from './restore-at-neon.ts';

/*
 * Restores of a real Postgres behind a stand-in for Neon's API: to a moment before the Worker's role and the owner's password were changed and
 * two releases brought migrations.
 */

const OWNER = 'nearcade/staging/deploy/database-owner-url';
const WORKER = 'nearcade/staging/worker/DATABASE_URL';
const [FIRST, SECOND, THIRD, FOURTH] = ['aaaaaaaaaaaa', 'bbbbbbbbbbbb', 'cccccccccccc', 'dddddddddddd'];

let clusters: NeonClusters;
let neon: NeonApi;
let manager: SecretsManagerStandIn;
let folder: string;
let context: DatabaseContext;
let told: string[];
let watch: ProcessWatch;
/** All that was printed, and every password that there was. */
let printed = '';
const passwords = new Set<string>();
/** A moment before the changes, and what the Worker signed in by then. */
let WHEN: string;
let workerThen: string;
const authorities = getCACertificates('default');

beforeAll(async () => {
  watch = new ProcessWatch();
  folder = mkdtempSync(join(tmpdir(), 'nearcade-restore-'));
  clusters = await NeonClusters.open(LIVE_ID);
  setDefaultCACertificates([...authorities, readFileSync(clusters.authority, 'utf8')]);
  neon = await startNeonApi({ clusters, password: canary() });
  manager = await SecretsManagerStandIn.open('staging');
  for (const [name, value] of Object.entries(manager.environment('operator'))) vi.stubEnv(name, value);
  const cloudflare = await startCloudflareWithWorker();
  const secrets = openContext('staging', { ...process.env, ...cloudflare.env });
  const { environment } = secrets;
  context = {
    ...{ environment, store: openStore(environment), env: neon.env, signal: new AbortController().signal },
    print: line => {
      told.push(line);
      printed += `${line}\n`;
    },
    sleep: async () => {},
    now: () => new Date(),
  };
  told = [];

  await credentialsCommand(context);
  const all = readMigrations();
  const deploy = (release: string, migrations = all) =>
    migrate({ url: owner(), migrations, release, phase: 'all', progress: () => {}, signal: context.signal });
  await deploy(`0.1.0+${FIRST}`, all.slice(0, -2));
  workerThen = roleUrl(owner(), 'a', canary());
  await openRole(owner(), workerThen);
  const ownerThen = owner();
  await fillSecrets(manager, { databaseUrl: workerThen });
  manager.set(OWNER, ownerThen);
  await ask(owner(), `insert into platforms (name) values ('nearcade-staging')`);
  await ask(owner(), `create table story (line text); insert into story values ('then')`);
  remember();
  await clusters.keep(LIVE_ID);
  WHEN = new Date().toISOString();

  await deploy(`0.1.1+${SECOND}`);
  // What later releases have brought, as far as this page goes.
  const later = [
    ['9997_contract_x', 'contract', `0.1.1+${SECOND}`],
    ['9998_y', 'expand', `0.1.2+${THIRD}`],
    ['9999_z', 'expand', `0.1.3+${FOURTH}`],
  ];
  for (const [tag, kind, release] of later) {
    await ask(
      owner(),
      `insert into deploy.migrations (tag, hash, kind, release, ms) values ('${tag}', '', '${kind}', '${release}', 1)`,
    );
  }
  const rotation = { ...secrets, print: context.print };
  await rotateDatabaseUrl(rotation, true);
  await rotateDatabaseUrl(rotation, true);
  await credentialsCommand(context);
  await ask(owner(), `update platforms set maintenance = true; update story set line = 'spoilt'`);
  await cloudflare.close();
});
beforeEach(() => {
  told = [];
});
afterAll(async () => {
  remember();
  const { hits } = watch.end([...passwords]);
  vi.unstubAllEnvs();
  setDefaultCACertificates(authorities);
  await neon.close();
  await manager.close();
  await clusters.close();
  rmSync(folder, { recursive: true, force: true });
  expect(hits).toEqual([]);
  for (const password of passwords) expect(printed).not.toContain(password);
});

const owner = () => manager.text(OWNER) ?? '';
const worker = () => manager.text(WORKER) ?? '';
/** Notes the passwords that there are now: none may be seen anywhere. */
function remember(): void {
  for (const url of [owner(), worker()]) passwords.add(new URL(url).password);
}

async function ask(url: string, text: string): Promise<object[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

const who = `select current_user as name, (select string_agg(line, ' ') from story) as story`;
const signIn = (url: string) => ask(url, who);

/** SQLSTATE of a sign-in. */
const loginOf = (url: string) =>
  ask(url, 'select 1').then(
    () => 'done',
    (error: { code?: string }) => error.code,
  );

/** Runs a block of the page, as an operator would. */
async function run(commands: string, more: Record<string, string> = {}): Promise<string> {
  const psqlrc = join(folder, 'psqlrc');
  writeFileSync(psqlrc, `\\pset format unaligned\n${who};\nselect pg_sleep(0.2);\n`);
  const env = {
    ...manager.environment('operator'),
    ...neon.env,
    NODE_EXTRA_CA_CERTS: clusters.authority,
    PGSSLROOTCERT: clusters.authority,
    PSQLRC: psqlrc,
    HOME: folder,
    NEARCADE_ENVIRONMENTS: process.env.NEARCADE_ENVIRONMENTS ?? '',
    ...more,
  };
  const { code, text } = await runCommands(commands, env);
  expect(code, text).toBe(0);
  printed += text;
  remember();
  return text;
}

describe('at Neon', () => {
  it('a copy of a moment is opened by psql, for its owner, and removed', async () => {
    const text = await run(runbookBlock('restore-the-database', 'look'), { WHEN });
    expect(text).toContain('nearcade_first|then');
    expect(neon.branches.map(({ name }) => name)).toEqual(['empty', 'live']);
    expect(await signIn(owner())).toEqual([{ name: 'nearcade_first', story: 'spoilt' }]);
  });

  let kept: string;
  it('after a restore the owner and the Worker sign in, and what is gone is told with what has to follow', async () => {
    const workerNow = worker();
    expect(new URL(workerNow).username).toBe('nearcade_app_b');
    const text = await run(runbookBlock('restore-the-database', 'restore-at-neon'), { WHEN });
    expect(await signIn(owner())).toEqual([{ name: 'nearcade_first', story: 'then' }]);
    expect(worker()).toBe(workerNow);
    expect(await ask(worker(), 'select name from platforms')).toEqual([{ name: 'nearcade-staging' }]);
    // It was closed by the rotation since, and is again.
    expect(text).toContain('nearcade_app_a was let in then, and is no more, as before.');
    expect(['28P01', '28000']).toContain(await loginOf(workerThen));
    const [a, b] = readMigrations().slice(-2);
    expect(text).toContain(`Gone are the migrations ${a?.tag}, ${b?.tag}, 9997_contract_x, 9998_y, 9999_z`);
    expect(text.split('\n').filter(line => line.includes('git checkout'))).toEqual([
      `  git checkout ${SECOND} && npm run deploy -- --env staging`,
      `  git checkout ${SECOND} && npm run deploy -- --env staging --contract`,
      `  git checkout ${FOURTH} && npm run deploy -- --env staging`,
    ]);
    expect(text).toContain('Maintenance is off, as it was then (nearcade-staging)');
    kept = /is the branch (before-restore-\S+):/.exec(text)?.[1] ?? '';
    expect(neon.branches.find(({ name }) => name === 'live')?.protected).toBe(true);
  });

  it('what was there before is opened by psql too, and can be brought back', async () => {
    expect(await run(runbookBlock('restore-the-database', 'look-at-kept'), { KEPT: kept })).toContain(
      'nearcade_first|spoilt',
    );
    const text = await run(runbookBlock('restore-the-database', 'undo-restore'), { KEPT: kept });
    expect(await signIn(owner())).toEqual([{ name: 'nearcade_first', story: 'spoilt' }]);
    expect(await ask(worker(), 'select maintenance from platforms')).toEqual([{ maintenance: true }]);
    expect(text).not.toContain('Gone are');
    expect(neon.branches.find(({ name }) => name === 'live')?.protected).toBe(true);
  });

  it('a restore that was cut off before anybody was let in says what goes on, and that does', async () => {
    // Of Neon's operations, the one of the owner's password.
    neon.endings.push('finished', 'cancelled');
    await expect(restoreAtNeon(context, { at: new Date(WHEN) })).rejects.toMatchObject({
      code: 'service_failed',
      message: expect.stringMatching(/It is restored, but .*npm run database -- let-in --env staging/),
    });
    expect(await loginOf(owner())).toBe('28P01');
    // Nor was it protected again where its protection was lifted.
    const live = neon.branches.find(({ name }) => name === 'live');
    if (live !== undefined) live.protected = false;
    const text = await run(runbookBlock('restore-the-database', 'let-in'));
    expect(await signIn(owner())).toEqual([{ name: 'nearcade_first', story: 'then' }]);
    expect(await ask(worker(), 'select maintenance from platforms')).toEqual([{ maintenance: false }]);
    expect(live?.protected).toBe(true);
    expect(text).toContain('rotate database-url --env staging --now" ends that.');
    expect(text).toMatch(/It lacks \d{4}_\S+, \d{4}_\S+ of this clone\..*"npm run deploy -- --env staging"/);
  });
});

describe('a restore', () => {
  const live = () => neon.branches.find(({ name }) => name === 'live');

  it('is refused to who may not write secrets, before anything is changed', async () => {
    const before = structuredClone(neon.branches);
    for (const [name, value] of Object.entries(manager.environment('deployer'))) vi.stubEnv(name, value);
    const deployer = { ...context, store: openStore(context.environment) };
    await expect(restoreAtNeon(deployer, { at: new Date(WHEN) })).rejects.toMatchObject({
      code: 'secret_denied',
    });
    for (const [name, value] of Object.entries(manager.environment('operator'))) vi.stubEnv(name, value);
    expect(neon.branches).toEqual(before);
  });

  it('waits for a deploy that is under way', async () => {
    const lock = await takeDeployLock({ url: owner(), holder: 'deploy 0.1.1 by ada' });
    const restored = restoreAtNeon(context, { at: new Date(WHEN) });
    await vi.waitFor(() => expect(told.join('\n')).toContain('Waiting for "deploy 0.1.1 by ada"'), {
      timeout: 60_000,
    });
    const before = structuredClone(live());
    await lock.close();
    await restored;
    expect(live()?.parent_id).not.toBe(before?.parent_id);
  });

  it('of a database that nobody can sign in to says that it could not look, and is done', async () => {
    const wrong = new URL(owner());
    wrong.password = canary();
    manager.set(OWNER, wrong.href);
    await restoreAtNeon(context, { at: new Date(WHEN) });
    expect(told.join('\n')).toMatch(/No lock, and no look at what is there now: .*See that nobody deploys/);
    expect(await signIn(owner())).toEqual([{ name: 'nearcade_first', story: 'then' }]);
  });

  it('lets in the role of a rotation that was cut off, which the Worker may have by now', async () => {
    const current = worker();
    const pending = roleUrl(current, 'a', canary());
    await context.store.put('worker/DATABASE_URL', pending, 'pending');
    await letInCommand(context);
    expect(await loginOf(current)).toBe('done');
    expect(await loginOf(pending)).toBe('done');
    expect(told.join('\n')).toContain('a rotation was cut off');
    passwords.add(new URL(pending).password);
  });

  it('leaves a role alone that somebody made by hand for the Worker, and says so', async () => {
    manager.set(WORKER, owner());
    await letInCommand(context);
    expect(told.join('\n')).toContain('made by hand');
  });
});
