import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Cloudflare } from '#deploy/testing/cloudflare/cloudflare.ts';
import { declaredSecrets } from '#secrets/declared.ts';
import { SecretsManagerStandIn } from '#secrets/testing/secrets-manager.ts';
import { openContext, openStore, type SecretsContext } from './context.ts';
import { checkSecrets, listSecrets } from './list.ts';
import { makeSecrets } from './make.ts';
import { pushWorkerSecrets, readWorkerSecrets } from './push.ts';
import { readValue } from './read-value.ts';
import { setSecret } from './set.ts';
import { fillSecrets } from './testing/fill.ts';
import { addVersion, servingSecrets, startCloudflareWithWorker } from './testing/worker.ts';

const idOf = (name: string) => `nearcade/staging/${name}`;

let manager: SecretsManagerStandIn;
let cloudflare: Cloudflare;
let context: SecretsContext;
let printed: string;

function as(role: 'operator' | 'deployer' | 'node'): void {
  for (const [name, value] of Object.entries(manager.environment(role))) vi.stubEnv(name, value);
  printed = '';
  context = {
    ...openContext('staging', { ...process.env, ...cloudflare.env }),
    print: line => {
      printed += `${line}\n`;
    },
  };
}

beforeEach(async () => {
  manager = await SecretsManagerStandIn.open('staging');
  cloudflare = await startCloudflareWithWorker();
  as('operator');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await manager.close();
  await cloudflare.close();
});

const set = (name: string, text: string, replaces = false) =>
  setSecret(context, name, { read: () => Promise.resolve(text), replaces });

describe('list and check', () => {
  it('tell what there is, what lacks and who needs it, without reading any value', async () => {
    manager.set(idOf('worker/DATABASE_URL'), 'postgresql://canary');
    manager.delete(idOf('worker/SIGNING_JWKS'));
    await listSecrets(context);
    for (const { name, facts } of declaredSecrets()) {
      expect(printed).toContain(name);
      expect(printed).toContain(facts.what);
    }
    expect(printed).toMatch(/ok +worker\/DATABASE_URL +there, changed 20\d\d/);
    expect(printed).toMatch(/LACKS worker\/SIGNING_JWKS +no such secret; for the Worker/);
    expect(printed).toMatch(/LACKS node\/fleet-key +empty; for media nodes/);
    expect(printed).toMatch(/- +worker\/STRIPE_SECRET_KEY +not needed/);
    expect(printed).not.toContain('canary');
    expect(new Set(manager.calls.map(({ action }) => action))).toEqual(
      new Set(['secretsmanager:DescribeSecret']),
    );
  });

  it('fails with all that lack and how each comes to be, and passes when none does', async () => {
    manager.delete(idOf('worker/DNS_API_TOKEN'));
    const lacking = await checkSecrets(context).catch((error: unknown) => String(error));
    expect(lacking).toContain('SIGNING_JWKS (empty: npm run secrets -- make)');
    expect(lacking).toContain(
      'UPSTASH_REDIS_REST_TOKEN (empty: npm run secrets -- set UPSTASH_REDIS_REST_TOKEN)',
    );
    expect(lacking).toContain('DNS_API_TOKEN (no such secret: terraform apply)');
    expect(lacking).not.toContain('STRIPE');
    await fillSecrets(manager);
    await checkSecrets(context);
    expect(printed).toContain('Every secret of staging is there.');
  });

  it("asks for an account at the issuer of nodes' certificates where one of them wants it", async () => {
    await fillSecrets(manager);
    const { node } = context.environment;
    const fallback = { directory: 'https://issuer.test/directory', externalAccount: true };
    const acme = { issuers: ['letsencrypt.org', 'issuer.test'], externalAccount: false, fallback };
    context.environment = { ...context.environment, node: { ...node, acme } };
    await expect(checkSecrets(context)).rejects.toMatchObject({
      code: 'secret_missing',
      message: expect.stringContaining('node/acme-account (empty: npm run secrets -- set acme-account)'),
    });
    await set('node/acme-account', 'our-account:c2VjcmV0LXNlY3JldC1zZWNyZXQ');
    await checkSecrets(context);
    expect(printed).toContain('Every secret of staging is there.');
  });

  it('says that the local platform makes its own', () => {
    expect(() => openContext('local', {})).toThrow(/at its first start/);
  });
});

describe('make', () => {
  it('makes what is ours to make and lacks, once, and says none of it', async () => {
    await makeSecrets(context);
    const [jwks, keys, fleetKey] = [
      'worker/SIGNING_JWKS',
      'worker/NODE_REGISTRATION_KEY',
      'node/fleet-key',
    ].map(name => manager.text(idOf(name)));
    expect(JSON.parse(jwks ?? '')).toHaveLength(1);
    expect(keys).toHaveLength(43);
    expect(fleetKey).toBe(keys);
    expect(printed).toContain('worker/DATABASE_URL waits for deploy/database-owner-url');
    await makeSecrets(context);
    expect(manager.text(idOf('worker/SIGNING_JWKS'))).toBe(jwks);
    for (const text of manager.texts()) expect(printed).not.toContain(text);
  });
});

