import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { NearcadeError } from '#shared/errors.ts';
import type { ChildSpec } from '../supervise/child.ts';
import { freePort } from '../supervise/ports.ts';
import { startServer } from '../supervise/server.ts';
import type { Supervisor } from '../supervise/supervisor.ts';
import { waitUntilReady } from '../supervise/wait.ts';

/**
 * Debian's one Redis program goes by what it is called. `redis-server` is a link in a package that also starts a
 * system service; `redis-tools` has the program itself under this name and starts nothing.
 */
const PROGRAM = '/usr/bin/redis-check-rdb';

const READY_TIMEOUT_MS = 10_000;

export interface RedisServer {
  readonly port: number;
  readonly password: string;
  /** Ends the server; `start` brings it back at the same port. For tests of an outage. */
  stop(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

export interface RedisOptions {
  supervisor: Supervisor;
  dataDir: string;
  logFile: string;
  password: string;
  /** Default: a free one. */
  port?: number;
  signal: AbortSignal;
}

/** Starts Redis on loopback with a password. What it holds are hints: a snapshot now and then is enough. */
export async function startRedis(options: RedisOptions): Promise<RedisServer> {
  const { supervisor, dataDir, password, signal } = options;
  if (!existsSync(PROGRAM)) {
    throw new NearcadeError('service_failed', `Redis is missing (${PROGRAM}): apt-get install redis-tools.`);
  }
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const program = join(dataDir, 'redis-server');
  rmSync(program, { force: true });
  symlinkSync(PROGRAM, program);
  const port = options.port ?? (await freePort());
  // In a file: the command line is for everybody to read.
  const config = join(dataDir, 'redis.conf');
  const lines = [
    'bind 127.0.0.1',
    `port ${port}`,
    `requirepass ${password}`,
    `dir ${JSON.stringify(dataDir)}`,
    'save 60 1',
    'appendonly no',
    'daemonize no',
  ];
  writeFileSync(config, `${lines.join('\n')}\n`, { mode: 0o600 });
  const spec: ChildSpec = {
    name: 'redis',
    command: program,
    args: [config],
    cwd: dataDir,
    env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8' },
    logFile: options.logFile,
  };
  const server = await startServer(supervisor, spec, child =>
    waitUntilReady(child, () => answers(port, password), { timeoutMs: READY_TIMEOUT_MS, signal }),
  );
  return { port, password, ...server };
}

async function answers(port: number, password: string): Promise<boolean> {
  const client = new Redis({
    host: '127.0.0.1',
    port,
    password,
    lazyConnect: true,
    protocol: 2,
    retryStrategy: () => null,
  });
  client.on('error', () => {});
  try {
    await client.connect();
    return (await client.ping()) === 'PONG';
  } finally {
    client.disconnect();
  }
}
