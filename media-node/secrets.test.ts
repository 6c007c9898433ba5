import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { ProcessWatch } from '#secrets/testing/process-watch.ts';
import { SecretsManagerStandIn, STAND_IN_REGION } from '#secrets/testing/secrets-manager.ts';
import { TestEdge } from './test/test-edge.ts';
import { TestNode } from './test/test-node.ts';

const SECRET = 'nearcade/staging/node/fleet-key';
const canary = () => `canary-${randomBytes(24).toString('base64url')}`;

let manager: SecretsManagerStandIn;
let edge: TestEdge;
let node: TestNode | undefined;

beforeAll(async () => {
  manager = await SecretsManagerStandIn.open('staging');
  edge = await TestEdge.open();
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await node?.close();
  await edge.close();
  await manager.close();
});

it('a node starts with its key from Secrets Manager, however long that takes, and shows it to nobody', async () => {
  const [wrong, right] = [canary(), canary()];
  const watch = new ProcessWatch();
  for (const [name, value] of Object.entries(manager.environment('node'))) vi.stubEnv(name, value);
  const prefix = 'nearcade/staging/node/';
  const opened = TestNode.open({
    edge,
    slots: 1,
    overrides: { secrets: { kind: 'aws', prefix, region: STAND_IN_REGION }, logLevel: 'debug' },
  });
  // It is missing at first, then one that the edge refuses, in an answer that breaks off once.
  await expect.poll(() => manager.calls.length).toBeGreaterThan(0);
  edge.fleetKey = right;
  manager.set(SECRET, wrong);
  manager.garble(1);
  await expect.poll(() => edge.refusedKeys).toContain(wrong);
  manager.set(SECRET, right);
  node = await opened;

  const told = JSON.stringify(node.log);
  expect(told).toContain(`The secret ${SECRET} is not in Secrets Manager in ${STAND_IN_REGION}`);
  for (const text of [wrong, right]) {
    expect(told).not.toContain(text);
    expect(readFileSync(`/proc/${node.pid}/environ`, 'latin1')).not.toContain(text);
  }
  expect(watch.end([wrong, right])).toMatchObject({ hits: [] });
  expect(new Set(manager.calls.map(({ role, action, secret }) => `${role} ${action} ${secret}`))).toEqual(
    new Set([`node secretsmanager:GetSecretValue ${SECRET}`]),
  );
});
