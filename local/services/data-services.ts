import { join } from 'node:path';
import type { PlatformPaths } from '../paths.ts';
import type { Supervisor } from '../supervise/supervisor.ts';
import { runMigrations } from './migrations.ts';
import { type NeonShim, startNeonShim } from './neon-shim/neon-shim.ts';
import { type ObjectStoreServer, startObjectStore } from './object-store/object-store.ts';
import { type Postgres, startPostgres } from './postgres.ts';
import { type RedisServer, startRedis } from './redis.ts';
import type { Secrets } from './secrets.ts';
import { startUpstashShim, type UpstashShim } from './upstash-shim/upstash-shim.ts';

/** Ports of the data services; a missing one is any that is free. */
export interface DataPorts {
  postgres?: number;
  redis?: number;
  neon?: number;
  upstash?: number;
  objects?: number;
}

export interface DataServices {
  readonly postgres: Postgres;
  readonly redis: RedisServer;
  readonly neon: NeonShim;
  readonly upstash: UpstashShim;
  /** Where saved games lie. */
  readonly objectStore: ObjectStoreServer;
  /** Ends them, last first. Idempotent. */
  close(): Promise<void>;
}

export interface DataServicesOptions {
  supervisor: Supervisor;
  paths: PlatformPaths;
  secrets: Secrets;
  ports?: DataPorts;
  durable?: boolean;
  signal: AbortSignal;
  /** Told what is being started. */
  progress?: (what: string) => void;
}

/** Starts Postgres (migrated) and Redis, each with the shim that the Worker reaches it through, and an object store. */
export async function startDataServices(options: DataServicesOptions): Promise<DataServices> {
  const { supervisor, paths, secrets, signal, ports = {}, progress = () => {} } = options;
  const stack = new AsyncDisposableStack();
  const own = <T extends { close(): Promise<void> }>(service: T): T =>
    stack.adopt(service, ({ close }) => close());
  try {
    progress('PostgreSQL');
    const postgres = own(
      await startPostgres({
        supervisor,
        dataDir: paths.postgres,
        logFile: join(paths.logs, 'postgres.log'),
        passwords: { admin: secrets.postgresAdmin, app: secrets.postgres },
        ...(ports.postgres === undefined ? {} : { port: ports.postgres }),
        durable: options.durable ?? true,
        signal,
      }),
    );
    progress('Redis');
    const redis = own(
      await startRedis({
        supervisor,
        dataDir: paths.redis,
        logFile: join(paths.logs, 'redis.log'),
        password: secrets.redis,
        ...(ports.redis === undefined ? {} : { port: ports.redis }),
        signal,
      }),
    );
    progress('Neon and Upstash shims');
    const neon = own(
      await startNeonShim({
        postgresPort: postgres.port,
        postgresSocketDir: postgres.socketDir,
        ...(ports.neon === undefined ? {} : { port: ports.neon }),
      }),
    );
    const upstash = own(
      await startUpstashShim({
        redis,
        token: secrets.upstashToken,
        ...(ports.upstash === undefined ? {} : { port: ports.upstash }),
      }),
    );
    progress('object store');
    const objectStore = own(
      await startObjectStore({
        folder: paths.objects,
        secretAccessKey: secrets.objectStoreKey,
        ...(ports.objects === undefined ? {} : { port: ports.objects }),
      }),
    );
    progress('database migrations');
    await runMigrations(postgres.url);
    return { postgres, redis, neon, upstash, objectStore, close: () => stack.disposeAsync() };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}
