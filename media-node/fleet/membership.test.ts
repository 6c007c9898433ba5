import { pino } from 'pino';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { SecretsManagerStandIn, STAND_IN_REGION } from '#secrets/testing/secrets-manager.ts';
import { openSecrets } from '../open-secrets.ts';
import { FLEET_KEY, TestEdge } from '../test/test-edge.ts';
import { EdgeClient } from './edge-client.ts';
import { EdgeClock } from './edge-clock.ts';
import { Membership } from './membership.ts';

const SECRET = 'nearcade/staging/node/fleet-key';
const NEXT_KEY = 'the fleet key after its rotation';

let manager: SecretsManagerStandIn;
let edge: TestEdge;
let membership: Membership;
let log: string;
let closeSecrets: () => void;

beforeEach(async () => {
  log = '';
  manager = await SecretsManagerStandIn.open('staging');
  edge = await TestEdge.open();
  for (const [name, value] of Object.entries(manager.environment('node'))) vi.stubEnv(name, value);
  const logger = pino({}, { write: line => (log += line) });
  const secrets = openSecrets(
    { kind: 'aws', prefix: 'nearcade/staging/node/', region: STAND_IN_REGION },
    logger,
  );
  closeSecrets = () => secrets.close();
  membership = new Membership({
    edge: new EdgeClient(edge.url),
    secrets,
    signalUrl: async () => 'ws://127.0.0.1:1/',
    registration: {
      nodeId: 'node-1',
      bootId: '9b8f2bb0-4a2b-4a43-8b1a-0e9b6a3c5d01',
      region: 'test',
      slots: 1,
      version: '1',
      canRelay: false,
      games: [],
    },
    report: () => ({ state: 'ready', load: { cpu: 0, sessions: 0, viewers: 0 }, sessions: [] }),
    onEndSession: () => {},
    onOrders: () => {},
    onRegistered: () => {},
    clock: new EdgeClock(Date.now),
    log: logger,
  });
});
afterEach(async () => {
  await membership.close();
  closeSecrets();
  vi.unstubAllEnvs();
  await edge.close();
  await manager.close();
});

const registrations = () => edge.registrations.length;

it('registers with the key of Secrets Manager, for which it needs nothing but to read its own', async () => {
  manager.set(SECRET, FLEET_KEY);
  await membership.join();
  expect(registrations()).toBe(1);
  expect(manager.calls).toEqual([{ role: 'node', action: 'secretsmanager:GetSecretValue', secret: SECRET }]);
});

it('takes the new key at once when the edge refuses the old one, without a restart', async () => {
  manager.set(SECRET, FLEET_KEY);
  await membership.join();
  manager.set(SECRET, NEXT_KEY);
  edge.fleetKey = NEXT_KEY;
  edge.forgetNodes();
  await expect.poll(registrations).toBe(2);
  expect(log).not.toContain('could not register');
  expect(log).not.toContain(NEXT_KEY);
});

it('asks anew for a key that is refused, until it is given one that is taken', async () => {
  manager.set(SECRET, FLEET_KEY);
  edge.fleetKey = NEXT_KEY;
  const joined = membership.join();
  await expect.poll(() => log).toContain('node_unknown');
  manager.set(SECRET, NEXT_KEY);
  await joined;
  expect(registrations()).toBe(1);
});

it('waits for a key that is not there yet, and says which', async () => {
  const joined = membership.join();
  await expect.poll(() => log).toContain(SECRET);
  expect(log).toContain('secret_missing');
  manager.set(SECRET, FLEET_KEY);
  await joined;
  expect(registrations()).toBe(1);
});

it('goes on with the last key while Secrets Manager is away', async () => {
  manager.set(SECRET, FLEET_KEY);
  await membership.join();
  manager.away = true;
  edge.forgetNodes();
  await expect.poll(registrations).toBe(2);
  expect(log).toContain('secrets_unreachable');
});
