import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { ROOT } from '../paths.ts';
import { STAGES } from '../test/stages.ts';

// The package imports JSON as bundlers do; Node wants to be told that it is JSON.
registerHooks({
  load: (url, context, next) =>
    next(url, url.endsWith('.json') ? { ...context, importAttributes: { type: 'json' } } : context),
});
const { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } = await import(
  '@actions/workflow-parser'
);

const FOLDER = join(ROOT, '.github', 'workflows');

const stepSchema = z.object({ run: z.string().optional(), uses: z.string().optional() });
const workflowSchema = z.object({
  permissions: z.record(z.string(), z.string()),
  jobs: z.record(
    z.string(),
    z.object({
      // More rights for one job have to be argued for here.
      permissions: z.never().optional(),
      'timeout-minutes': z.int().max(60),
      strategy: z.object({ matrix: z.object({ stage: z.array(z.string()) }) }).optional(),
      steps: z.array(stepSchema),
    }),
  ),
});
const scripts = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))).scripts;

const textOf = (name: string) => readFileSync(join(FOLDER, name), 'utf8');

/** What GitHub's own parser has against it. */
async function faultsOf(content: string): Promise<string[]> {
  const { context, value } = parseWorkflow({ name: 'workflow.yml', content }, new NoOperationTraceWriter());
  if (value !== undefined) await convertWorkflowTemplate(context, value);
  return context.errors.getErrors().map(error => error.message);
}

describe.each(readdirSync(FOLDER))('the workflow %s', name => {
  const text = textOf(name);
  const { permissions, jobs } = workflowSchema.parse(parse(text));
  const steps = Object.values(jobs).flatMap(job => job.steps);
  const commands = steps.flatMap(({ run }) => run ?? []);

  it("is one by GitHub's schema", async () => {
    expect(await faultsOf(text)).toEqual([]);
  });

  it('calls only what package.json has', () => {
    const called = commands.flatMap(command => [
      ...[...command.matchAll(/\bnpm run ([\w:-]+)/g)].map(([, script]) => script ?? ''),
      ...[...command.matchAll(/\bnpm (test|start)\b/g)].map(([, script]) => script ?? ''),
    ]);
    expect(called).toEqual(expect.arrayContaining(['check', 'test', 'setup', 'release']));
    for (const script of called) expect(Object.keys(scripts)).toContain(script);
  });

  it('names each action by its commit, with the version beside it', () => {
    const uses = steps.flatMap(step => step.uses ?? []);
    expect(uses.length).toBeGreaterThan(0);
    for (const action of uses) expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
    for (const line of text.split('\n').filter(one => one.includes('uses:'))) {
      expect(line).toMatch(/@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    }
  });

  it('may read the repository and nothing else', () => {
    expect(permissions).toEqual({ contents: 'read' });
    expect(text).not.toContain('secrets.');
    const checkouts = text.split('uses: actions/checkout@').slice(1);
    for (const step of checkouts) expect(step.split('- ')[0]).toContain('persist-credentials: false');
  });

  it('covers every stage of npm test', () => {
    const inMatrix = Object.values(jobs).flatMap(job => job.strategy?.matrix.stage ?? []);
    // A compiler's and the linter's are what `npm run check` runs, in one job.
    const isCheck = (name: string) => name === 'lint' || name.startsWith('types');
    expect(inMatrix).toEqual(STAGES.map(({ name }) => name).filter(name => !isCheck(name)));
    for (const { name, command } of STAGES.filter(stage => isCheck(stage.name))) {
      const project = command.includes('-p') ? ` -p ${command.at(-1)}` : '';
      expect(scripts.check?.split(' && ')).toContain(
        name === 'lint' ? 'biome ci .' : `tsc --noEmit${project}`,
      );
    }
  });

  it('has Terraform itself look at everything that is applied by itself', () => {
    const terraform = join(ROOT, 'terraform');
    const roots = [
      'bootstrap',
      'zone',
      ...readdirSync(join(terraform, 'environments')).map(one => `environments/${one}`),
    ];
    const command = commands.find(one => one.includes('validate')) ?? '';
    const [, listed = ''] = /for root in (.+); do/.exec(command) ?? [];
    expect(listed.split(' ').sort()).toEqual(roots.sort());
    expect(command).toContain('-backend=false');
    expect(commands).toContain('terraform fmt -check -recursive -diff terraform');
  });

  it('caches by files that exist', () => {
    const globs = [...text.matchAll(/hashFiles\(([^)]*)\)/g)].flatMap(([, list]) =>
      [...(list ?? '').matchAll(/'([^']+)'/g)].map(([, glob]) => glob ?? ''),
    );
    expect(globs.length).toBeGreaterThan(0);
    for (const glob of globs) expect(existsSync(join(ROOT, glob.replace(/\/\*\*$/, '')))).toBe(true);
  });
});

it("finds planted mistakes: GitHub's parser sees them", async () => {
  const good = textOf('ci.yml');
  expect(await faultsOf(good.replace('runs-on: ubuntu-24.04', 'runs_on: ubuntu-24.04'))).not.toEqual([]);
  expect(
    await faultsOf(good.replace('needs: [check, terraform, test]', 'needs: [check, tests]')),
  ).not.toEqual([]);
  expect(await faultsOf(good.replace('matrix.stage }}', 'matrix.stage'))).not.toEqual([]);
});
