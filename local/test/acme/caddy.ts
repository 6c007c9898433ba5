import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type CaddyfileOptions, caddyfile } from '#media-node/image/caddy/caddyfile.ts';
import { Program } from './program.ts';

export interface CaddyOptions extends Omit<CaddyfileOptions, 'dataDir'> {
  /** A folder of its own. */
  dir: string;
  port: number;
  /** A certificate is renewed when less than this part of its life is left; a third when absent. */
  renewAt?: number;
}

const adaptedSchema = z.looseObject({
  apps: z.looseObject({
    http: z.looseObject({ servers: z.looseObject({ srv0: z.looseObject({}) }) }),
    tls: z.looseObject({
      automation: z.looseObject({ policies: z.tuple([z.looseObject({})]) }),
    }),
  }),
});

/** Debian's Caddy with the node's Caddyfile, as it is but for the time of renewal, and that it listens on loopback alone. */
export async function openCaddy({ dir, renewAt, ...options }: CaddyOptions): Promise<Program> {
  const dataDir = join(dir, 'data');
  mkdirSync(dataDir, { recursive: true });
  const [file, config] = [join(dir, 'Caddyfile'), join(dir, 'caddy.json')];
  writeFileSync(file, caddyfile({ ...options, dataDir }));
  const env = { HOME: dir, XDG_DATA_HOME: dataDir, XDG_CONFIG_HOME: dir };
  const adapted = execFileSync('caddy', ['adapt', '--adapter', 'caddyfile', '--config', file], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const parsed = adaptedSchema.parse(JSON.parse(String(adapted)));
  parsed.apps.http.servers.srv0.listen = [`127.0.0.1:${options.port}`];
  if (renewAt !== undefined) parsed.apps.tls.automation.policies[0].renewal_window_ratio = renewAt;
  writeFileSync(config, JSON.stringify(parsed));
  const program = new Program(['caddy', 'run', '--config', config], env);
  await program.says('serving initial configuration');
  return program;
}
