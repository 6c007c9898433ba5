import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { z } from 'zod';
import { NearcadeError } from '#shared/errors.ts';

const BIN = join(import.meta.dirname, '..', '..', 'node_modules', 'wrangler', 'bin', 'wrangler.js');

/** What wrangler notes down of a command for other programs (WRANGLER_OUTPUT_FILE_PATH), one JSON object a line. */
const outputSchema = z.looseObject({ type: z.string(), version_id: z.string().nullish() });

/** wrangler's last lines tell what went wrong; more than these is help text. */
const ERROR_LINES = 15;

/** Milliseconds that a stopped wrangler has to end. */
const STOP_MS = 5_000;

export interface Wrangler {
  /**
   * Runs the real wrangler with these arguments and the environment's configuration; returns what it has printed. Throws `deploy_failed` with
   * its last lines.
   */
  run(args: readonly string[], signal?: AbortSignal): Promise<string>;
  /** The same for a command that reads secrets, as JSON, from its standard input. None of them is in what is thrown. */
  runWithSecrets(
    args: readonly string[],
    secrets: Readonly<Record<string, string>>,
    signal?: AbortSignal,
  ): Promise<string>;
  /** The same for a command that makes a version: the version's id. */
  upload(args: readonly string[], signal?: AbortSignal): Promise<string>;
}

export interface WranglerOptions {
  /** Its configuration file. */
  config: string;
  /** For its logs, cache and scratch files. */
  folder: string;
  /** CLOUDFLARE_API_TOKEN comes from here. */
  env: NodeJS.ProcessEnv;
}

/** wrangler as a program of its own, away from anybody's terminal: Ctrl-C reaches us alone, and we say when it ends. */
export function openWrangler({ config, folder, env }: WranglerOptions): Wrangler {
  const output = join(folder, 'output.ndjson');
  mkdirSync(join(folder, 'tmp'), { recursive: true });
  const start = (args: readonly string[], { signal, secrets }: Start) => {
    signal?.throwIfAborted();
    rmSync(output, { force: true });
    const place = { folder, output, env };
    return runProgram([BIN, ...args, '--config', config], place, { signal, secrets });
  };
  const run = (args: readonly string[], signal?: AbortSignal) => start(args, { signal });
  return {
    run,
    runWithSecrets: (args, secrets, signal) => start(args, { signal, secrets }),
    async upload(args, signal) {
      await run(args, signal);
      const lines = readFileSync(output, 'utf8').trim().split('\n');
      const made = lines
        .map(line => outputSchema.parse(JSON.parse(line)))
        .find(({ type }) => type === 'version-upload' || type === 'deploy');
      if (typeof made?.version_id === 'string') return made.version_id;
      throw new NearcadeError('deploy_failed', `wrangler ${args[0]} has told no version`);
    },
  };
}

interface Start {
  signal?: AbortSignal | undefined;
  /** For its standard input. */
  secrets?: Readonly<Record<string, string>> | undefined;
}

function runProgram(
  args: readonly string[],
  { folder, output, env }: { folder: string; output: string; env: NodeJS.ProcessEnv },
  { signal, secrets }: Start,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: folder,
      detached: true,
      stdio: [secrets === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      env: {
        ...env,
        CI: 'true',
        // Reading wrangler's fifteen megabytes anew is a part of each command.
        NODE_COMPILE_CACHE: env.NODE_COMPILE_CACHE ?? join(folder, 'compiled'),
        NO_COLOR: '1',
        WRANGLER_SEND_METRICS: 'false',
        WRANGLER_SEND_ERROR_REPORTS: 'false',
        WRANGLER_HIDE_BANNER: 'true',
        WRANGLER_OUTPUT_FILE_PATH: output,
        // A log would hold what is asked of Cloudflare, and with it secrets.
        WRANGLER_WRITE_LOGS: 'false',
        WRANGLER_LOG: 'log',
        WRANGLER_LOG_SANITIZE: 'true',
        WRANGLER_LOG_PATH: join(folder, 'logs'),
        WRANGLER_CACHE_DIR: join(folder, 'cache'),
        XDG_CONFIG_HOME: join(folder, 'config'),
        TMPDIR: join(folder, 'tmp'),
      },
    });
    let printed = '';
    let told = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
      told += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      told += text;
    });
    // A wrangler that ends before it has read everything says why itself.
    child.stdin?.on('error', () => {});
    child.stdin?.end(JSON.stringify(secrets));
    let killer: NodeJS.Timeout | undefined;
    const stop = () => {
      child.kill('SIGTERM');
      killer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    };
    signal?.addEventListener('abort', stop, { once: true });
    child.once('error', reject);
    child.once('close', code => {
      clearTimeout(killer);
      signal?.removeEventListener('abort', stop);
      if (signal?.aborted === true) reject(signal.reason);
      else if (code === 0) resolve(printed);
      else {
        const command = `wrangler ${args.slice(1, 3).join(' ')}`;
        reject(new NearcadeError('deploy_failed', `${command}: ${without(lastLines(told), secrets)}`));
      }
    });
  });
}

function lastLines(text: string): string {
  const lines = stripVTControlCharacters(text)
    .split('\n')
    .filter(line => line.trim() !== '');
  return lines.slice(-ERROR_LINES).join('\n');
}

/** Whatever wrangler quotes, no value gets further than here. */
function without(text: string, secrets: Readonly<Record<string, string>> = {}): string {
  return Object.values(secrets).reduce((clean, value) => clean.replaceAll(value, '***'), text);
}
