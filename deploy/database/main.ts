import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { loadEnvironment } from '#deploy/environment.ts';
import { openStore } from '#deploy/secrets/context.ts';
import { stopSignal } from '#deploy/stop-signal.ts';
import { NearcadeError, parseWith } from '#shared/errors.ts';
import {
  backUpCommand,
  branchCommand,
  credentialsCommand,
  psqlCommand,
  restoreFromFiles,
} from './commands.ts';
import type { DatabaseContext } from './context.ts';
import { letInCommand, restoreAtNeon } from './restore-at-neon.ts';

const USAGE = `npm run database -- <command> --env staging|production
  credentials                 a new password for the owner, into Secrets Manager
  backup --out FOLDER         all rows into files, as of one moment
  restore --from FOLDER       an empty database from such files
  restore --at TIME           Neon's branch as it was then (2026-11-21T20:00:00Z); what is there now is kept beside it
  restore --branch NAME       the same from another branch
  let-in                      the rest of a restore that was cut off, or made in Neon's console
  branch NAME [--at TIME]     a copy to try something on; branch NAME --delete removes it
  psql NAME                   psql on such a copy, as the owner, who gets another password there
NEON_API_KEY for Neon's API, AWS's own variables for the secrets. NEARCADE_OWNER_URL: another database than the environment's.`;

const optionsSchema = z.object({
  env: z.enum(['staging', 'production']),
  out: z.string().min(1).optional(),
  from: z.string().min(1).optional(),
  branch: z.string().min(1).optional(),
  at: z.iso
    .datetime()
    .transform(text => new Date(text))
    .optional(),
  delete: z.boolean().default(false),
});

const usage = (): NearcadeError => new NearcadeError('invalid_request', USAGE);

async function run(args: readonly string[], signal: AbortSignal): Promise<void> {
  const { values, positionals } = parse(args);
  const [command, name, ...others] = positionals;
  const { env, out, from, branch, at, delete: isDeleted } = parseWith(optionsSchema, values);
  if (others.length > 0 || (name !== undefined && command !== 'branch' && command !== 'psql')) throw usage();
  const environment = loadEnvironment(env);
  const context: DatabaseContext = {
    environment,
    store: openStore(environment),
    env: process.env,
    print: line => console.log(line),
    sleep: ms => sleep(ms, undefined, { signal }),
    now: () => new Date(),
    signal,
  };
  if (command === 'credentials') return credentialsCommand(context);
  if (command === 'backup' && out !== undefined) return backUpCommand(context, out);
  if (command === 'branch' && name !== undefined) return branchCommand(context, { name, at, isDeleted });
  if (command === 'psql' && name !== undefined) return psqlCommand(context, name);
  if (command === 'let-in') return letInCommand(context);
  if (command === 'restore' && from !== undefined) return restoreFromFiles(context, from);
  if (command === 'restore' && at !== undefined) return restoreAtNeon(context, { at });
  if (command === 'restore' && branch !== undefined) return restoreAtNeon(context, { branch });
  throw usage();
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        env: { type: 'string' },
        out: { type: 'string' },
        from: { type: 'string' },
        branch: { type: 'string' },
        at: { type: 'string' },
        delete: { type: 'boolean' },
      },
    });
  } catch {
    throw usage();
  }
}

const { signal, exitCode } = stopSignal(() => {
  // psql ends a question by Ctrl-C and asks for the next.
  if (process.argv[2] !== 'psql') console.log('Stopping ...');
});
try {
  await run(process.argv.slice(2), signal);
} catch (error) {
  process.exitCode = exitCode() ?? 1;
  console.error(error instanceof NearcadeError ? `${error.code}: ${error.message}` : error);
}
process.exit();
