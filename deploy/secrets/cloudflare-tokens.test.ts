import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadEnvironment } from '#deploy/environment.ts';
import { ROOT } from '#local/paths.ts';
import { SecretsManagerStandIn } from '#secrets/testing/secrets-manager.ts';
import { runbookBlock } from '../../docs/runbook/blocks.ts';
import { makeCloudflareTokens } from './cloudflare-tokens.ts';
import { openContext } from './context.ts';

const GROUPS = {
  'DNS Write': 'g-dns',
  'Workers R2 Storage Bucket Item Write': 'g-r2',
  'Zone Write': 'g-zone',
};
const tokenValue = (made: number) => `canary-${made}`.padEnd(40, 'x');

let manager: SecretsManagerStandIn;
let cloudflare: Server;
let made: unknown[];
let deleted: string[];
let refusesDeletions: boolean;
beforeEach(async () => {
  manager = await SecretsManagerStandIn.open('staging');
  made = [];
  deleted = [];
  refusesDeletions = false;
  // developers.cloudflare.com/api, User API tokens.
  cloudflare = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const [, id] = /^\/client\/v4\/user\/tokens\/(id-\d+)$/.exec(request.url ?? '') ?? [];
    const answer = (result: unknown, status = 200) =>
      response
        .writeHead(status, { 'content-type': 'application/json' })
        .end(JSON.stringify({ success: status === 200, result }));
    if (request.headers.authorization !== 'Bearer canary-of-the-account') answer(null, 403);
    else if (request.url === '/client/v4/user/tokens/permission_groups')
      answer(Object.entries(GROUPS).map(([name, group]) => ({ id: group, name })));
    else if (id !== undefined && request.method === 'DELETE' && !refusesDeletions) {
      deleted.push(id);
      answer({ id });
    } else if (request.url === '/client/v4/user/tokens' && request.method === 'POST') {
      made.push(JSON.parse(Buffer.concat(chunks).toString()));
      answer({ id: `id-${made.length}`, value: tokenValue(made.length) });
    } else answer(null, 404);
  });
  await new Promise<void>(resolve => cloudflare.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await manager.close();
  cloudflare.closeAllConnections();
  await new Promise(resolve => cloudflare.close(resolve));
});

const api = () => `http://127.0.0.1:${(cloudflare.address() as AddressInfo).port}/client/v4`;
const text = (name: string) => manager.text(`nearcade/staging/worker/${name}`);

describe("the Worker's tokens at Cloudflare", () => {
  it('are for one zone and one bucket, and go straight into Secrets Manager; those that are there stay', async () => {
    const run = () =>
      promisify(execFile)('bash', ['-euo', 'pipefail', '-c', runbookBlock('first-deploy', 'tokens')], {
        cwd: ROOT,
        env: {
          ...process.env,
          ...manager.environment('operator'),
          CLOUDFLARE_API_BASE_URL: api(),
          CLOUDFLARE_API_TOKEN: 'canary-of-another-token',
          token_maker: 'canary-of-the-account',
        },
      });
    const { stdout, stderr } = await run();
    expect(stdout + stderr).not.toContain('canary');
    await run();
    const { cloudflare: account, worker } = loadEnvironment('staging');
    const bucket = `${account.accountId}_default_${worker.vars.SAVES_S3_BUCKET}`;
    expect(made).toEqual([
      token('nearcade-staging-dns', `com.cloudflare.api.account.zone.${worker.vars.DNS_ZONE_ID}`, 'g-dns'),
      token('nearcade-staging-saves', `com.cloudflare.edge.r2.bucket.${bucket}`, 'g-r2'),
    ]);
    expect(deleted).toEqual([]);
    expect(text('DNS_API_TOKEN')).toBe(tokenValue(1));
    expect(text('SAVES_S3_ACCESS_KEY_ID')).toBe('id-2');
    expect(text('SAVES_S3_SECRET_ACCESS_KEY')).toBe(createHash('sha256').update(tokenValue(2)).digest('hex'));
  });

  it.each([
    ['is deleted again', false],
    ['is named where that fails too', true],
  ])('of which Secrets Manager takes none: what was made %s', async (_, refuses) => {
    refusesDeletions = refuses;
    for (const [name, value] of Object.entries(manager.environment('operator'))) vi.stubEnv(name, value);
    // Terraform has not made it.
    manager.delete('nearcade/staging/worker/DNS_API_TOKEN');
    let printed = '';
    const context = {
      ...openContext('staging', {
        CLOUDFLARE_API_BASE_URL: api(),
        CLOUDFLARE_API_TOKEN: 'canary-of-the-account',
      }),
      print: (line: string) => {
        printed += line;
      },
    };
    const failed = await makeCloudflareTokens(context).catch((error: unknown) => String(error));
    expect(failed).toContain('DNS_API_TOKEN');
    expect(made).toHaveLength(1);
    expect(deleted).toEqual(refuses ? [] : ['id-1']);
    expect(printed.includes('nearcade-staging-dns was made')).toBe(refuses);
    expect(failed + printed).not.toContain('canary');
  });
});

function token(name: string, resource: string, group: string) {
  return {
    name,
    policies: [{ effect: 'allow', resources: { [resource]: '*' }, permission_groups: [{ id: group }] }],
  };
}
