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
/** As Caddy calls it. */
const KNOWN_AS = { key_id: 'our-account', mac_key: 'c2VjcmV0LXNlY3JldC1zZWNyZXQ' };
const ACCOUNT = { keyId: 'our-account', hmac: 'c2VjcmV0LXNlY3JldC1zZWNyZXQ' };

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
    account: ACCOUNT,
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
  const fallback = { directory: OWN, externalAccount: true };
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
  expect(issuersOf({ acmeDirectory: LETS_ENCRYPT, acmeEmail })).toMatchObject([
    { module: 'acme', ca: LETS_ENCRYPT, email: acmeEmail },
    { module: 'zerossl', email: acmeEmail },
  ]);
  const [first, second] = issuersOf({
    acmeDirectory: LETS_ENCRYPT,
    acmeEmail,
    acmeExternalAccount: false,
    acmeFallback: { directory: OWN, externalAccount: true },
  });
  expect(first).toMatchObject({ module: 'acme', ca: LETS_ENCRYPT });
  expect(first).not.toHaveProperty('external_account');
  expect(second).toMatchObject({ module: 'acme', ca: OWN, external_account: KNOWN_AS });
  expect(issuersOf({ acmeDirectory: OWN, acmeEmail, acmeFallback: { directory: LETS_ENCRYPT } })).toEqual([
    expect.not.objectContaining({ external_account: expect.anything() }),
    expect.not.objectContaining({ external_account: expect.anything() }),
  ]);
  expect(
    issuersOf({ acmeDirectory: OWN, acmeEmail, acmeExternalAccount: true, acmeFallback: null }),
  ).toMatchObject([{ module: 'acme', ca: OWN, external_account: KNOWN_AS }]);
});

it.each([
  ['no directory', {}],
  ['a directory that is no address', { acmeDirectory: 'letsencrypt' }],
  ['one that would end its line', { acmeDirectory: 'https://acme.example.org/{$HOME}' }],
  ['an address of mail that is none', { acmeDirectory: OWN, acmeEmail: 'operations' }],
  ['an account that is no secret', { acmeDirectory: OWN, acmeExternalAccount: ACCOUNT }],
  ['a second issuer without an address', { acmeDirectory: OWN, acmeFallback: { externalAccount: true } }],
])('refuses %s', (_, acme) => {
  expect(() => parseWith(acmeSettingsSchema, acme, 'config_invalid')).toThrow(NearcadeError);
});
