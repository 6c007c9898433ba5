import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { NATIVE_HELPER } from '#media-node/encode/build-native.ts';
import { GAMES_BUILD_DIR } from '../../games/install.ts';
import { type PlatformPaths, ROOT } from '../paths.ts';
import type { Child, ChildExit } from '../supervise/child.ts';
import type { Supervisor } from '../supervise/supervisor.ts';
import { waitUntilReady } from '../supervise/wait.ts';

/** Displays, sound and rooms are made ready before it registers. */
const READY_TIMEOUT_MS = 60_000;

/** On top of the time that players get to finish. */
const STOP_MARGIN_MS = 15_000;

export interface MediaNodeOptions {
  supervisor: Supervisor;
  paths: PlatformPaths;
  /** Address that players reach it at. */
  host: string;
  edgeUrl: string;
  /** To see that it has registered. */
  databaseUrl: string;
  slots: number;
  /** Seconds that players get to finish when it is told to end. */
  drainSeconds: number;
  /** 0: any. */
  signalPort: number;
  /** First uid of its slots: two nodes on one machine must not share any. */
  uidBase: number;
  /** Any other field of its configuration file (media-node/config.ts). */
  config: Readonly<Record<string, unknown>>;
  signal: AbortSignal;
}

export interface MediaNode {
  readonly pid: number;
  readonly exited: Promise<ChildExit>;
  /** Sends it a signal and waits until it is gone, with all it started. */
  stop(signal: NodeJS.Signals): Promise<ChildExit>;
  close(): Promise<void>;
}

/** The id that the local node registers with. */
export const LOCAL_NODE_ID = 'local-1';

/** Starts the media node and waits until the control plane counts it as ready. */
export async function startMediaNode(options: MediaNodeOptions): Promise<MediaNode> {
  const { supervisor, paths, signal } = options;
  mkdirSync(paths.node, { recursive: true });
  // Its slots' own users must get there, so it is not in the clone; and not left there when the node is killed.
  const runtimeDir = mkdtempSync(join(tmpdir(), 'nearcade-node-'));
  chmodSync(runtimeDir, 0o711);
  const config = { ...configuration(options), runtimeDir, ...options.config };
  const file = join(paths.node, 'config.json');
  writeFileSync(file, `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 });
  const before = await registrationOf(options.databaseUrl);
  const child: Child = await supervisor.start({
    name: 'media node',
    command: process.execPath,
    args: [join(ROOT, 'media-node', 'main.ts'), '--config', file],
    cwd: ROOT,
    env: process.env,
    logFile: join(paths.logs, 'media-node.log'),
    stopTimeoutMs: options.drainSeconds * 1000 + STOP_MARGIN_MS,
  });
  void child.exited.then(() => rmSync(runtimeDir, { recursive: true, force: true }));
  const registered = async () => {
    const now = await registrationOf(options.databaseUrl);
    return now !== undefined && now.bootId !== before?.bootId && now.state === 'ready';
  };
  try {
    await waitUntilReady(child, registered, { timeoutMs: READY_TIMEOUT_MS, signal });
  } catch (error) {
    await child.stop();
    throw error;
  }
  return {
    pid: child.pid,
    exited: child.exited,
    async stop(name) {
      void child.stop(name);
      return child.exited;
    },
    close: () => child.stop(),
  };
}

function configuration(options: MediaNodeOptions): Record<string, unknown> {
  const { paths, host } = options;
  return {
    nodeId: LOCAL_NODE_ID,
    region: 'local',
    edgeUrl: options.edgeUrl,
    signal: { host, port: options.signalPort, publicUrl: `ws://${host}:{port}/` },
    rtc: { listenIp: host },
    slots: options.slots,
    dataDir: join(paths.node, 'data'),
    gamesDir: join(ROOT, 'games'),
    gamesBuildDir: GAMES_BUILD_DIR,
    mediaHelper: NATIVE_HELPER,
    uidBase: options.uidBase,
    secrets: { kind: 'files', dir: join(paths.secrets, 'node') },
    drainSeconds: options.drainSeconds,
    metrics: { port: 0 },
  };
}

async function registrationOf(databaseUrl: string): Promise<{ bootId: string; state: string } | undefined> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ bootId: string; state: string }>(
      'select boot_id as "bootId", state from nodes where id = $1 and lease_expires_at > now()',
      [LOCAL_NODE_ID],
    );
    return rows[0];
  } finally {
    await client.end();
  }
}
