import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadEnvironment } from '#deploy/environment.ts';
import { type Clone, GIT_ENVIRONMENT, makeClone } from '#deploy/testing/clone.ts';
import { OWN_ENVIRONMENTS } from '#deploy/testing/environments.ts';
import { runbookBlock } from '../../docs/runbook/blocks.ts';
import { checkTerraform } from './check.ts';
import { loadSchemas } from './schemas.ts';
import { Parser } from './source.ts';

const { parser, providers } = loadSchemas();
const tools = { parser: new Parser(parser), providers };

let folder: string;
let clone: Clone;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nearcade-runbook-'));
  clone = makeClone(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

function run(commands: string, env: Readonly<Record<string, string>>): void {
  execFileSync('bash', ['-euo', 'pipefail', '-c', commands], {
    cwd: clone.folder,
    env: { ...process.env, ...GIT_ENVIRONMENT, ...env },
    stdio: 'pipe',
  });
}

describe('the runbook', () => {
  it.each(['staging', 'production'] as const)(
    'adds a region to %s that file, providers, modules and outputs agree on, and takes it away again',
    async name => {
      const folder = `terraform/environments/${name}`;
      const regionsFile = join(clone.folder, folder, 'regions.tf');
      const text = readFileSync(regionsFile, 'utf8');
      const before = loadEnvironment(name, OWN_ENVIRONMENTS).regions;
      const [like = ''] = Object.keys(before);
      // One that nobody has.
      const REGION = 'xx-test-9';
      run(runbookBlock('add-a-region', 'write-it-down'), {
        ENVIRONMENT: name,
        LIKE: like,
        REGION,
        CIDR: '10.99.0.0/16',
      });
      const { regions } = loadEnvironment(name, join(clone.folder, 'environments'));
      expect(regions).toEqual({ ...before, [REGION]: { ...before[like], cidr: '10.99.0.0/16' } });
      expect(await checkTerraform(clone.folder, tools)).toEqual([]);
      clone.lint();
      run(runbookBlock('add-a-region', 'commit'), { region: REGION });
      expect(clone.git('show', '--name-only', '--format=%s').split('\n')).toEqual([
        `A region more: ${REGION}`,
        '',
        `environments/${name}.json`,
        `terraform/environments/${name}/regions.tf`,
      ]);
      expect(clone.git('status', '--porcelain')).toBe('');
      expect(clone.git('--git-dir', clone.remote, 'rev-parse', 'main')).toBe(clone.git('rev-parse', 'HEAD'));

      run(runbookBlock('add-a-region', 'take-it-out'), { environment: name, region: REGION, folder });
      expect(loadEnvironment(name, join(clone.folder, 'environments')).regions).toEqual(before);
      expect(readFileSync(regionsFile, 'utf8')).toBe(text);
      clone.lint();
      expect(clone.git('status', '--porcelain')).toBe('');
      expect(clone.git('--git-dir', clone.remote, 'rev-parse', 'main')).toBe(clone.git('rev-parse', 'HEAD'));
    },
  );

  it('lets go of what is guarded against destruction, and guards it again', async () => {
    const guards = () =>
      ['neon/main.tf', 'cloudflare/buckets.tf']
        .map(file => readFileSync(join(clone.folder, 'terraform', 'modules', file), 'utf8'))
        .join('')
        .match(/prevent_destroy = true|protected += (true|"yes")/g) ?? [];
    expect(guards()).toHaveLength(5);
    run(runbookBlock('take-an-environment-down', 'let-go'), {});
    expect(guards()).toEqual([]);
    expect(await checkTerraform(clone.folder, tools)).toEqual([]);
    // As Terraform formats them.
    expect(clone.git('diff', '--shortstat')).toMatch(/2 files changed, 5 insertions\(\+\), 5 deletions/);
    run(runbookBlock('take-an-environment-down', 'guard-again'), {});
    expect(clone.git('status', '--porcelain')).toBe('');
  });
});
