import { spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openDeploySecrets } from '#deploy/deploy-secrets.ts';
import { takeDeployLock } from '#deploy/migrations/lock.ts';
import { runDeploy } from '#deploy/run-deploy.ts';
import { Visitor } from '#deploy/smoke/visitor.ts';
import { type Staging, startStaging } from '#deploy/testing/harness.ts';
import { NEARCADE_DIR, ROOT } from '#local/paths.ts';
import { filesWith } from '#secrets/testing/files-with.ts';
import { ProcessWatch } from '#secrets/testing/process-watch.ts';
import { SecretsManagerStandIn } from '#secrets/testing/secrets-manager.ts';
import { accountsApi } from '#shared/api/accounts.ts';
import { catalogApi } from '#shared/api/catalog.ts';
import { myAccountApi } from '#shared/api/my-account.ts';
import { runbookBlock } from '../../docs/runbook/blocks.ts';
import { canary } from './testing/fill.ts';
import { servingSecrets } from './testing/worker.ts';

/**
 * The runbook's page, on staging with real Postgres and Worker that serve players all the while; and at its end a search for every
 * text that was a secret at any time in all that any user of the machine, or reader of a log, could see of it.
 */

const idOf = (name: string) => `nearcade/staging/${name}`;

let staging: Staging;
let manager: SecretsManagerStandIn;
let watch: ProcessWatch;
let players: Players;
/** All that the commands have printed. */
let printed = '';
/** Every text that was a secret at any time. */
const texts = new Set<string>();

beforeAll(async () => {
  watch = new ProcessWatch();
  staging = await startStaging();
  for (const name of ['home', 'tmp']) mkdirSync(join(staging.folder, name), { recursive: true });
  await staging.query('alter role nearcade createrole', staging.services.data.postgres.adminUrl);
  manager = await SecretsManagerStandIn.open('staging');
  for (const [name, text] of Object.entries(staging.secrets)) {
    if (!['DATABASE_URL', 'SIGNING_JWKS', 'NODE_REGISTRATION_KEY'].includes(name)) {
      manager.set(idOf(`worker/${name}`), text);
    }
  }
  manager.set(idOf('worker/DNS_API_TOKEN'), canary());
});
afterAll(async () => {
  await players?.stop();
  await staging?.close();
  await manager?.close();
});

/** Ours without what `npm test` tells the programs that it starts: an npm of theirs would keep to its cache. */
function ownEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')));
}

