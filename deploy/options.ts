import { parseArgs } from 'node:util';
import { z } from 'zod';
import { parseWith, wrongField } from '#shared/errors.ts';

export const USAGE = `npm run deploy -- --env staging|production [options]
  --dry-run            checks, and migrations in a transaction that is rolled back; nothing is changed
  --contract           also runs the migrations that wait until no older Worker serves
  --rollback [VERSION] gives all requests to the version before, or to VERSION: its id, or its release
  --watch-seconds N    how long each share of the requests is watched (default 60)
CLOUDFLARE_API_TOKEN and AWS's own variables say as whom. NEARCADE_ORIGIN: where the smoke test finds the platform, if not at
its publicUrl. NEARCADE_WEB_DIR: where the web app is, if it was built before. CI: types and lint were checked before.
The tests do not run here: deploy what CI has passed.`;

/** Seconds: errors that come by the minute (cron) show in it. */
const DEFAULT_WATCH_S = 60;

const optionsSchema = z.object({
  env: z.enum(['staging', 'production']),
  dryRun: z.boolean(),
  contract: z.boolean(),
  rollback: z.boolean(),
  /** To go back to. */
  version: z.string().optional(),
  watchSeconds: z.coerce.number().min(0).max(3600),
});
export type DeployArguments = z.infer<typeof optionsSchema>;

/** Reads the command line; undefined: help is asked for. Throws `invalid_request` in one sentence. */
export function parseDeployArguments(args: readonly string[]): DeployArguments | undefined {
  const { values, positionals } = parse(args);
  if (values.help === true) return undefined;
  const options = parseWith(optionsSchema, {
    env: values.env,
    dryRun: values['dry-run'] ?? false,
    contract: values.contract ?? false,
    rollback: values.rollback ?? false,
    version: positionals[0],
    watchSeconds: values['watch-seconds'] ?? DEFAULT_WATCH_S,
  });
  if (positionals.length > (options.rollback ? 1 : 0))
    throw wrongField('', `Unexpected: ${positionals.join(' ')}`);
  if (options.rollback && (options.dryRun || options.contract)) {
    throw wrongField('', '--rollback goes with neither --dry-run nor --contract');
  }
  return options;
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        env: { type: 'string' },
        'dry-run': { type: 'boolean' },
        contract: { type: 'boolean' },
        rollback: { type: 'boolean' },
        'watch-seconds': { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (cause) {
    throw wrongField('', cause instanceof Error ? cause.message : String(cause), cause);
  }
}
