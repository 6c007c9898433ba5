import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import { z } from 'zod';
import type { Environment } from '#deploy/environment.ts';
import { parseWith } from '#shared/errors.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const BASE = join(ROOT, 'wrangler.toml');

const queueSchema = z.looseObject({ queue: z.string(), dead_letter_queue: z.string().optional() });

/** What we read or change of wrangler.toml (node_modules/wrangler/config-schema.json); the rest goes through as it is. */
const configSchema = z.looseObject({
  name: z.string(),
  main: z.string(),
  assets: z.looseObject({ directory: z.string() }),
  vars: z.record(z.string(), z.string()),
  queues: z.looseObject({ producers: z.array(queueSchema), consumers: z.array(queueSchema) }),
  triggers: z.looseObject({ crons: z.array(z.string()) }),
  /** Of Durable Object classes, in order. */
  migrations: z.array(z.looseObject({ tag: z.string() })),
});
export type WranglerConfig = z.infer<typeof configSchema>;

/** wrangler.toml as it stands. Throws `config_invalid`. */
export function baseConfig(): WranglerConfig {
  return parseWith(configSchema, parse(readFileSync(BASE, 'utf8')), 'config_invalid');
}

/**
 * wrangler's configuration for an environment: wrangler.toml with what environments/<name>.json says differs, and its paths made absolute. A
 * queue is called after its Worker: `nearcade-events` of wrangler.toml is `<worker's name>-events`.
 */
export function wranglerConfig(environment: Environment): WranglerConfig {
  const base = baseConfig();
  const { name, vars } = environment.worker;
  const ofWorker = (queue: string) =>
    queue.startsWith(`${base.name}-`) ? name + queue.slice(base.name.length) : queue;
  const renamed = (queue: z.infer<typeof queueSchema>) => ({
    ...queue,
    queue: ofWorker(queue.queue),
    ...(queue.dead_letter_queue === undefined
      ? {}
      : { dead_letter_queue: ofWorker(queue.dead_letter_queue) }),
  });
  return {
    ...base,
    name,
    main: join(ROOT, base.main),
    assets: { ...base.assets, directory: join(ROOT, base.assets.directory) },
    vars: { ...base.vars, ...vars, ...(environment.name === 'local' ? {} : cloudVars(environment)) },
    queues: { producers: base.queues.producers.map(renamed), consumers: base.queues.consumers.map(renamed) },
    ...(environment.name === 'local' ? {} : cloudPlace(environment)),
  };
}

type Cloud = Exclude<Environment, { name: 'local' }>;

/** What the Worker is told that is not its alone: nodes and Terraform go by the same. */
function cloudVars({ publicUrl, node }: Cloud): Record<string, string> {
  return { PUBLIC_URL: publicUrl, NODE_DOMAIN: node.domain };
}

function cloudPlace({ publicUrl, cloudflare }: Cloud) {
  return {
    account_id: cloudflare.accountId,
    routes: [{ pattern: `${new URL(publicUrl).host}/*`, zone_name: cloudflare.zone }],
  };
}

/**
 * Writes an environment's configuration into `folder` and returns where. wrangler keeps its bundle and other scratch files beside the
 * configuration that it reads: this way none lands in the clone.
 */
export function writeWranglerConfig(environment: Environment, folder: string): string {
  return writeConfig(wranglerConfig(environment), folder);
}

/** The same for a configuration that was changed since. */
export function writeConfig(config: WranglerConfig, folder: string): string {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'wrangler.json');
  writeFileSync(file, `${JSON.stringify(config, null, 2)}\n`);
  return file;
}
