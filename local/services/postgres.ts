import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { NearcadeError } from '#shared/errors.ts';
import { ROOT } from '../paths.ts';
import type { ChildSpec } from '../supervise/child.ts';
import { freePort } from '../supervise/ports.ts';
import { isRunning, processInfo, signalProcess } from '../supervise/processes.ts';
import { startServer } from '../supervise/server.ts';
import type { Supervisor } from '../supervise/supervisor.ts';
import { waitUntilReady } from '../supervise/wait.ts';
import { hydrateLibraries, POSTGRES_BIN } from './postgres-binaries.ts';

/** Where the Neon shim connects from: loopback, with a rule of its own in pg_hba.conf (see `hbaRules`). */
export const NEON_SHIM_ADDRESS = '127.0.0.2';

/** The platform's role and database; the role owns the database and is no superuser, as on Neon. */
const APP_ROLE = 'nearcade';
const APP_DATABASE = 'nearcade';
const ADMIN_ROLE = 'postgres';

const READY_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 10_000;

export interface PostgresOptions {
  supervisor: Supervisor;
  dataDir: string;
  logFile: string;
  passwords: { admin: string; app: string };
  /** Default: a free one. */
  port?: number;
  /** False for tests: a crash of the machine may then cost data. Default true. */
  durable?: boolean;
  signal: AbortSignal;
}

/** How Postgres names its Unix socket, with the port, and the lock beside it. */
const SOCKET_PREFIX = '.s.PGSQL.';

/** Bytes that the path of a Unix socket may have (unix(7): 108 with the NUL at its end). */
const SOCKET_PATH_MAX = 107;

