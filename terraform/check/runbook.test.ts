import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { loadEnvironment } from '#deploy/environment.ts';
import { ROOT } from '#local/paths.ts';
import { runbookBlock } from '../../docs/runbook/blocks.ts';
import { checkTerraform } from './check.ts';
import { loadSchemas } from './schemas.ts';
import { Parser } from './source.ts';

const { parser, providers } = loadSchemas();
const tools = { parser: new Parser(parser), providers };

/** A clone, as far as these commands change it. */
let clone: string;
const clones: string[] = [];
beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), 'nearcade-runbook-'));
  clones.push(clone);
  for (const part of ['terraform', 'environments', 'secrets']) {
    cpSync(join(ROOT, part), join(clone, part), { recursive: true });
  }
});
afterAll(() => {
  for (const one of clones) rmSync(one, { recursive: true });
});

function run(commands: string, env: Readonly<Record<string, string>> = {}): void {
  execFileSync('bash', ['-euo', 'pipefail', '-c', commands], { cwd: clone, env: { ...process.env, ...env } });
}

describe('the runbook', () => {
  it.each(['staging', 'production'] as const)(
    'adds a region to %s that file, providers, modules and outputs agree on',
    async name => {
      run(runbookBlock('add-a-region', 'write-it-down'), {
        ENVIRONMENT: name,
        REGION: 'eu-west-1',
        CIDR: '10.99.0.0/16',
      });
      const { regions } = loadEnvironment(name, join(clone, 'environments'));
      const before = loadEnvironment(name).regions;
      expect(regions).toEqual({ ...before, 'eu-west-1': { ...before['us-east-1'], cidr: '10.99.0.0/16' } });
      expect(await checkTerraform(clone, tools)).toEqual([]);
    },
  );

  it("takes what Terraform found out into the environment's file", () => {
    const value = (of: object) => ({ sensitive: false, type: 'dynamic', value: of });
    const outputs = {
      cloudflare: value({ zone_id: 'f'.repeat(32) }),
      upstash: value({ url: 'https://eu1-good-cat-1.upstash.io' }),
    };
    writeFileSync(join(clone, 'outputs.json'), JSON.stringify(outputs));
    run(runbookBlock('first-deploy', 'outputs'));
    const { worker, cloudflare } = loadEnvironment('staging', join(clone, 'environments'));
    expect(worker.vars).toMatchObject({
      DNS_ZONE_ID: 'f'.repeat(32),
      UPSTASH_REDIS_REST_URL: 'https://eu1-good-cat-1.upstash.io',
      SAVES_S3_ENDPOINT: `https://${cloudflare.accountId}.r2.cloudflarestorage.com`,
    });
  });
});
