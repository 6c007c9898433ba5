import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestPostgres, type TestPostgres } from '#deploy/testing/postgres.ts';
import { type Migration, makeMigration, readMigrations } from './files.ts';
import { migrate, type Phase, tryMigrations } from './migrate.ts';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startTestPostgres();
});
afterAll(() => postgres.close());

const FIRST = makeMigration('0000_first', 'create table players (id int primary key, name text)');
const second = (text: string, tag = '0001_second') => makeMigration(tag, text);

/** A run of these migrations, and what it has told. */
async function run(
  url: string,
  migrations: readonly Migration[],
  phase: Phase = 'expand',
  more: object = {},
) {
  const lines: string[] = [];
  const options = {
    url,
    migrations,
    phase,
    release: '1.0.0+test',
    progress: (line: string) => lines.push(line),
    signal: new AbortController().signal,
    lockTimeoutMs: 50,
    pausesMs: [0],
    ...more,
  };
  const plan = await migrate(options);
  return { plan, lines, options };
}

/** A database that has the first migration. */
async function oldDatabase(): Promise<string> {
  const url = await postgres.newDatabase();
  await run(url, [FIRST]);
  return url;
}

const columns = async (url: string) =>
  (
    await postgres.query<{ name: string }>(
      url,
      "select column_name as name from information_schema.columns where table_name = 'players' order by 1",
    )
  ).map(({ name }) => name);
const history = (url: string) =>
  postgres.query<{ tag: string; release: string }>(
    url,
    'select tag, release from deploy.migrations order by tag',
  );

/** A transaction of somebody else that holds the table until `end`. */
async function holdTable(url: string) {
  const client = new pg.Client({ connectionString: url, application_name: 'a long report' });
  await client.connect();
  await client.query('begin');
  await client.query('lock table players in access share mode');
  return { end: () => client.end() };
}

