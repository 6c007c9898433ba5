import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Cloudflare } from '#deploy/testing/cloudflare/cloudflare.ts';
import { ProcessWatch } from '#secrets/testing/process-watch.ts';
import { SecretsManagerStandIn } from '#secrets/testing/secrets-manager.ts';
import { openContext, type SecretsContext } from '../context.ts';
import { fillSecrets } from '../testing/fill.ts';
import { addVersion, servingSecrets, settle, startCloudflareWithWorker } from '../testing/worker.ts';
import { rotateFleetKey } from './fleet-key.ts';
import { rotateSigningJwks } from './signing-jwks.ts';
import { rotateWebhookSecrets } from './webhook-secrets.ts';

const MINUTE = 60_000;

let manager: SecretsManagerStandIn;
let cloudflare: Cloudflare;
let context: SecretsContext;
let printed: string;
let watch: ProcessWatch;
/** Every text that was there at any time: a rotation leaves no trace of one in the stand-in. */
let texts: Set<string>;

beforeEach(async () => {
  printed = '';
  texts = new Set();
  manager = await SecretsManagerStandIn.open('staging');
  cloudflare = await startCloudflareWithWorker();
  await fillSecrets(manager);
  for (const [name, value] of Object.entries(manager.environment('operator'))) vi.stubEnv(name, value);
  context = {
    ...openContext('staging', { ...process.env, ...cloudflare.env }),
    print: line => {
      printed += `${line}\n`;
    },
  };
  watch = new ProcessWatch();
});
afterEach(async () => {
  for (const text of [...texts, ...manager.texts(), ...Object.values(servingSecrets(cloudflare))]) {
    expect(printed).not.toContain(text);
    texts.add(text);
  }
  const { hits, looked } = watch.end([...texts]);
  expect(hits).toEqual([]);
  expect(looked).toBeGreaterThan(0);
  vi.unstubAllEnvs();
  await manager.close();
  await cloudflare.close();
});

const idOf = (name: string) => `nearcade/staging/${name}`;
const textOf = (name: string) => manager.text(idOf(name)) ?? '';

describe('signing keys', () => {
  const kids = (json: string | undefined) =>
    (JSON.parse(json ?? '[]') as { kid: string }[]).map(({ kid }) => kid);
  const current = () => kids(textOf('worker/SIGNING_JWKS'));
  const rotate = (isHurried = false) => rotateSigningJwks(context, isHurried);

  it('come in second, sign when everybody knows them, and the old one goes when its last token has run out', async () => {
    const [old = ''] = current();
    // Cut off before the Worker has it: the same key goes on.
    addVersion(cloudflare);
    await expect(rotate()).rejects.toMatchObject({ code: 'deploy_refused' });
    expect(current()).toEqual([old]);
    const [, young = ''] = kids(manager.text(idOf('worker/SIGNING_JWKS'), 'AWSPENDING'));
    settle(cloudflare);
    await rotate();
    expect(printed).toContain('A step was cut off: it goes on.');
    expect(current()).toEqual([old, young]);
    expect(kids(servingSecrets(cloudflare).SIGNING_JWKS)).toEqual([old, young]);

    manager.pass(10 * MINUTE);
    await rotate();
    expect(current()).toEqual([young, old]);
    expect(kids(servingSecrets(cloudflare).SIGNING_JWKS)).toEqual([young, old]);

    manager.pass(30 * MINUTE);
    await rotate();
    expect(current()).toEqual([young, old]);
    manager.pass(60 * MINUTE);
    await rotate();
    expect(current()).toEqual([young]);
    expect(kids(servingSecrets(cloudflare).SIGNING_JWKS)).toEqual([young]);
    expect(printed).toMatch(/Next.*signs.*\n.*\n2 of 3.*\nNext.*goes.*(?:\n.*)*\n3 of 3/);
  });
});

it("the fleet's key is taken by the Worker first, then given to nodes, and the old one goes when none has it", async () => {
  const old = textOf('node/fleet-key');
  await rotateFleetKey(context, false);
  const young = textOf('node/fleet-key');
  expect(young).not.toBe(old);
  expect(servingSecrets(cloudflare).NODE_REGISTRATION_KEY).toBe(`${young},${old}`);
  const order = manager.calls.filter(({ action }) => /Put|Update/.test(action)).map(({ secret }) => secret);
  const ids = ['worker/NODE_REGISTRATION_KEY', 'worker/NODE_REGISTRATION_KEY', 'node/fleet-key'].map(idOf);
  expect(order).toEqual(ids);

  manager.pass(11 * MINUTE);
  await rotateFleetKey(context, false);
  expect(servingSecrets(cloudflare).NODE_REGISTRATION_KEY).toBe(young);
  expect(textOf('worker/NODE_REGISTRATION_KEY')).toBe(young);
  texts.add(old).add(young);
});

it('webhook secrets overlap; whoever is in a hurry need not wait', async () => {
  manager.set(idOf('worker/PAYMENT_WEBHOOK_SECRETS'), 'w'.repeat(40));
  const read = () => Promise.resolve('x'.repeat(40));
  await rotateWebhookSecrets(context, { isHurried: false, read });
  expect(textOf('worker/PAYMENT_WEBHOOK_SECRETS')).toBe(`${'x'.repeat(40)},${'w'.repeat(40)}`);
  await rotateWebhookSecrets(context, { isHurried: true, read });
  expect(textOf('worker/PAYMENT_WEBHOOK_SECRETS')).toBe('x'.repeat(40));
  const wrong = { isHurried: false, read: () => Promise.resolve('short') };
  await expect(rotateWebhookSecrets(context, wrong)).rejects.toMatchObject({ code: 'secret_invalid' });
});
