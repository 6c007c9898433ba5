import { neon, neonConfig, Pool } from '@neondatabase/serverless';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServices, type TestServices } from '../../test/services.ts';

let services: TestServices;
let url: string;

beforeAll(async () => {
  services = await startTestServices();
  url = services.data.postgres.url;
  neonConfig.fetchEndpoint = services.data.neon.fetchEndpoint;
  neonConfig.wsProxy = services.data.neon.wsProxy;
  neonConfig.useSecureWebSocket = false;
  await neon(
    url,
  )`create table notes (id int primary key, text text, data bytea, at timestamptz default now())`;
});
afterAll(() => services?.close());

const withPassword = (password: string) => {
  const other = new URL(url);
  other.password = password;
  return other.href;
};

/** A pool whose refused connections fail the queries that wanted them, and nothing else. */
function quietPool(connectionString: string): Pool {
  const pool = new Pool({ connectionString, connectionTimeoutMillis: 3_000 });
  pool.on('error', () => {});
  return pool;
}

describe('SQL over HTTP, by the Neon driver', () => {
  it('carries values of every kind both ways', async () => {
    const sql = neon(url);
    const bytes = Buffer.from([0, 1, 0x5c, 0xff, 0x27]);
    const at = new Date('2026-02-03T04:05:06.789Z');
    await sql`insert into notes values (${1}, ${'Ünï "q" \\ 🎮'}, ${bytes}, ${at})`;
    const [row] = await sql`select * from notes where id = ${1}`;
    expect(row).toEqual({ id: 1, text: 'Ünï "q" \\ 🎮', data: bytes, at });
    const [kinds] =
      await sql`select null as n, true as b, 9007199254740993::bigint as big, '{1,2}'::int[] as a,
      '{"x":[1,null]}'::jsonb as j, 'NaN'::float8 as f, ${['a', 'b,c']}::text[] as t`;
    expect(kinds).toEqual({
      n: null,
      b: true,
      big: '9007199254740993',
      a: [1, 2],
      j: { x: [1, null] },
      f: Number.NaN,
      t: ['a', 'b,c'],
    });
  });

  it('says what Postgres said', async () => {
    const sql = neon(url, { fullResults: true });
    await sql`insert into notes values (10, 'first')`;
    const again = sql`insert into notes values (10, 'second')`;
    await expect(again).rejects.toMatchObject({
      code: '23505',
      severity: 'ERROR',
      constraint: 'notes_pkey',
      detail: 'Key (id)=(10) already exists.',
      table: 'notes',
    });
    const update = await sql`update notes set text = 'x' where id = 10`;
    expect(update).toMatchObject({ command: 'UPDATE', rowCount: 1 });
    await expect(sql`select syntax error here`).rejects.toMatchObject({ code: '42601' });
  });

  it('refuses a wrong password, and several statements in one query', async () => {
    await expect(neon(withPassword('wrong'))`select 1`).rejects.toMatchObject({ code: '28P01' });
    await expect(neon(url).query('select 1; select 2')).rejects.toMatchObject({ code: '42601' });
  });

  it('runs a batch as one transaction, at the wanted isolation level', async () => {
    const sql = neon(url);
    const failing = sql.transaction([
      sql`insert into notes values (20, 'kept?')`,
      sql`insert into notes values (20, 'twice')`,
    ]);
    await expect(failing).rejects.toMatchObject({ code: '23505' });
    expect(await sql`select id from notes where id = 20`).toEqual([]);
    const [level, readOnly] = await sql.transaction(
      [sql`show transaction_isolation`, sql`show transaction_read_only`],
      { isolationLevel: 'Serializable', readOnly: true },
    );
    expect([level, readOnly]).toEqual([
      [{ transaction_isolation: 'serializable' }],
      [{ transaction_read_only: 'on' }],
    ]);
  });

  it('leaves nothing of a session to the next query', async () => {
    const sql = neon(url);
    await sql`begin`;
    await sql`set application_name = 'leak'`;
    await sql`select pg_advisory_lock(7)`;
    const names = await Promise.all(Array.from({ length: 12 }, () => sql`show application_name`));
    expect(names.flat().map(row => row.application_name)).not.toContain('leak');
    const locks = await sql`select count(*)::int as n from pg_locks where locktype = 'advisory'`;
    expect(locks).toEqual([{ n: 0 }]);
  });

  it('serves many queries at once', async () => {
    const sql = neon(url);
    const sums = await Promise.all(Array.from({ length: 100 }, (_, i) => sql`select ${i}::int + 1 as n`));
    expect(sums.flat().map(row => row.n)).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
  });
});

describe('Postgres over a WebSocket, by the Neon driver', () => {
  it('runs an interactive transaction', async () => {
    const pool = new Pool({ connectionString: url });
    const client = await pool.connect();
    await client.query('begin');
    await client.query('insert into notes values ($1, $2)', [30, 'x'.repeat(300_000)]);
    const inside = await client.query('select length(text) as n from notes where id = 30');
    expect(inside.rows).toEqual([{ n: 300_000 }]);
    await client.query('rollback');
    client.release();
    expect((await pool.query('select 1 from notes where id = 30')).rowCount).toBe(0);
    await pool.end();
  });

  it('refuses a wrong password and any other port', async () => {
    const wrong = quietPool(withPassword('wrong'));
    await expect(wrong.query('select 1')).rejects.toMatchObject({ code: '28P01' });
    const elsewhere = new URL(url);
    elsewhere.port = String(services.data.redis.port);
    const pool = quietPool(elsewhere.href);
    await expect(pool.query('select 1')).rejects.toThrow();
  });
});

describe('the Postgres behind it', () => {
  it('takes the password by SCRAM only, and gives the platform no superuser', async () => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const { rows } = await client.query('select rolsuper from pg_roles where rolname = current_user');
    expect(rows).toEqual([{ rolsuper: false }]);
    await client.end();
    await expect(new pg.Client({ connectionString: withPassword('wrong') }).connect()).rejects.toMatchObject({
      code: '28P01',
    });
  });
});
