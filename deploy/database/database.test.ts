import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runDeploy } from '#deploy/run-deploy.ts';
import { smokeTest } from '#deploy/smoke/smoke-test.ts';
import { type Staging, startStaging } from '#deploy/testing/harness.ts';
import { accountsApi } from '#shared/api/accounts.ts';
import { backUp } from './backup.ts';
import { fileOf, readManifest } from './backup-format.ts';
import { restore } from './restore.ts';

const ADA = { email: 'ada@example.com', password: 'correct horse battery', displayName: 'Ada "\\\\\t\n' };
const signal = new AbortController().signal;

let staging: Staging;
let folder: string;
let backup: string;
beforeAll(async () => {
  staging = await startStaging();
  folder = mkdtempSync(join(tmpdir(), 'nearcade-backup-'));
  backup = join(folder, 'backup');
  const { context, told } = staging.context('1.0.0+first');
  await runDeploy(context, { dryRun: false, contract: false, signal }).catch(error => {
    throw new Error(told.join('\n'), { cause: error });
  });
  await visitor().call(accountsApi.register, { body: { ...ADA, displayName: 'Ada' } });
  // What COPY has to escape.
  await staging.query(`update users set display_name = E'Ada "\\\\\\t' where email = '${ADA.email}'`);
  await backUp({ url: staging.ownerUrl, environment: 'staging', folder: backup, now: () => new Date() });
});
afterAll(async () => {
  await staging.close();
  rmSync(folder, { recursive: true, force: true });
});

const visitor = () => staging.context('x').context.visitor();
const load = (url: string, from = backup) => restore({ url, folder: from, progress: () => {}, signal });

/** The Worker that serves, on another database: as a deploy with another DATABASE_URL would have it. */
function serveFrom(url: string): void {
  const { account } = staging.cloudflare;
  const { name } = staging.environment.worker;
  const version = account.scripts.get(name)?.versions[0];
  if (version === undefined) throw new Error('nothing is deployed');
  const bindings = version.metadata.bindings.map(binding =>
    binding.name === 'DATABASE_URL' ? { ...binding, text: url } : binding,
  );
  const { id } = account.addVersion(name, { ...version.metadata, bindings }, version.modules);
  account.deploy(name, [{ version_id: id, percentage: 100 }], 'on the restored database');
}

/** Every row of a database, as text, by table; in one question. */
async function everything(url: string): Promise<Record<string, string>> {
  const tables = await staging.query<{ name: string; rows: string }>(
    `select relname as name,
       query_to_xml(format('select t::text as row from public.%I as t order by 1', relname), false, true, '')::text as rows
     from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' order by 1`,
    url,
  );
  return Object.fromEntries(tables.map(({ name, rows }) => [name, rows.trim()]));
}

/** A copy of the backup with a change. */
function changed(name: string, change: (copy: string) => void): string {
  const copy = join(folder, name);
  cpSync(backup, copy, { recursive: true });
  change(copy);
  return copy;
}

describe('a backup', () => {
  it('holds every row, for its owner alone', async () => {
    const manifest = readManifest(backup);
    const [users] = await staging.query<{ count: string }>('select count(*) from users');
    expect(manifest.tables.find(({ name }) => name === 'users')?.rows).toBe(Number(users?.count));
    expect(manifest.migrations.every(({ release }) => release === '1.0.0+first')).toBe(true);
    expect(statSync(backup).mode & 0o77).toBe(0);
    expect(statSync(join(backup, fileOf('users'))).mode & 0o77).toBe(0);
  });

  it('restored into an empty database is the same, row by row, with its references', async () => {
    const url = await staging.newDatabase();
    await load(url);
    expect(await everything(url)).toEqual(await everything(staging.ownerUrl));
    const references = (of: string) =>
      staging.query(
        "select conname, pg_get_constraintdef(oid) from pg_constraint where contype = 'f' order by 1, 2",
        of,
      );
    expect(await references(url)).toEqual(await references(staging.ownerUrl));
    const history = (of: string) =>
      staging.query('select tag, hash, release, applied_at from deploy.migrations order by tag', of);
    expect(await history(url)).toEqual(await history(staging.ownerUrl));
  });

  it('restored serves the platform: who had an account signs in', async () => {
    const url = await staging.newDatabase();
    await load(url);
    serveFrom(url);
    const { user } = await visitor().call(accountsApi.login, {
      body: { email: ADA.email, password: ADA.password },
    });
    expect(user.displayName).toBe('Ada "\\\t');
    await smokeTest({ visitor: visitor(), version: undefined, sleep: async () => {}, signal });
    const signIns = await staging.query<{ count: string }>('select count(*) from sign_ins', url);
    expect(Number(signIns[0]?.count)).toBeGreaterThan(1);
  });

  it('is refused by a database that is not empty, which stays as it is', async () => {
    const before = await everything(staging.ownerUrl);
    await expect(load(staging.ownerUrl)).rejects.toMatchObject({
      code: 'backup_invalid',
      message: expect.stringContaining('not empty'),
    });
    expect(await everything(staging.ownerUrl)).toEqual(before);
  });

  it.each<[string, (copy: string) => void, RegExp]>([
    ['without its manifest', copy => rmSync(join(copy, 'manifest.json')), /no whole backup/],
    ['without a file', copy => rmSync(join(copy, fileOf('users'))), /ENOENT/],
    [
      'cut off',
      copy => writeFileSync(join(copy, fileOf('users')), gzipSync('')),
      /users\.copy\.gz is not what was backed up/,
    ],
    [
      'changed',
      copy => {
        const text = gunzipSync(readFileSync(join(copy, fileOf('users')))).toString();
        writeFileSync(join(copy, fileOf('users')), gzipSync(text.replace('Ada', 'Eve')));
      },
      /not what was backed up/,
    ],
    [
      'of another release',
      copy => {
        const file = join(copy, 'manifest.json');
        writeFileSync(file, readFileSync(file, 'utf8').replace('"0000_first"', '"0000_other"'));
      },
      /0000_other of 1\.0\.0\+first.*from a clone of that release/,
    ],
  ])('%s is refused, and nothing of it is kept', async (name, change, message) => {
    const url = await staging.newDatabase();
    await expect(load(url, changed(name, change))).rejects.toMatchObject({
      code: 'backup_invalid',
      message: expect.stringMatching(message),
    });
    for (const rows of Object.values(await everything(url))) expect(rows).toBe('');
  });

  it('that fails leaves no folder that looks like one', async () => {
    const target = join(folder, 'empty');
    const url = await staging.newDatabase();
    const made = backUp({ url, environment: 'staging', folder: target, now: () => new Date() });
    await expect(made).rejects.toMatchObject({ code: 'backup_invalid' });
    expect(existsSync(target)).toBe(false);
  });
});