describe('set', () => {
  it('takes a value that the Worker would take', async () => {
    await set('STRIPE_SECRET_KEY', 'rk_live_canary');
    expect(manager.text(idOf('worker/STRIPE_SECRET_KEY'))).toBe('rk_live_canary');
    expect(printed).toContain('the Worker takes it by `push`');
    await set('worker/STRIPE_SECRET_KEY', 'rk_live_canary');
    expect(printed).toContain('has this value already');
    expect(printed).not.toContain('canary');
  });

  it.each([
    ['DATABASE_URL', 'mysql://canary'],
    ['database-owner-url', 'canary'],
    ['fleet-key', 'canary'],
    ['NODE_REGISTRATION_KEY', 'canary'],
    ['acme-account', 'canary'],
    ['acme-account', 'canary:{$HOME}canary-canary'],
    ['STRIPE_SECRET_KEY', ''],
    ['STRIPE_SECRET_KEY', 'canary '],
    ['STRIPE_SECRET_KEY', 'canary'.repeat(20_000)],
  ])('refuses for %s what is no value for it, without repeating it', async (name, text) => {
    const refused = await set(name, text).catch((error: Error) => error);
    expect(refused).toMatchObject({ code: 'secret_invalid' });
    expect(String(refused)).not.toContain('canary');
    expect(manager.texts()).toEqual([]);
  });

  it('refuses at once what both sides hold, unless it is to be replaced', async () => {
    await fillSecrets(manager);
    const key = 'k'.repeat(40);
    await expect(set('NODE_REGISTRATION_KEY', key)).rejects.toThrow(/rotate fleet-key/);
    await set('NODE_REGISTRATION_KEY', key, true);
    expect(manager.text(idOf('worker/NODE_REGISTRATION_KEY'))).toBe(key);
  });

  it('knows the names that there are', async () => {
    await expect(set('NOTHING', 'x')).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it('reads a pipe to its end, and a terminal without showing what is typed', async () => {
    const pipe = new PassThrough();
    pipe.end('from a pipe\n');
    expect(await readValue('It', { input: pipe, output: new PassThrough() })).toBe('from a pipe');
    const terminal = Object.assign(new PassThrough(), { isTTY: true as const, setRawMode: () => terminal });
    const shown = new PassThrough();
    const typed = readValue('It', { input: terminal as never, output: shown });
    terminal.write('typed canary\r');
    expect(await typed).toBe('typed canary');
    expect(String(shown.read())).toBe('It (not shown): \n');
  });
});

describe('push', () => {
  it('gives the Worker all that it needs, and a deploy reads the same with no more than a deployer may', async () => {
    await fillSecrets(manager);
    const names = await pushWorkerSecrets(context.environment, { env: context.env });
    expect(Object.keys(servingSecrets(cloudflare))).toEqual(names);
    expect(servingSecrets(cloudflare).DATABASE_URL).toBe(manager.text(idOf('worker/DATABASE_URL')));
    expect(names).not.toContain('STRIPE_SECRET_KEY');
    as('deployer');
    const store = openStore(context.environment);
    expect(await readWorkerSecrets(context.environment, store)).toEqual(servingSecrets(cloudflare));
    expect(await store.read('deploy/database-owner-url')).toContain('owner');
    expect(new Set(manager.calls.map(({ role, action }) => `${role} ${action}`))).toEqual(
      new Set(['operator secretsmanager:GetSecretValue', 'deployer secretsmanager:GetSecretValue']),
    );
  });

  it('says all that lack, or who may not, before anything is handed over', async () => {
    await fillSecrets(manager);
    const push = () => pushWorkerSecrets(context.environment, { env: context.env });
    manager.delete(idOf('worker/DATABASE_URL'));
    manager.create(idOf('worker/SIGNING_JWKS'));
    await expect(push()).rejects.toMatchObject({
      code: 'secret_missing',
      message: expect.stringMatching(/worker\/DATABASE_URL.*worker\/SIGNING_JWKS/),
    });
    as('node');
    await expect(push()).rejects.toMatchObject({ code: 'secret_denied' });
    as('operator');
    manager.away = true;
    await expect(push()).rejects.toMatchObject({ code: 'secrets_unreachable' });
    expect(cloudflare.calls).toEqual([]);
  });

  it('says what to do where Cloudflare takes none, and else why it does not take them', async () => {
    await fillSecrets(manager);
    const push = () =>
      pushWorkerSecrets(context.environment, { env: context.env }).catch((error: Error) => error);
    cloudflare.faults.api = method =>
      method === 'PATCH' ? { status: 400, code: 10021, message: 'No, not these.' } : undefined;
    expect(await push()).toMatchObject({
      code: 'deploy_failed',
      message: expect.stringContaining('No, not these.'),
    });
    addVersion(cloudflare);
    const refused = await push();
    expect(refused).toMatchObject({
      code: 'deploy_refused',
      message: expect.stringMatching(/while the newest version.*Deploy the release that serves anew/),
    });
    for (const text of manager.texts()) expect(String(refused)).not.toContain(text);
  });
});

it('nodes and deployers may not write', async () => {
  await fillSecrets(manager);
  for (const role of ['node', 'deployer'] as const) {
    as(role);
    const store = openStore(context.environment);
    await expect(store.put('node/fleet-key', 'x', 'current')).rejects.toMatchObject({
      code: 'secret_denied',
    });
  }
});
