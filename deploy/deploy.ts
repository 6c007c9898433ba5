import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { NearcadeError } from '#shared/errors.ts';
import { requireApart } from './apart.ts';
import { describeClone, readRelease } from './commit.ts';
import type { DeployContext } from './context.ts';
import { openDeploySecrets } from './deploy-secrets.ts';
import { loadEnvironment } from './environment.ts';
import { type DeployArguments, parseDeployArguments, USAGE } from './options.ts';
import { requireOwnValues } from './placeholders.ts';
import { runDeploy } from './run-deploy.ts';
import { runRollback } from './run-rollback.ts';
import { Visitor } from './smoke/visitor.ts';
import { stopSignal } from './stop-signal.ts';
import { wranglerConfig, writeConfig } from './wrangler/config.ts';
import { openWrangler } from './wrangler/wrangler.ts';

/** `npm run deploy`: see USAGE. */
const FOLDER = join(import.meta.dirname, '..', '.nearcade', 'deploy');

function openContext({ env: name, rollback, watchSeconds }: DeployArguments): DeployContext {
  const { env } = process;
  const environment = loadEnvironment(name);
  requireOwnValues(environment);
  if (!rollback) requireApart(environment);
  const folder = join(FOLDER, name);
  const base = wranglerConfig(environment);
  const directory = env.NEARCADE_WEB_DIR ?? join(folder, 'web');
  const config = { ...base, assets: { ...base.assets, directory } };
  const origin = env.NEARCADE_ORIGIN ?? environment.publicUrl;
  return {
    environment,
    release: rollback ? describeClone() : readRelease(),
    config,
    wrangler: openWrangler({ config: writeConfig(config, folder), folder, env }),
    secrets: openDeploySecrets(environment),
    folder,
    env,
    visitor: version => new Visitor(origin, environment.worker.name, version),
    watchSeconds,
    progress: line => console.log(line),
    sleep: ms => sleep(ms),
  };
}

async function main(args: readonly string[]): Promise<void> {
  const options = parseDeployArguments(args);
  if (options === undefined) {
    console.log(USAGE);
    return;
  }
  const { signal, exitCode } = stopSignal(() => console.log('Stopping: what was done is taken back ...'));
  const begin = Date.now();
  try {
    const context = openContext(options);
    const { environment, release } = context;
    const what = options.rollback ? 'Rolling back' : `Deploying ${release.version} to`;
    console.log(`${what} ${environment.name}`);
    if (options.rollback) await runRollback(context, options.version, signal);
    else await runDeploy(context, { ...options, signal });
    const seconds = ((Date.now() - begin) / 1000).toFixed(0);
    console.log(options.dryRun ? `Nothing was changed; ${seconds} s` : `Done in ${seconds} s`);
  } catch (error) {
    process.exitCode = exitCode() ?? 1;
    throw error;
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.exitCode ??= 2;
  console.error(error instanceof NearcadeError ? `${error.code}: ${error.message}` : error);
}
process.exit();