export interface Postgres {
  readonly port: number;
  /** The folder of its Unix socket, which costs both ends far less than TCP; undefined where its path would be too long. */
  readonly socketDir: string | undefined;
  /** Connection string of the platform's role. */
  readonly url: string;
  /** Connection string of the superuser. */
  readonly adminUrl: string;
  /** Ends the server; `start` brings it back with its data, at the same port. For tests of an outage. */
  stop(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

/** Starts the PostgreSQL server that the npm package holds, on loopback; makes the data folder the first time. */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const { supervisor, dataDir, passwords, signal } = options;
  hydrateLibraries();
  const run = unprivileged();
  if (!existsSync(join(dataDir, 'PG_VERSION'))) initialise(dataDir, passwords.admin, run);
  await clearStalePid(dataDir);
  writeFileSync(join(dataDir, 'pg_hba.conf'), hbaRules());
  const port = options.port ?? (await freePort());
  const socketPath = join(dataDir, `${SOCKET_PREFIX}${port}`);
  const fits = Buffer.byteLength(socketPath) <= SOCKET_PATH_MAX && !dataDir.includes('"');
  const socketDir = fits ? dataDir : undefined;
  const settings = [
    ['listen_addresses', '127.0.0.1'],
    ['port', String(port)],
    ['unix_socket_directories', socketDir === undefined ? '' : `"${socketDir}"`],
    ['shared_buffers', '32MB'],
    ['max_connections', '100'],
    ['timezone', 'UTC'],
    ['log_timezone', 'UTC'],
    ...(options.durable === false
      ? [
          ['fsync', 'off'],
          ['synchronous_commit', 'off'],
          ['full_page_writes', 'off'],
        ]
      : []),
  ].flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const spec: ChildSpec = {
    name: 'postgres',
    ...run(join(POSTGRES_BIN, 'postgres'), ['-D', dataDir, ...settings]),
    cwd: dataDir,
    env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8' },
    logFile: options.logFile,
    // "Fast": open connections are cut; SIGTERM would wait for their clients (postgres(1)).
    stopSignal: 'SIGINT',
    stopTimeoutMs: STOP_TIMEOUT_MS,
  };
  const urlOf = (role: string, password: string, database: string) =>
    `postgresql://${role}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`;
  const adminUrl = urlOf(ADMIN_ROLE, passwords.admin, 'postgres');
  const server = await startServer(supervisor, spec, async child => {
    await waitUntilReady(child, () => answers(adminUrl), { timeoutMs: READY_TIMEOUT_MS, signal });
    await ensureRoleAndDatabase(adminUrl, passwords.app);
  });
  return { port, socketDir, url: urlOf(APP_ROLE, passwords.app, APP_DATABASE), adminUrl, ...server };
}

type Run = (command: string, args: readonly string[]) => { command: string; args: readonly string[] };

/**
 * PostgreSQL refuses to run as root. As root it runs in a user namespace where our own user is called "nobody": it is
 * not root there, and the files stay ours, so the clone may lie in a folder that no other user can enter.
 */
function unprivileged(): Run {
  if (process.getuid?.() !== 0) return (command, args) => ({ command, args });
  const map = ['--user', '--map-user=65534', '--map-group=65534', '--'];
  const probe = spawnSync('unshare', [...map, 'true'], { encoding: 'utf8' });
  if (probe.status !== 0) {
    throw new NearcadeError(
      'service_failed',
      `PostgreSQL can't run as root and this machine allows no user namespaces (${probe.stderr.trim()}): run as an ordinary user.`,
    );
  }
  return (command, args) => ({ command: 'unshare', args: [...map, command, ...args] });
}

/** Makes the data folder beside its place and moves it there when it is whole: an interrupted first start does no harm. */
function initialise(dataDir: string, password: string, run: Run): void {
  const draft = `${dataDir}.new`;
  const passwordFile = `${dataDir}.password`;
  rmSync(draft, { recursive: true, force: true });
  rmSync(dataDir, { recursive: true, force: true });
  mkdirSync(dirname(dataDir), { recursive: true });
  writeFileSync(passwordFile, password, { mode: 0o600 });
  try {
    const { command, args } = run(join(POSTGRES_BIN, 'initdb'), [
      `--pgdata=${draft}`,
      `--username=${ADMIN_ROLE}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      // The platform sorts by bytes; a locale would tie the data to this machine's C library.
      '--no-locale',
    ]);
    const made = spawnSync(command, args, { cwd: ROOT, encoding: 'utf8', env: { PATH: process.env.PATH } });
    if (made.status !== 0) {
      throw new NearcadeError(
        'service_failed',
        `PostgreSQL could not make its data folder ${dataDir}: ${made.stderr.trim()}`,
      );
    }
  } finally {
    rmSync(passwordFile, { force: true });
  }
  renameSync(draft, dataDir);
  chmodSync(dataDir, 0o700);
}

/** How long a server that an earlier, killed run left behind may take to end. */
const LEFTOVER_POLLS = 100;
const LEFTOVER_POLL_MS = 50;

/**
 * postmaster.pid of a server that was killed stops the next one when its number belongs to another process by now.
 * A server that still runs on our folder is ended; the file of any other is removed.
 */
async function clearStalePid(dataDir: string): Promise<void> {
  const file = join(dataDir, 'postmaster.pid');
  if (!existsSync(file)) return removeSockets(dataDir);
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
  const info = Number.isInteger(pid) && pid > 0 ? processInfo(pid) : undefined;
  if (info !== undefined && commandLine(pid).includes(dataDir)) {
    for (const stop of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
      signalProcess(pid, stop);
      for (let poll = 0; poll < LEFTOVER_POLLS && isRunning(pid, info.startTime); poll++) {
        await new Promise(resolve => setTimeout(resolve, LEFTOVER_POLL_MS));
      }
    }
  }
  rmSync(file, { force: true });
  removeSockets(dataDir);
}

/** The lock beside a socket stops the next server like postmaster.pid. */
function removeSockets(dataDir: string): void {
  if (!existsSync(dataDir)) return;
  for (const name of readdirSync(dataDir)) if (name.startsWith(SOCKET_PREFIX)) rmSync(join(dataDir, name));
}

function commandLine(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

/**
 * Everybody proves the password by SCRAM. The Neon driver's WebSocket sends it in clear text before it is asked
 * (its `pipelineConnect`, safe inside TLS on Neon), so the shim's own loopback address is asked for it that way.
 */
function hbaRules(): string {
  return `local all all scram-sha-256\nhost all all ${NEON_SHIM_ADDRESS}/32 password\nhost all all 127.0.0.0/8 scram-sha-256\n`;
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  try {
    await client.connect();
    return true;
  } finally {
    await client.end().catch(() => {});
  }
}

async function ensureRoleAndDatabase(adminUrl: string, password: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const role = await client.query('select 1 from pg_roles where rolname = $1', [APP_ROLE]);
    const verb = role.rowCount === 0 ? 'create' : 'alter';
    await client.query(`${verb} role ${APP_ROLE} login password ${client.escapeLiteral(password)}`);
    const database = await client.query('select 1 from pg_database where datname = $1', [APP_DATABASE]);
    if (database.rowCount === 0) await client.query(`create database ${APP_DATABASE} owner ${APP_ROLE}`);
  } finally {
    await client.end();
  }
}
