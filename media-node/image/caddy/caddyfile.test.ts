import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { NearcadeError, parseWith } from '#shared/errors.ts';
import { acmeSettingsSchema } from './acme-settings.ts';
import { caddyfile } from './caddyfile.ts';

const LETS_ENCRYPT = 'https://acme-v02.api.letsencrypt.org/directory';
const OWN = 'https://acme.example.org/directory';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'nearcade-caddyfile-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

/** What Debian's caddy makes of it, as its JSON configuration. */
function adapt(acme: object): {
  admin: object;
  storage: object;
  apps: {
    http: { servers: Record<string, { listen: string[]; protocols: string[]; automatic_https: object }> };
    tls: {
      automation: {
        policies: Array<{
          subjects: string[];
          on_demand: boolean;
          issuers: Array<{ module: string; challenges: object }>;
        }>;
      };
    };
  };
} {
  const text = caddyfile({
    hostname: 'eu-1.nodes.example.org',
    upstream: '127.0.0.1:8443',
    acme: parseWith(acmeSettingsSchema, acme),
  });
  const file = join(dir, 'Caddyfile');
  writeFileSync(file, text);
  const run = spawnSync('caddy', ['adapt', '--adapter', 'caddyfile', '--config', file], { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(run.stderr);
  return JSON.parse(run.stdout);
}

const issuersOf = (acme: object) =>
  adapt(acme).apps.tls.automation.policies.flatMap(({ issuers }) => issuers);

it('serves one name on 443 and nothing on port 80, without an admin interface', () => {
  const { admin, storage, apps } = adapt({ acmeDirectory: LETS_ENCRYPT });
  expect(admin).toEqual({ disabled: true });
  expect(storage).toEqual({ module: 'file_system', root: '/var/lib/caddy' });
  expect(Object.values(apps.http.servers)).toMatchObject([
    { listen: [':443'], protocols: ['h1', 'h2'], automatic_https: { disable_redirects: true } },
  ]);
  expect(apps.tls.automation.policies).toMatchObject([
    { subjects: ['eu-1.nodes.example.org'], on_demand: true },
  ]);
});

it('asks by TLS-ALPN-01 alone, whoever issues', () => {
  const external = { keyId: 'our-account', hmac: 'c2VjcmV0LXNlY3JldC1zZWNyZXQ' };
  const fallback = { directory: OWN, externalAccount: external };
  for (const acme of [
    { acmeDirectory: LETS_ENCRYPT, acmeEmail: 'operations@example.org' },
    { acmeDirectory: LETS_ENCRYPT, acmeFallback: fallback },
  ]) {
    const issuers = issuersOf(acme);
    expect(issuers).toHaveLength(2);
    for (const { challenges } of issuers) expect(challenges).toEqual({ http: { disabled: true } });
  }
});

it('has a second issuer where there is one', () => {
  const acmeEmail = 'operations@example.org';
  const externalAccount = { keyId: 'our-account', hmac: 'c2VjcmV0LXNlY3JldC1zZWNyZXQ' };
  expect(issuersOf({ acmeDirectory: LETS_ENCRYPT, acmeEmail })).toMatchObject([
    { module: 'acme', ca: LETS_ENCRYPT, email: acmeEmail },
    { module: 'zerossl', email: acmeEmail },
  ]);
  expect(
    issuersOf({
      acmeDirectory: LETS_ENCRYPT,
      acmeEmail,
      acmeFallback: { directory: OWN, externalAccount },
    }),
  ).toMatchObject([
    { module: 'acme', ca: LETS_ENCRYPT },
    {
      module: 'acme',
      ca: OWN,
      external_account: { key_id: externalAccount.keyId, mac_key: externalAccount.hmac },
    },
  ]);
  expect(issuersOf({ acmeDirectory: OWN, acmeEmail, acmeExternalAccount: externalAccount })).toMatchObject([
    { module: 'acme', ca: OWN, external_account: { key_id: externalAccount.keyId } },
  ]);
});

it.each([
  ['no directory', {}],
  ['a directory that is no address', { acmeDirectory: 'letsencrypt' }],
  ['one that would end its line', { acmeDirectory: 'https://acme.example.org/{$HOME}' }],
  ['an address of mail that is none', { acmeDirectory: OWN, acmeEmail: 'operations' }],
  ['half an account', { acmeDirectory: OWN, acmeExternalAccount: { keyId: 'a' } }],
  [
    'a key with a line break',
    { acmeDirectory: OWN, acmeExternalAccount: { keyId: 'a\nb', hmac: 'x'.repeat(32) } },
  ],
])('refuses %s', (_, acme) => {
  expect(() => parseWith(acmeSettingsSchema, acme, 'config_invalid')).toThrow(NearcadeError);
});
