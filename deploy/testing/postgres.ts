import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { NEARCADE_DIR } from '#local/paths.ts';
import { startPostgres } from '#local/services/postgres.ts';
import { Supervisor } from '#local/supervise/supervisor.ts';

export interface TestPostgres {
  /** Of the superuser. */
  readonly adminUrl: string;
  /** A new, empty database of the platform's role: its connection string. */
  newDatabase(): Promise<string>;
  /** Asks a database. */
  query<Row extends object>(url: string, text: string): Promise<Row[]>;
  close(): Promise<void>;
}

/** The real Postgres, with as many databases as a test likes. */
export async function startTestPostgres(): Promise<TestPostgres> {
  mkdirSync(NEARCADE_DIR, { recursive: true });
  const dataDir = mkdtempSync(join(NEARCADE_DIR, 'test-postgres-'));
  const supervisor = new Supervisor(join(dataDir, 'run.json'));
  const password = () => randomBytes(16).toString('hex');
  const postgres = await startPostgres({
    supervisor,
    dataDir: join(dataDir, 'data'),
    logFile: join(dataDir, 'postgres.log'),
    passwords: { admin: password(), app: password() },
    durable: false,
    signal: new AbortController().signal,
  });
  const ask = async <Row extends object>(url: string, text: string) => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      return (await client.query<Row>(text)).rows;
    } finally {
      await client.end();
    }
  };
  let made = 0;
  return {
    adminUrl: postgres.adminUrl,
    async newDatabase() {
      const name = `test_${made++}`;
      await ask(postgres.adminUrl, `create database ${name} owner nearcade`);
      const url = new URL(postgres.url);
      url.pathname = `/${name}`;
      return url.href;
    },
    query: ask,
    async close() {
      await postgres.close();
      await supervisor.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
