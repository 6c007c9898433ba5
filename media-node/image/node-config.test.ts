import { describe, expect, it } from 'vitest';
import { parseConfig } from '../config.ts';
import { bootSchema } from './boot-config.ts';
import { nodeConfig } from './node-config.ts';

const BOOT = {
  environment: 'staging',
  region: 'eu-central-1',
  edgeUrl: 'https://play.example.org',
  domain: 'nodes.example.org',
  acmeDirectory: 'https://acme.example.org/directory',
  acmeEmail: 'operations@example.org',
  secrets: { region: 'eu-west-1', prefix: 'nearcade/staging/node/' },
  slots: 4,
  drainSeconds: 900,
  release: { url: 'https://releases.example.org/a.tar.gz', sha256: 'a'.repeat(64) },
};
const INSTANCE = { id: 'i-0123456789abcdef0', publicAddress: '203.0.113.7', region: 'eu-central-1' };
const PLACE = { tree: '/opt/nearcade/current', parts: { mediaHelper: 'helper', gamesBuildDir: 'games' } };

const fleetOf = (some: object) =>
  parseConfig(nodeConfig(bootSchema.parse({ ...BOOT, ...some }), INSTANCE, PLACE), {}).fleet;

describe("a node's fleet", () => {
  it('is the group that has started its machine, in the region where that is', () => {
    const group = { autoScalingGroup: 'nearcade-staging', lifecycleHook: 'nearcade-drain' };
    expect(fleetOf({ ...group, bootHook: 'nearcade-boot' })).toMatchObject({
      kind: 'aws',
      region: 'eu-central-1',
      ...group,
      bootHook: 'nearcade-boot',
    });
    expect(fleetOf({ ...group, bootHook: null })).toMatchObject({ kind: 'aws' });
  });

  it.each([
    ['no group', { autoScalingGroup: null, lifecycleHook: null }],
    ['a group that does not wait for its players', { autoScalingGroup: 'nearcade-staging' }],
  ])('is none with %s', (_, some) => {
    expect(fleetOf(some)).toEqual({ kind: 'none' });
  });
});
