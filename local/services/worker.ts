import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type PlatformPaths, ROOT } from '../paths.ts';
import { freePort } from '../supervise/ports.ts';
import type { Supervisor } from '../supervise/supervisor.ts';
import { waitUntilReady } from '../supervise/wait.ts';
import { writeWranglerConfig } from './wrangler-config.ts';

/** The first start compiles the bundle; on two busy cores that takes its time. */
const READY_TIMEOUT_MS = 90_000;
const STOP_TIMEOUT_MS = 8_000;

export interface WorkerOptions {
  supervisor: Supervisor;
  paths: PlatformPaths;
  /** Address that it listens on. */
  host: string;
  port: number;
  /** What production has as secrets. */
  settings: Readonly<Record<string, string>>;
  signal: AbortSignal;
}

export interface WorkerService {
  /** Origin of API and web app. */
  readonly url: string;
  close(): Promise<void>;
}

/** Runs the control plane and the built web app in workerd by `wrangler dev`, away from any cloud. */
export async function startWorker(options: WorkerOptions): Promise<WorkerService> {
  const { supervisor, paths, host, port, signal } = options;
  const config = writeWranglerConfig(paths.worker);
  const settings = join(paths.worker, 'settings.env');
  rmSync(settings, { force: true });
  writeFileSync(settings, toDotenv(options.settings), { mode: 0o600 });
  mkdirSync(paths.wrangler, { recursive: true });
  const scratch = join(paths.worker, 'tmp');
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(scratch);
  const child = await supervisor.start({
    name: 'worker',
    command: process.execPath,
    args: [
      join(ROOT, 'node_modules', 'wrangler', 'bin', 'wrangler.js'),
      'dev',
      ...['--config', config],
      '--local',
      ...['--ip', host],
      ...['--port', String(port)],
      ...['--inspector-port', String(await freePort())],
      ...['--persist-to', paths.wrangler],
      ...['--env-file', settings],
      '--show-interactive-dev-session=false',
    ],
    cwd: paths.worker,
    env: {
      ...withoutWranglerSettings(process.env),
      CLOUDFLARE_CF_FETCH_ENABLED: 'false',
      WRANGLER_SEND_METRICS: 'false',
      WRANGLER_SEND_ERROR_REPORTS: 'false',
      WRANGLER_HIDE_BANNER: 'true',
      X_LOCAL_EXPLORER: 'false',
      X_LOCAL_OBSERVABILITY: 'false',
      // What wrangler would keep in the home folder.
      WRANGLER_REGISTRY_PATH: join(paths.worker, 'registry'),
      WRANGLER_LOG_PATH: join(paths.worker, 'wrangler-logs'),
      WRANGLER_CACHE_DIR: join(paths.worker, 'cache'),
      XDG_CONFIG_HOME: join(paths.worker, 'config'),
      // What it would leave in /tmp when it is killed.
      TMPDIR: scratch,
      NO_COLOR: '1',
    },
    logFile: join(paths.logs, 'worker.log'),
    stopTimeoutMs: STOP_TIMEOUT_MS,
  });
  const url = `http://${host}:${port}`;
  try {
    const healthy = async () => (await fetch(`${url}/healthz`)).ok;
    await waitUntilReady(child, healthy, { timeoutMs: READY_TIMEOUT_MS, signal });
  } catch (error) {
    await child.stop();
    throw error;
  }
  return { url, close: () => child.stop() };
}

/** What a person's shell may tell wrangler about their own cloud account is not for us. */
function withoutWranglerSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(CLOUDFLARE|WRANGLER|CF)_/.test(name)));
}

/** The dotenv format; single quotes take everything as it is, and none of our values holds one. */
function toDotenv(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name}='${value}'\n`)
    .join('');
}
