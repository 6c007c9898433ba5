import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { openSource } from '#media-node/open-secrets.ts';
import { SecretsManagerStandIn, STAND_IN_REGION } from '#secrets/testing/secrets-manager.ts';
import { parseWith } from '#shared/errors.ts';
import { acmeSettingsSchema } from './acme-settings.ts';
import { readAccount } from './external-account.ts';

const SECRET = 'nearcade/staging/node/acme-account';
const OWN = 'https://acme.example.org/directory';

let manager: SecretsManagerStandIn;
beforeAll(async () => {
  manager = await SecretsManagerStandIn.open('staging');
});
beforeEach(() => {
  for (const [name, value] of Object.entries(manager.environment('node'))) vi.stubEnv(name, value);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await manager.close();
});

/** As a machine reads it, with a node's rights. */
function read(acme: object) {
  const source = openSource({ kind: 'aws', prefix: 'nearcade/staging/node/', region: STAND_IN_REGION });
  return readAccount(parseWith(acmeSettingsSchema, { acmeDirectory: OWN, ...acme }), source);
}

it('is read from Secrets Manager with the rights of a node, where an issuer wants it', async () => {
  await expect(read({ acmeExternalAccount: true })).rejects.toMatchObject({
    code: 'secret_missing',
    message: expect.stringContaining(SECRET),
  });
  manager.set(SECRET, 'our-account:c2VjcmV0LXNlY3JldC1zZWNyZXQ');
  const account = { keyId: 'our-account', hmac: 'c2VjcmV0LXNlY3JldC1zZWNyZXQ' };
  expect(await read({ acmeExternalAccount: true })).toEqual(account);
  expect(await read({ acmeFallback: { directory: OWN, externalAccount: true } })).toEqual(account);
});

it('is not asked for where none does', async () => {
  const before = manager.calls.length;
  expect(await read({})).toBeUndefined();
  expect(await read({ acmeExternalAccount: null, acmeFallback: { directory: OWN } })).toBeUndefined();
  expect(manager.calls.length).toBe(before);
});

it.each([
  ['half of it', 'our-account'],
  ['a key with a line break', 'our-account:c2VjcmV0LXNlY3JldC1z\nZWNyZXQ'],
  ['a key with a brace', 'our-account:{$HOME}c2VjcmV0LXNlY3Jl'],
])('is refused without being shown: %s', async (_, text) => {
  manager.set(SECRET, text);
  const refused = await read({ acmeExternalAccount: true }).catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: 'secret_invalid' });
  expect(String(refused)).not.toContain('our-account');
});
