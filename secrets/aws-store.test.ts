import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { NearcadeError } from '#shared/errors.ts';
import { AwsStore } from './aws-store.ts';
import type { SecretRole } from './declared.ts';
import { SecretsManagerStandIn, STAND_IN_REGION } from './testing/secrets-manager.ts';

const KEY = 'nearcade/staging/node/fleet-key';

let manager: SecretsManagerStandIn;
beforeEach(async () => {
  manager = await SecretsManagerStandIn.open('staging');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await manager.close();
});

function storeOf(role: SecretRole, prefix = 'nearcade/staging/'): AwsStore {
  for (const [name, value] of Object.entries(manager.environment(role))) vi.stubEnv(name, value);
  return new AwsStore({ prefix, region: STAND_IN_REGION });
}

/** What an operation is refused with. */
async function refusal(promise: Promise<unknown>): Promise<NearcadeError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof NearcadeError) return error;
  throw new Error(`not refused, or not by an error of ours: ${String(error)}`);
}

describe('reading', () => {
  it('takes a secret by prefix and name', async () => {
    manager.set(KEY, 'from aws');
    expect(await storeOf('node', 'nearcade/staging/node/').read('fleet-key')).toBe('from aws');
  });

  it('says which secret is missing: not there at all, or without a value', async () => {
    const store = storeOf('node');
    const empty = await refusal(store.read('node/fleet-key'));
    expect(empty).toMatchObject({ code: 'secret_missing', message: expect.stringContaining(KEY) });
    manager.delete(KEY);
    const gone = await refusal(store.read('node/fleet-key'));
    expect(gone).toMatchObject({ code: 'secret_missing', message: expect.stringContaining(STAND_IN_REGION) });
  });

  it('says who may not read which one', async () => {
    const denied = await refusal(storeOf('node').read('worker/DATABASE_URL'));
    expect(denied.code).toBe('secret_denied');
    expect(denied.message).toContain('nearcade/staging/worker/DATABASE_URL');
    expect(denied.message).toContain('assumed-role/nearcade-staging-node');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'nobody');
    const unknown = new AwsStore({ prefix: 'nearcade/staging/', region: STAND_IN_REGION });
    expect((await refusal(unknown.read('node/fleet-key'))).code).toBe('secret_denied');
  });

  it('comes through when it is throttled for a moment, and says so when it stays that way', async () => {
    manager.set(KEY, 'from aws');
    const store = storeOf('node');
    manager.throttle(1);
    expect(await store.read('node/fleet-key')).toBe('from aws');
    manager.throttle(100);
    expect((await refusal(store.read('node/fleet-key'))).code).toBe('secrets_unreachable');
  });

  it('says that nobody answers', async () => {
    manager.away = true;
    const error = await refusal(storeOf('node').read('node/fleet-key'));
    expect(error.code).toBe('secrets_unreachable');
    expect(error.message).toMatch(/did not answer.*fleet-key/);
  });

  it('tells nothing of an answer that it could not understand', async () => {
    manager.set(KEY, 'canary-of-a-broken-answer');
    manager.garble(100);
    const error = await refusal(storeOf('node').read('node/fleet-key'));
    expect(error.code).toBe('secrets_unreachable');
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain('canary');
  });
});

describe('writing in stages', () => {
  it('has a new text wait, and makes it the current one; the one before stays the previous', async () => {
    const store = storeOf('operator');
    await store.put('worker/SIGNING_JWKS', 'one', 'current');
    await store.put('worker/SIGNING_JWKS', 'two', 'pending');
    const waiting = await store.describe('worker/SIGNING_JWKS');
    expect([...(waiting?.stages ?? [])]).toEqual(['current', 'pending']);
    expect(await store.read('worker/SIGNING_JWKS')).toBe('one');
    expect(await store.readStage('worker/SIGNING_JWKS', 'pending')).toBe('two');
    await store.promote('worker/SIGNING_JWKS');
    await store.promote('worker/SIGNING_JWKS');
    expect(await store.read('worker/SIGNING_JWKS')).toBe('two');
    expect(await store.readStage('worker/SIGNING_JWKS', 'previous')).toBe('one');
    const arrived = await store.describe('worker/SIGNING_JWKS');
    expect(arrived?.stages.has('pending')).toBe(false);
    expect(Date.now() - (arrived?.changedAt?.getTime() ?? 0)).toBeLessThan(120_000);
  });

  it('describes what is empty and what is not there', async () => {
    const store = storeOf('operator');
    expect((await store.describe('worker/DATABASE_URL'))?.stages.size).toBe(0);
    expect(await store.describe('worker/NOTHING')).toBeUndefined();
    expect((await refusal(store.put('worker/NOTHING', 'x', 'current'))).code).toBe('secret_missing');
    expect((await refusal(store.promote('worker/DATABASE_URL'))).code).toBe('secret_missing');
  });

  it('is for operators alone', async () => {
    for (const role of ['node', 'deployer'] as const) {
      const refused = await refusal(storeOf(role).put('node/fleet-key', 'canary-text', 'current'));
      expect(refused.code).toBe('secret_denied');
      expect(inspect(refused, { depth: 20 })).not.toContain('canary');
    }
  });
});