describe('migrations', () => {
  it('bring an empty database to the newest, once, and note which release has applied what', async () => {
    const url = await postgres.newDatabase();
    const migrations = readMigrations();
    const { plan } = await run(url, migrations);
    expect(plan).toMatchObject({ isNew: true, later: [] });
    expect(await history(url)).toEqual(migrations.map(({ tag }) => ({ tag, release: '1.0.0+test' })));
    const again = await run(url, migrations);
    expect(again.plan.now).toEqual([]);
  });

  it('take over what an earlier release had noted in the way of drizzle', async () => {
    const url = await oldDatabase();
    const migration = { ...FIRST, when: 1_795_286_448_269 };
    await postgres.query(
      url,
      `drop schema deploy cascade; create schema drizzle;
       create table drizzle.__drizzle_migrations (id serial, hash text, created_at bigint);
       insert into drizzle.__drizzle_migrations (hash, created_at) values ('x', ${migration.when})`,
    );
    await run(url, [migration, second('alter table players add column age int')]);
    expect(await history(url)).toEqual([
      { tag: '0000_first', release: 'drizzle' },
      { tag: '0001_second', release: '1.0.0+test' },
    ]);
  });

  it('refuse what would break the version that serves, and change nothing', async () => {
    const url = await oldDatabase();
    const unsafe = second(
      'alter table players add column age int;\n--> statement-breakpoint\nalter table players drop column name',
    );
    await expect(run(url, [FIRST, unsafe])).rejects.toMatchObject({
      code: 'migration_unsafe',
      message: expect.stringMatching(
        /0001_second: alter table players drop column name\n.*drops players\.name/,
      ),
    });
    expect(await columns(url)).toEqual(['id', 'name']);
  });

  it('leave contract migrations until they are asked for', async () => {
    const url = await oldDatabase();
    const add = second('alter table players add column age int');
    const drop = second('alter table players drop column name', '0002_contract_name');
    const expand = await run(url, [FIRST, add, drop]);
    expect(expand.plan.later.map(({ tag }) => tag)).toEqual(['0002_contract_name']);
    expect(await columns(url)).toEqual(['age', 'id', 'name']);

    const beyond = second('alter table players add column level int', '0003_level');
    await expect(run(url, [FIRST, add, drop, beyond])).rejects.toMatchObject({
      code: 'migration_unsafe',
      message: expect.stringContaining('0002_contract_name, which waits for --contract'),
    });

    await run(url, [FIRST, add, drop], 'contract');
    expect(await columns(url)).toEqual(['age', 'id']);
    await run(url, [FIRST, add, drop, beyond]);
    expect(await columns(url)).toEqual(['age', 'id', 'level']);
  });

  it('never take away before what is new is deployed', async () => {
    const url = await oldDatabase();
    const drop = second('alter table players drop column name', '0002_contract_name');
    const add = second('alter table players add column age int');
    await expect(run(url, [FIRST, add, drop], 'contract')).rejects.toMatchObject({
      code: 'migration_unsafe',
    });
    expect(await columns(url)).toEqual(['id', 'name']);
  });

  it('shown by a dry run with the locks that each statement takes, leave the database as it was', async () => {
    const url = await oldDatabase();
    const migrations = [
      FIRST,
      second(
        'alter table players add column age int;\n--> statement-breakpoint\ncreate table scores (id int)',
      ),
      second('create index concurrently players_age on players (age)', '0002_index'),
    ];
    const lines: string[] = [];
    await tryMigrations({
      url,
      migrations,
      phase: 'expand',
      release: 'x',
      progress: line => lines.push(line.trim()),
      signal: new AbortController().signal,
    });
    expect(lines).toEqual([
      '0001_second: alter table players add column age int',
      expect.stringMatching(/^AccessExclusiveLock on players \(\d+ KiB\)$/),
      '0001_second: create table scores (id int)',
      '0002_index: create index concurrently players_age on players (age)',
      expect.stringContaining('not tried'),
    ]);
    expect(await columns(url)).toEqual(['id', 'name']);
    expect(await history(url)).toHaveLength(1);
  });

  it('that would hold players up for longer are not tried on a database that serves', async () => {
    const url = await oldDatabase();
    const text = 'alter table players add column age int;\n--> statement-breakpoint\nselect pg_sleep(600)';
    const { options } = await run(url, [FIRST]);
    const tried = tryMigrations({ ...options, migrations: [FIRST, second(text)], rehearsalMs: 50 });
    await expect(tried).rejects.toMatchObject({
      code: 'migration_failed',
      message: expect.stringMatching(/a dry run may hold its locks for 50 ms.*database -- branch/),
    });
    expect(await columns(url)).toEqual(['id', 'name']);
  });

  it('that fail in the middle leave nothing of themselves, and those before them stay', async () => {
    const url = await oldDatabase();
    const good = second('alter table players add column age int');
    const bad = second(
      'alter table players add column level int;\n--> statement-breakpoint\nselect 1/0',
      '0002_bad',
    );
    await expect(run(url, [FIRST, good, bad])).rejects.toMatchObject({
      code: 'migration_failed',
      message: '0002_bad: division by zero. Nothing of it was kept.',
    });
    expect(await columns(url)).toEqual(['age', 'id', 'name']);
    expect((await history(url)).map(({ tag }) => tag)).toEqual(['0000_first', '0001_second']);
  });

  it('wait for a lock shortly, try again, and get it when it is free', async () => {
    const url = await oldDatabase();
    const report = await holdTable(url);
    const lines: string[] = [];
    const done = run(url, [FIRST, second('alter table players add column age int')], 'expand', {
      pausesMs: Array.from({ length: 200 }, () => 10),
      progress: (line: string) => {
        lines.push(line);
        // After the first try that has failed.
        if (lines.length === 1) void report.end();
      },
    });
    await done;
    expect(lines[0]).toContain('a lock is held by "a long report" (pid ');
    expect(await columns(url)).toEqual(['age', 'id', 'name']);
  });

  it('give up in the end, saying who holds the lock', async () => {
    const url = await oldDatabase();
    const report = await holdTable(url);
    try {
      await expect(run(url, [FIRST, second('alter table players add column age int')])).rejects.toMatchObject(
        {
          code: 'migration_failed',
          message: expect.stringMatching(
            /held by "a long report" \(pid \d+, idle in transaction.*Nothing of it was kept/,
          ),
        },
      );
      expect(await columns(url)).toEqual(['id', 'name']);
    } finally {
      await report.end();
    }
  });

  it('build an index concurrently, again after a try that left an invalid one', async () => {
    const url = await oldDatabase();
    await postgres.query(url, "insert into players values (1, 'same'), (2, 'same')");
    const index = second('create unique index concurrently players_name on players (name)');
    await expect(run(url, [FIRST, index])).rejects.toMatchObject({
      code: 'migration_failed',
      message: expect.stringContaining('It can be done again.'),
    });
    await postgres.query(url, "update players set name = 'other' where id = 2");
    await run(url, [FIRST, index]);
    expect(
      await postgres.query(
        url,
        "select indisvalid from pg_index where indexrelid = 'players_name'::regclass",
      ),
    ).toEqual([{ indisvalid: true }]);
    expect((await history(url)).map(({ tag }) => tag)).toEqual(['0000_first', '0001_second']);
  });

  it('refuse a database of a newer release, unless they were deployed there before, or whose migrations were changed since', async () => {
    const url = await oldDatabase();
    await expect(run(url, [])).rejects.toMatchObject({
      code: 'migrations_diverged',
      message: expect.stringContaining('0000_first (of 1.0.0+test)'),
    });
    // What it does not know only adds.
    expect((await run(url, [], 'expand', { knownHere: true })).plan.now).toEqual([]);
    const changed = makeMigration('0000_first', 'create table players (id bigint primary key)');
    await expect(run(url, [changed])).rejects.toMatchObject({ code: 'migrations_diverged' });
  });

  it("refuse Neon's pooler and tell no password when the database is away", async () => {
    const pooled = run('postgres://u:geheim@ep-x-pooler.eu.aws.neon.tech/db', [FIRST]);
    await expect(pooled).rejects.toMatchObject({ code: 'config_invalid' });
    const away = await run('postgres://u:geheim@127.0.0.1:1/db', [FIRST]).catch((error: unknown) => error);
    expect(away).toMatchObject({ code: 'service_failed' });
    expect(String(away)).not.toContain('geheim');
  });
});
