import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { CloudEnvironment } from '#deploy/environment.ts';
import { NearcadeError } from '#shared/errors.ts';
import { writeWranglerConfig } from './config.ts';

const BIN = join(import.meta.dirname, '..', '..', 'node_modules', 'wrangler', 'bin', 'wrangler.js');

/** wrangler's last lines tell what went wrong. */
const ERROR_LINES = 8;

export interface SecretBulkOptions {
  environment: CloudEnvironment;
  /** For wrangler's configuration and scratch files. */
  folder: string;
  /** CLOUDFLARE_API_TOKEN comes from here. */
  env: NodeJS.ProcessEnv;
  signal?: AbortSignal | undefined;
}

/**
 * Hands secrets to the real wrangler as JSON over its standard input: they are in no argument, no file and no variable, and wrangler writes
 * no log. They serve at once, as a version of their own, which Cloudflare refuses while the newest version is not the one that serves. Throws
 * `deploy_failed` with wrangler's last lines.
 */
export async function secretBulk(
  secrets: Readonly<Record<string, string>>,
  { environment, folder, env, signal }: SecretBulkOptions,
): Promise<void> {
  const config = writeWranglerConfig(environment, folder);
  mkdirSync(join(folder, 'tmp'), { recursive: true });
  const child = spawn(process.execPath, [BIN, 'secret', 'bulk', '--config', config], {
    cwd: folder,
    // Ctrl-C reaches us alone.
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      ...env,
      CI: 'true',
      NO_COLOR: '1',
      WRANGLER_SEND_METRICS: 'false',
      WRANGLER_SEND_ERROR_REPORTS: 'false',
      WRANGLER_HIDE_BANNER: 'true',
      // A log would hold what is asked of Cloudflare, secrets blacked out or not.
      WRANGLER_WRITE_LOGS: 'false',
      WRANGLER_LOG: 'log',
      WRANGLER_LOG_SANITIZE: 'true',
      WRANGLER_LOG_PATH: join(folder, 'logs'),
      WRANGLER_CACHE_DIR: join(folder, 'cache'),
      XDG_CONFIG_HOME: join(folder, 'config'),
      TMPDIR: join(folder, 'tmp'),
    },
  });
  const stop = () => child.kill('SIGTERM');
  signal?.addEventListener('abort', stop, { once: true });
  let told = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      told += text;
    });
  }
  // A wrangler that ends before it has read everything says why itself.
  child.stdin.on('error', () => {});
  child.stdin.end(JSON.stringify(secrets));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  }).finally(() => signal?.removeEventListener('abort', stop));
  signal?.throwIfAborted();
  if (code !== 0)
    throw new NearcadeError('deploy_failed', `wrangler secret bulk: ${lastLines(told, secrets)}`);
}

/** The end of what wrangler said. Whatever it quotes, no value gets further than here. */
function lastLines(text: string, secrets: Readonly<Record<string, string>>): string {
  const lines = stripVTControlCharacters(text)
    .split('\n')
    .filter(line => line.trim() !== '');
  return Object.values(secrets).reduce(
    (clean, value) => clean.replaceAll(value, '***'),
    lines.slice(-ERROR_LINES).join('\n'),
  );
}
