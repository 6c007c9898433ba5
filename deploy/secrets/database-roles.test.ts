import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestPostgres, type TestPostgres } from '#deploy/testing/postgres.ts';
import { NEARCADE_DIR } from '#local/paths.ts';
import { filesWith } from '#secrets/testing/files-with.ts';
import { closeRole, isOpen, openRole, roleUrl, turnOf } from './database-roles.ts';
import { canary } from './testing/fill.ts';

let postgres: TestPostgres;
let owner: string;
const passwords: string[] = [];

beforeAll(async () => {
  postgres = await startTestPostgres();
  owner = await postgres.newDatabase();
  await postgres.query(owner, 'create table before (id int)');
});
afterAll(() => postgres?.close());

function newUrl(turn: 'a' | 'b'): string {
  const password = canary();
  passwords.push(password);
  return roleUrl(owner, turn, password);
}

const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'done',
    (error: { code?: string }) => error.code,
  );

it('an owner who may make no roles is told so, and no password gets into the log of Postgres', async () => {
  await expect(openRole(owner, newUrl('a'))).rejects.toMatchObject({
    code: 'service_failed',
    message: expect.stringContaining('42501'),
  });
  await postgres.query(postgres.adminUrl, 'create role nearcade_app nologin');
  await postgres.query(postgres.adminUrl, 'create role nearcade_app_a login');
  await expect(openRole(owner, newUrl('a'))).rejects.toMatchObject({ code: 'service_failed' });
  await postgres.query(postgres.adminUrl, 'drop role nearcade_app_a; drop role nearcade_app');
  const folders = readdirSync(NEARCADE_DIR).filter(name => name.startsWith('test-postgres-'));
  expect(folders.length).toBeGreaterThan(0);
  const paths = folders.map(name => join(NEARCADE_DIR, name));
  expect(filesWith(passwords, paths, ['data'])).toEqual([]);
});

it("the Worker's roles read and write rows, also of tables that come later, and nothing else", async () => {
  await postgres.query(postgres.adminUrl, 'alter role nearcade createrole');
  const url = newUrl('a');
  expect(turnOf(url)).toBe('a');
  expect(turnOf(owner)).toBeUndefined();
  await openRole(owner, url);
  await openRole(owner, url);
  await postgres.query(owner, 'create table later (id serial)');
  for (const table of ['before', 'later']) {
    await postgres.query(url, `insert into ${table} values (1)`);
    await postgres.query(url, `update ${table} set id = 2`);
    expect(await postgres.query(url, `delete from ${table} returning id`)).toEqual([{ id: 2 }]);
  }
  const refused = ['create table mine (id int)', 'drop table before', 'truncate before', 'create role x'];
  for (const statement of refused)
    expect(await code(postgres.query(url, statement)), statement).toBe('42501');
});

it('a role is let in with its newest password alone, and no more when it is closed', async () => {
  const [old, young] = [newUrl('b'), newUrl('b')];
  await openRole(owner, old);
  await openRole(owner, young);
  expect(await code(postgres.query(old, 'select 1'))).toBe('28P01');
  expect(await code(postgres.query(young, 'select 1'))).toBe('done');
  expect(await isOpen(owner, 'b')).toBe(true);
  await closeRole(owner, 'b');
  await closeRole(owner, 'b');
  expect(await isOpen(owner, 'b')).toBe(false);
  expect(['28P01', '28000']).toContain(await code(postgres.query(young, 'select 1')));
});
