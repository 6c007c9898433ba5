import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { loadEnvironment } from '#deploy/environment.ts';
import { NearcadeError } from '#shared/errors.ts';
import { NEARCADE_DIR, type PlatformPaths, platformPaths } from './paths.ts';
import { seed } from './seed.ts';
import { type CronTicker, startCron } from './services/cron.ts';
import { type DataPorts, startDataServices } from './services/data-services.ts';
import { type MediaNode, startMediaNode } from './services/media-node.ts';
import type { Postgres } from './services/postgres.ts';
import type { RedisServer } from './services/redis.ts';
import { loadSecrets } from './services/secrets.ts';
import { freeUidBase } from './services/slot-uids.ts';
import { startWorker } from './services/worker.ts';
import { workerSettings } from './services/worker-settings.ts';
import { readCrons } from './services/wrangler-config.ts';
import type { ChildExit } from './supervise/child.ts';
import { takeLock } from './supervise/lock.ts';
import { freePort } from './supervise/ports.ts';
import { endLeftovers } from './supervise/run-record.ts';
import { Supervisor } from './supervise/supervisor.ts';

export interface PlatformPorts extends DataPorts {
  /** Web app and API. */
  web?: number;
  /** The media node's WebSocket. */
  signal?: number;
}

export interface PlatformOptions {
  /** A platform of that name in `.nearcade/run/<name>`, begun anew; only its logs stay. For tests. */
  name?: string;
  /** Else: where its data lies and stays. */
  dataDir?: string;
  /** Address that browsers reach all of it at. Default 127.0.0.1. */
  host?: string;
  /** A missing one is any that is free. */
  ports?: PlatformPorts;
  /** Sessions at the same time. Default: that of environments/local.json. */
  slots?: number;
  /** Seconds that players get to finish when the node is told to end. */
  drainSeconds?: number;
  /** False: without a media node of its own, for a test that brings one. */
  withNode?: boolean;
  /** More fields of the media node's configuration (media-node/config.ts). */
  nodeConfig?: Readonly<Record<string, unknown>>;
  /** More settings of the Worker (edge/env.ts). */
  workerSettings?: Readonly<Record<string, string>>;
  /** Told what is being started. */
  progress?: (what: string) => void;
  /** Stops a start that is under way; a platform that is up is ended by `close()`. */
  signal?: AbortSignal;
}

export interface Platform {
  /** Origin of web app and API. */
  readonly baseUrl: string;
  /** Postgres connection string of the platform's role. */
  readonly databaseUrl: string;
  readonly paths: PlatformPaths;
  /** The running media node, or the last that ran; 0 without one. */
  readonly nodePid: number;
  /** Resolves with the reason when a part ends that nobody asked to end. Never rejects. */
  readonly failed: Promise<NearcadeError>;
  /** Sends the media node a signal and waits until it has ended, with all it started. */
  stopNode(signal?: NodeJS.Signals): Promise<ChildExit>;
  /** Starts the media node again after `stopNode`. */
  startNode(): Promise<void>;
  /** The data services can be stopped and started again, to see what the platform does without them. */
  readonly postgres: Pick<Postgres, 'stop' | 'start'>;
  readonly redis: Pick<RedisServer, 'stop' | 'start'>;
  /** Fires the Worker's crons now, and waits for them. */
  runCrons(): Promise<void>;
  /** Ends everything, the last started first. Idempotent. */
  close(): Promise<void>;
}

/** What differs on this machine; its node lets players finish for seconds only, since a Ctrl-C should not take minutes. */
const LOCAL = loadEnvironment('local');

/** Brings the whole platform up, in order; what was started is ended again when a part fails or `signal` is aborted. */
export async function startPlatform(options: PlatformOptions = {}): Promise<Platform> {
  const { name, host = '127.0.0.1', ports = {}, slots = LOCAL.node.slots, progress = () => {} } = options;
  const signal = options.signal ?? new AbortController().signal;
  const dataDir = options.dataDir ?? join(NEARCADE_DIR, ...(name === undefined ? [] : ['run', name]));
  const paths = platformPaths(dataDir);
  mkdirSync(dataDir, { recursive: true });
  const stack = new AsyncDisposableStack();
  const own = <T extends { close(): Promise<void> }>(part: T): T => {
    stack.defer(() => part.close());
    return part;
  };
  try {
    const lock = await takeLock(dataDir, 'platform');
    if (lock === undefined) {
      throw new NearcadeError(
        'already_running',
        `A platform runs in ${dataDir} already: stop it first, or use its page.`,
      );
    }
    own(lock);
    await endLeftovers(paths.runFile);
    if (name !== undefined) {
      wipe(paths);
      stack.defer(async () => wipe(paths));
    }
    const supervisor = own(new Supervisor(paths.runFile));
    const secrets = await loadSecrets(paths.secrets);
    const data = own(
      await startDataServices({
        supervisor,
        paths,
        secrets,
        ports,
        durable: name === undefined,
        signal,
        progress,
      }),
    );
    progress('catalogue and demo accounts');
    await seed(data.postgres.url);
    progress('Worker');
    const webPort = ports.web ?? (await freePort());
    const worker = own(
      await startWorker({
        supervisor,
        paths,
        host,
        port: webPort,
        settings: { ...workerSettings(data, secrets, publicUrl(host, webPort)), ...options.workerSettings },
        signal,
      }),
    );
    const cron: CronTicker = own(
      startCron({
        workerUrl: worker.url,
        crons: readCrons(),
        onError: error => console.error(error instanceof Error ? error.message : error),
      }),
    );
    const startNode = () =>
      startMediaNode({
        supervisor,
        paths,
        host,
        edgeUrl: worker.url,
        databaseUrl: data.postgres.url,
        slots,
        drainSeconds: options.drainSeconds ?? LOCAL.node.drainSeconds,
        signalPort: ports.signal ?? 0,
        uidBase: freeUidBase(dataDir),
        // Tests run beside each other: what one machine carries is not what they are about.
        config: { ...(options.name === undefined ? {} : { cpuBudget: 'measured' }), ...options.nodeConfig },
        signal,
      });
    let node: MediaNode | undefined;
    if (options.withNode ?? true) {
      progress('media node');
      node = own(await startNode());
    }
    signal.throwIfAborted();
    return {
      baseUrl: worker.url,
      databaseUrl: data.postgres.url,
      paths,
      get nodePid() {
        return node?.pid ?? 0;
      },
      failed: supervisor.failed,
      async stopNode(signal = 'SIGTERM') {
        if (node === undefined) throw new NearcadeError('service_failed', 'This platform has no node');
        return node.stop(signal);
      },
      async startNode() {
        node = own(await startNode());
      },
      postgres: data.postgres,
      redis: data.redis,
      runCrons: () => cron.runAll(),
      close: () => stack.disposeAsync(),
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

/** By its name where it has one: browsers take passkeys of a name only (W3C WebAuthn, 5.1.2). */
function publicUrl(host: string, port: number): string {
  return `http://${host === '127.0.0.1' ? 'localhost' : host}:${port}`;
}

/** Removes a platform's data, but neither its logs nor anything that was built. */
export function wipe(paths: PlatformPaths): void {
  for (const path of [
    paths.postgres,
    paths.redis,
    paths.objects,
    paths.wrangler,
    paths.worker,
    paths.node,
    paths.secrets,
  ]) {
    rmSync(path, { recursive: true, force: true });
  }
}
