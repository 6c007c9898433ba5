import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unstable_getMiniflareWorkerOptions as readWorkerOptions } from 'wrangler';
import { z } from 'zod';
import { ROOT } from '#local/paths.ts';
import { writeWranglerConfig } from '#local/services/wrangler-config.ts';
import { NearcadeError } from '#shared/errors.ts';
import { startWorkerd } from './workerd.ts';

const compatibilitySchema = z.object({
  compatibilityDate: z.string(),
  compatibilityFlags: z.array(z.string()),
});

/** What wrangler reads in wrangler.toml, of which the benchmark tells workerd. */
const optionsSchema = compatibilitySchema.extend({
  bindings: z.record(z.string(), z.string()),
  durableObjects: z.record(z.string(), z.object({ className: z.string() })),
  queueProducers: z.record(z.string(), z.object({ queueName: z.string() })),
  queueConsumers: z.record(
    z.string(),
    z.object({
      maxBatchSize: z.number(),
      maxRetries: z.number(),
      retryDelay: z.number(),
      deadLetterQueue: z.string().optional(),
    }),
  ),
});

export interface RawWorker {
  readonly url: string;
  close(): Promise<void>;
}

export interface ControlPlane extends RawWorker {
  /** Fires the scheduled handler, and waits for it. */
  runCron(): Promise<void>;
}

/**
 * The control plane as it would be deployed: the bundle of `wrangler deploy --dry-run` in workerd alone. Neither the proxy and the
 * rebuilding of `wrangler dev`, which takes ten times as long for each request, nor Miniflare's own Workers, which every request in or out
 * would go through.
 */
export async function startControlPlane(
  folder: string,
  settings: Record<string, string>,
): Promise<ControlPlane> {
  const config = writeWranglerConfig(folder);
  const bundle = join(folder, 'bundle');
  build(config, bundle);
  const options = optionsSchema.parse(readWorkerOptions(config).workerOptions);
  const { compatibilityDate, compatibilityFlags } = options;
  const objects = Object.entries(options.durableObjects);
  const [producer, ...others] = Object.entries(options.queueProducers);
  if (producer === undefined || others.length > 0) throw new Error('the benchmark knows one queue');
  const [binding, { queueName }] = producer;
  const workerd = await startWorkerd(
    join(folder, `workerd-${randomUUID()}`),
    [
      {
        name: 'worker',
        script: join(bundle, 'worker.js'),
        ...{ compatibilityDate, compatibilityFlags },
        text: { ...options.bindings, ...settings },
        objects: Object.fromEntries(objects.map(([name, { className }]) => [name, className])),
        queues: { [binding]: 'queue' },
      },
      {
        name: 'queue',
        script: join(import.meta.dirname, 'queue-worker.js'),
        compatibilityDate,
        compatibilityFlags: ['experimental', 'service_binding_extra_handlers'],
        text: { QUEUE: queueName },
        json: {
          CONSUMERS: Object.entries(options.queueConsumers).map(([queue, consumer]) => ({
            queue,
            ...consumer,
          })),
        },
        services: { WORKER: 'worker' },
      },
    ],
    async origin => (await fetch(`${origin}/healthz`)).ok,
  );
  return {
    url: workerd.origin('worker'),
    async runCron() {
      const answer = await fetch(`${workerd.origin('queue')}/cron`);
      if (!answer.ok) throw new Error(`the cron was answered ${answer.status}: ${await answer.text()}`);
    },
    close: () => workerd.close(),
  };
}

/** A Worker with one Hono route and nothing else: what any route costs at least. */
export async function startBareWorker(folder: string): Promise<RawWorker> {
  const bundle = join(folder, 'bare');
  const options = readWorkerOptions(writeWranglerConfig(folder)).workerOptions;
  const { compatibilityDate, compatibilityFlags } = compatibilitySchema.parse(options);
  const config = join(folder, 'bare.toml');
  const main = join(ROOT, 'e2e/bench/control/bare-worker.ts');
  writeFileSync(config, `name = "bare"\nmain = "${main}"\ncompatibility_date = "${compatibilityDate}"\n`);
  build(config, bundle);
  const workerd = await startWorkerd(
    join(folder, 'workerd-bare'),
    [{ name: 'bare', script: join(bundle, 'bare-worker.js'), compatibilityDate, compatibilityFlags }],
    async origin => (await fetch(`${origin}/read`)).ok,
  );
  return { url: workerd.origin('bare'), close: () => workerd.close() };
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
