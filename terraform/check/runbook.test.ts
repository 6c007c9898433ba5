import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadEnvironment } from '#deploy/environment.ts';
import { type Clone, GIT_ENVIRONMENT, makeClone } from '#deploy/testing/clone.ts';
import { OWN_ENVIRONMENTS } from '#deploy/testing/environments.ts';
import { ROOT } from '#local/paths.ts';
import { SecretsManagerStandIn } from '#secrets/testing/secrets-manager.ts';
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

  it("makes Cloudflare's tokens for one zone and one bucket, straight into Secrets Manager", async () => {
    const groups = {
      'DNS Write': 'g-dns',
      'Workers R2 Storage Bucket Item Write': 'g-r2',
      'Zone Write': 'g-zone',
    };
    const asked: unknown[] = [];
    const cloudflare = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      expect(request.headers.authorization).toBe('Bearer canary-of-the-account');
      const isList = request.url === '/client/v4/user/tokens/permission_groups';
      if (!isList) asked.push(JSON.parse(Buffer.concat(chunks).toString()));
      const result = isList
        ? Object.entries(groups).map(([name, id]) => ({ id, name }))
        : { id: `id-${asked.length}`, value: `canary-${asked.length}`.padEnd(40, 'x') };
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ success: true, result }));
    });
    await new Promise<void>(resolve => cloudflare.listen(0, '127.0.0.1', resolve));
    const secrets = await SecretsManagerStandIn.open('staging');
    try {
      const make = () =>
        promisify(execFile)('bash', ['-euo', 'pipefail', '-c', runbookBlock('first-deploy', 'tokens')], {
          cwd: ROOT,
          env: {
            ...process.env,
            ...secrets.environment('operator'),
            CLOUDFLARE_API_BASE_URL: `http://127.0.0.1:${(cloudflare.address() as AddressInfo).port}/client/v4`,
            CLOUDFLARE_API_TOKEN: 'canary-of-another-token',
            token_maker: 'canary-of-the-account',
          },
        });
      const { stdout, stderr } = await make();
      expect(stdout + stderr).not.toContain('canary');
      // What is there already stays.
      await make();
      const { cloudflare: account, worker } = loadEnvironment('staging');
      const bucket = `${account.accountId}_default_${worker.vars.SAVES_S3_BUCKET}`;
      expect(asked).toEqual([
        token('nearcade-staging-dns', `com.cloudflare.api.account.zone.${worker.vars.DNS_ZONE_ID}`, 'g-dns'),
        token('nearcade-staging-saves', `com.cloudflare.edge.r2.bucket.${bucket}`, 'g-r2'),
      ]);
      const value = (name: string) => secrets.text(`nearcade/staging/worker/${name}`);
      expect(value('DNS_API_TOKEN')).toBe('canary-1'.padEnd(40, 'x'));
      expect(value('SAVES_S3_ACCESS_KEY_ID')).toBe('id-2');
      const secret = createHash('sha256').update('canary-2'.padEnd(40, 'x')).digest('hex');
      expect(value('SAVES_S3_SECRET_ACCESS_KEY')).toBe(secret);
    } finally {
      await secrets.close();
      cloudflare.closeAllConnections();
      await new Promise(resolve => cloudflare.close(resolve));
    }
  });
});

function token(name: string, resource: string, group: string) {
  return {
    name,
    policies: [{ effect: 'allow', resources: { [resource]: '*' }, permission_groups: [{ id: group }] }],
  };
}
