import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { NearcadeError, parseWith } from '#shared/errors.ts';
import { MACHINE_SLOTS_MAX } from '#shared/limits.ts';
import { acmeSettingsSchema } from './caddy/acme-settings.ts';

/**
 * /etc/nearcade/boot.json: what a machine is told when it is made (terraform/modules/node-boot), by cloud-init. No secret: instance metadata
 * show it to every program. What the machine learns by itself only comes with configure.ts.
 */
export const bootSchema = acmeSettingsSchema.extend({
  environment: z.string().min(1).max(32),
  /** As the edge calls it: first part of the node's id. */
  region: z.string().regex(/^[a-z0-9-]{1,32}$/, 'a region as the edge calls it'),
  edgeUrl: z.url({ protocol: /^https?$/ }),
  /** The node's public name is `<node id>.<domain>`. */
  domain: z.hostname(),
  /** Where Secrets Manager has what a node may read, and under which prefix. */
  secrets: z.strictObject({ region: z.string().min(1), prefix: z.string().min(1) }),
  /** The most sessions at a time. */
  slots: z.int().min(1).max(MACHINE_SLOTS_MAX),
  drainSeconds: z.number().min(0),
  release: z.object({
    url: z.string().min(1),
    sha256: z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 in hex'),
  }),
  autoScalingGroup: z.string().min(1).max(255).nullish(),
  /** At an instance's end. */
  lifecycleHook: z.string().min(1).max(255).nullish(),
  /** At its start. */
  bootHook: z.string().min(1).max(255).nullish(),
  /** Where the logs go (media-node/logs); none: they stay in the machine's journal. */
  logGroup: z.string().min(1).max(512).nullish(),
  /** Further fields of the node's configuration (media-node/config.ts), which come last: prestart, codec, where its secrets are ... */
  node: z.record(z.string(), z.unknown()).default({}),
});
export type BootConfig = z.infer<typeof bootSchema>;

/** Throws `config_invalid`, naming each wrong field. */
export async function loadBootConfig(file: string): Promise<BootConfig> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw new NearcadeError('config_invalid', `${file} cannot be read: ${String(cause)}`, { cause });
  }
  return parseWith(bootSchema, json, 'config_invalid');
}
