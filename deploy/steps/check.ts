import { spawn } from 'node:child_process';
import { basename, join } from 'node:path';
import type { DeployContext } from '#deploy/context.ts';
import type { Step } from '#deploy/pipeline.ts';
import { readServing, type Serving } from '#deploy/wrangler/serving.ts';
import { parseSettings } from '#edge/env.ts';
import { NearcadeError } from '#shared/errors.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const bin = (...path: string[]) => join(ROOT, 'node_modules', ...path);
const TSC = bin('typescript', 'bin', 'tsc');

/** What `npm run check` runs. */
const CHECKS: readonly string[][] = [
  [TSC, '--noEmit'],
  [TSC, '--noEmit', '-p', 'edge'],
  [TSC, '--noEmit', '-p', 'edge/web'],
  [bin('@biomejs', 'biome', 'bin', 'biome'), 'ci', '.'],
];

/** Types and lint; the tests take too long for here. CI (the variable) has them all in jobs of their own, before this one. */
export function codeCheck({ env, tree }: DeployContext): Step {
  return {
    name: 'types and lint',
    async run(signal) {
      if (env.CI !== undefined && env.CI !== '') return 'CI is set: not checked here';
      for (const args of CHECKS) await runNode(args, signal, tree);
      return 'not the tests: see that CI is green for this commit';
    },
  };
}

/** The Worker's settings as it would have them, complete and valid; no value is shown. */
export function settingsCheck({ config, secrets }: DeployContext): Step {
  return {
    name: "the Worker's settings and secrets",
    async run() {
      const values = await secrets.worker();
      const settings = { ...config.vars, ...values };
      const twice = Object.keys(values).filter(name => name in config.vars);
      if (twice.length > 0) {
        throw new NearcadeError('config_invalid', `Both a variable and a secret: ${twice.join(', ')}`);
      }
      parseSettings(settings);
      return `${Object.keys(values).length} secrets and ${Object.keys(config.vars).length} variables are complete`;
    },
  };
}

/** The web app of this commit. NEARCADE_WEB_DIR: it was built before, there. */
export function webStep({ config, env, tree = ROOT }: DeployContext): Step {
  return {
    name: 'the web app',
    async run(signal) {
      if (env.NEARCADE_WEB_DIR !== undefined) return `built before: ${env.NEARCADE_WEB_DIR}`;
      const build = [bin('vite', 'bin', 'vite.js'), 'build', join(tree, 'edge', 'web')];
      await runNode([...build, '--outDir', config.assets.directory, '--emptyOutDir'], signal, tree);
      return undefined;
    },
  };
}

/** The bundle as it will be uploaded: what is checked is what is deployed. */
export const bundlePath = ({ folder }: DeployContext): string => join(folder, 'bundle', 'worker.js');

export function bundleCheck(context: DeployContext): Step {
  const { folder, wrangler } = context;
  return {
    name: 'the bundle',
    async run(signal) {
      const printed = await wrangler.run(['deploy', '--dry-run', '--outdir', join(folder, 'bundle')], signal);
      return /Total Upload: .*/.exec(printed)?.[0];
    },
  };
}

/** What serves now. Refuses to begin while another roll-out is half done. */
export async function requireSettled({ environment, env }: DeployContext): Promise<Serving | undefined> {
  const serving = await readServing(environment, env);
  if (serving !== undefined && serving.shares.length > 1) {
    const shares = serving.shares.map(({ version, percentage }) => `${version} ${percentage}%`).join(', ');
    throw new NearcadeError(
      'deploy_refused',
      `A roll-out was left half done (${shares}): npm run deploy -- --env ${environment.name} --rollback.`,
    );
  }
  return serving;
}

const basenameOf = (argument: string) => (argument.startsWith('/') ? basename(argument) : argument);

function runNode(args: readonly string[], signal: AbortSignal, cwd = ROOT): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], signal });
    let told = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        told += text;
      });
    }
    child.once('error', reject);
    child.once('close', code => {
      if (code === 0) resolve();
      else reject(new NearcadeError('deploy_refused', `${args.map(basenameOf).join(' ')}:\n${told.trim()}`));
    });
  });
}