/** Runs one line of the runbook as it stands there, with `typed` on its standard input. */
async function run(line: string, typed = ''): Promise<void> {
  noteTexts();
  const child = spawn('bash', ['-euo', 'pipefail', '-c', line], {
    cwd: ROOT,
    env: {
      ...ownEnvironment(),
      ...staging.cloudflare.env,
      ...manager.environment('operator'),
      HOME: join(staging.folder, 'home'),
      TMPDIR: join(staging.folder, 'tmp'),
      PATH: `${join(ROOT, 'node_modules', '.bin')}:${process.env.PATH}`,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  child.stdin.end(typed);
  const code = await new Promise(resolve => child.once('close', resolve));
  printed += said;
  noteTexts();
  if (code !== 0) throw new Error(`${line} ended with ${code}: ${said}`);
}

/** A block's lines one after the other, each with its own on its standard input. */
async function runLines(commands: string, typed: readonly string[] = []): Promise<void> {
  const lines = commands.trim().split('\n');
  for (const [index, line] of lines.entries()) await run(line, typed[index]);
}

/** A key list's parts are secrets of their own, and so is a password within an address. */
function noteTexts(): void {
  for (const text of manager.texts()) {
    texts.add(text);
    for (const [part] of text.matchAll(/(?<="d":")[\w-]{43}|(?<=:\/\/\w+:)[^@]+(?=@)/g)) texts.add(part);
    if (/^[^{["]+,[^{["]+$/.test(text)) for (const part of text.split(',')) texts.add(part);
  }
}

/** Players who look at the games and change their names, each one thing after the other: reads and writes that have to go through. */
class Players {
  readonly refused: string[] = [];
  served = 0;
  #isOver = false;
  readonly #rows: Promise<void>[];

  constructor(visitor: Visitor, count: number) {
    this.#rows = Array.from({ length: count }, () => this.#play(visitor));
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#rows);
  }

  async #play(visitor: Visitor): Promise<void> {
    const { accessToken: token } = await visitor.call(accountsApi.guest, { body: { displayName: 'Ada' } });
    for (let turn = 0; !this.#isOver; turn++) {
      await this.#count(visitor.call(catalogApi.list, { query: {} }, { token }));
      await this.#count(
        visitor.call(myAccountApi.rename, { body: { displayName: `Ada ${turn}` } }, { token }),
      );
      // No more than one player may do (edge/http/acts.ts).
      await sleep(200);
    }
  }

  async #count(call: Promise<unknown>): Promise<void> {
    try {
      await call;
      this.served++;
    } catch (error) {
      this.refused.push(String(error));
    }
  }
}

const canSignIn = async (url: string) =>
  staging.query('select 1 from users limit 1', url).then(
    () => true,
    (error: { code?: string }) => error.code ?? 'no code',
  );

describe('an empty environment', () => {
  it('gets its secrets, and its first deploy brings them to the Worker', async () => {
    await run('npm run secrets -- set database-owner-url --env staging', `${staging.ownerUrl}\n`);
    await runLines(runbookBlock('first-deploy', 'first-secrets'));
    expect(printed).toContain('Every secret of staging is there.');

    for (const [name, value] of Object.entries(manager.environment('deployer'))) vi.stubEnv(name, value);
    const secrets = openDeploySecrets(staging.environment);
    const { context, told } = staging.context('1.0.0+first', { secrets });
    await runDeploy(context, { dryRun: false, contract: false, signal: new AbortController().signal });
    vi.unstubAllEnvs();
    printed += told.join('\n');
    expect(servingSecrets(staging.cloudflare).DATABASE_URL).toContain('nearcade_app_a');
    players = new Players(new Visitor(staging.cloudflare.publicUrl, staging.environment.worker.name), 3);
    await expect.poll(() => players.served).toBeGreaterThan(5);
  });
});

describe('while players play, without a request that fails', () => {
  const playOn = async () => {
    const { served } = players;
    await expect.poll(() => players.served).toBeGreaterThan(served + 10);
    expect(players.refused).toEqual([]);
  };

  it("the database's password is changed, and the old one is good no more in the end", async () => {
    const old = servingSecrets(staging.cloudflare).DATABASE_URL ?? '';
    await runLines(runbookBlock('rotate-a-secret', 'database'));
    const young = servingSecrets(staging.cloudflare).DATABASE_URL ?? '';
    expect(young).toContain('nearcade_app_b');
    expect([await canSignIn(old), await canSignIn(young)]).toEqual([true, true]);
    await playOn();
    await runLines(runbookBlock('rotate-a-secret', 'leaked'));
    expect([await canSignIn(old), await canSignIn(young)]).toEqual(['28P01', true]);
    await playOn();
  });

  it('keys and what others give out are changed', async () => {
    await runLines(runbookBlock('rotate-a-secret', 'signing-keys'));
    expect(printed).toContain('1 of 3: the new key is known and does not sign yet.');
    await runLines(runbookBlock('rotate-a-secret', 'fleet-key'));
    expect(printed).toContain('2 of 3: nodes are given the new key');
    const [id, key] = [canary(), canary()];
    // A deploy that has read the old ones would bring them back: the last line waits for it.
    const lock = await takeDeployLock({ url: staging.ownerUrl, holder: 'deploy by ada' });
    const given = runLines(runbookBlock('rotate-a-secret', 'given'), [`${id}\n`, `${key}\n`]);
    const waiting = () => staging.query("select 1 from pg_locks where locktype = 'advisory' and not granted");
    await expect.poll(waiting).toHaveLength(1);
    expect(servingSecrets(staging.cloudflare).SES_ACCESS_KEY_ID).not.toBe(id);
    await lock.close();
    await given;
    expect(printed).toContain('Waiting for "deploy by ada"');
    const { SES_ACCESS_KEY_ID, SES_SECRET_ACCESS_KEY } = servingSecrets(staging.cloudflare);
    expect([SES_ACCESS_KEY_ID, SES_SECRET_ACCESS_KEY]).toEqual([id, key]);
    await runLines(runbookBlock('rotate-a-secret', 'look'));
    expect(printed).toMatch(/ok +worker\/SES_ACCESS_KEY_ID +there, changed/);
    await playOn();
  });
});

it('nothing of a secret was to be seen: in what was printed, errors included, in logs, scratch files, the clone, the home of who ran it, in process lists', async () => {
  manager.garble(100);
  await expect(run('npm run secrets -- push --env staging')).rejects.toThrow(/secrets_unreachable/);
  await players.stop();
  // The name of this staging's account at its object store, which is no secret here.
  const all = [...texts].filter(text => text !== staging.secrets.SAVES_S3_ACCESS_KEY_ID);
  expect(all.length).toBeGreaterThan(20);
  expect(all.filter(text => printed.includes(text))).toEqual([]);
  expect(watch.end(all)).toMatchObject({ hits: [] });
  // npm's own logs show that the home was one that is searched.
  expect(existsSync(join(staging.folder, 'home', '.npm', '_logs'))).toBe(true);
  const places = [join(NEARCADE_DIR, 'deploy'), join(NEARCADE_DIR, 'logs'), staging.folder];
  expect(filesWith(all, places)).toEqual([]);
  // The services of this test keep their own in `.nearcade`, as a platform does.
  expect(filesWith(all, [ROOT], ['.git', '.nearcade', 'node_modules'])).toEqual([]);
  expect(
    filesWith(
      all,
      ['.cache', '.mf'].map(name => join(ROOT, 'node_modules', name)),
    ),
  ).toEqual([]);
});
