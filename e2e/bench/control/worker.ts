import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import { unstable_getMiniflareWorkerOptions as readWorkerOptions } from 'wrangler';
import { ROOT } from '#local/paths.ts';
import { writeWranglerConfig } from '#local/services/wrangler-config.ts';
import { NearcadeError } from '#shared/errors.ts';

type V4WorkerOptions = Omit<Parameters<typeof convertV4MiniflareOptions>[0], 'workers'>;

export interface RawWorker {
  readonly url: string;
  /** Fires the scheduled handler, and waits for it. */
  runCron(): Promise<void>;
  close(): Promise<void>;
}

/**
 * The control plane as it would be deployed: the bundle of `wrangler deploy --dry-run` in workerd, without the proxy and the
 * rebuilding of `wrangler dev`, which takes ten times as long for each request.
 */
export async function startControlPlane(
  folder: string,
  settings: Record<string, string>,
): Promise<RawWorker> {
  const config = writeWranglerConfig(folder);
  const bundle = join(folder, 'bundle');
  build(config, bundle);
  const { bindings, durableObjects, queueProducers, queueConsumers, ...rest } =
    readWorkerOptions(config).workerOptions;
  const { compatibilityDate, compatibilityFlags } = rest;
  return start(
    {
      compatibilityDate,
      compatibilityFlags,
      bindings: { ...(bindings as Record<string, string>), ...settings },
      durableObjects,
      queueProducers,
      queueConsumers,
    },
    join(bundle, 'worker.js'),
  );
}

/** A Worker with one Hono route and nothing else: what any route costs at least. */
export async function startBareWorker(folder: string): Promise<RawWorker> {
  const bundle = join(folder, 'bare');
  const { compatibilityDate, compatibilityFlags } = readWorkerOptions(
    writeWranglerConfig(folder),
  ).workerOptions;
  const config = join(folder, 'bare.toml');
  const main = join(ROOT, 'e2e/bench/control/bare-worker.ts');
  writeFileSync(config, `name = "bare"\nmain = "${main}"\ncompatibility_date = "${compatibilityDate}"\n`);
  build(config, bundle);
  return start({ compatibilityDate, compatibilityFlags }, join(bundle, 'bare-worker.js'));
}

function build(config: string, folder: string): void {
  mkdirSync(folder, { recursive: true });
  const wrangler = join(ROOT, 'node_modules', 'wrangler', 'bin', 'wrangler.js');
  const args = [wrangler, 'deploy', '--dry-run', '--config', config];
  const env = {
    ...process.env,
    WRANGLER_SEND_METRICS: 'false',
    WRANGLER_HIDE_BANNER: 'true',
    WRANGLER_LOG_PATH: join(folder, 'logs'),
  };
  const made = spawnSync(process.execPath, [...args, '--outdir', folder], { encoding: 'utf8', env });
  if (made.status !== 0) throw new NearcadeError('service_failed', `wrangler: ${made.stderr || made.stdout}`);
}

async function start(options: V4WorkerOptions, script: string): Promise<RawWorker> {
  const converted = convertV4MiniflareOptions({
    ...options,
    modules: [{ type: 'ESModule', path: script }],
    host: '127.0.0.1',
    port: 0,
    // Cloudflare's are not on this machine's disk either: a file made and deleted for each would be what is measured.
    unsafeEphemeralDurableObjects: true,
    // A terminal that shows a line for each request would be what is measured.
    handleStructuredLogs: () => {},
  });
  const miniflare = new Miniflare(converted);
  const url = await miniflare.ready;
  return {
    url: url.origin,
    async runCron() {
      const worker = await miniflare.getWorker();
      await worker.scheduled({ cron: '* * * * *' });
    },
    close: () => miniflare.dispose(),
  };
}
