import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseConfig } from '../config.ts';
import { loadBootConfig } from './boot-config.ts';
import { hostnameOf, nodeConfig } from './node-config.ts';

const BOOT = {
  environment: 'staging',
  region: 'eu-central-1',
  edgeUrl: 'https://staging.example.org',
  domain: 'nodes.staging.example.org',
  acmeDirectory: 'https://acme-staging-v02.api.letsencrypt.org/directory',
  acmeEmail: 'operations@example.org',
  secrets: { region: 'eu-central-1', prefix: 'nearcade/staging/node/' },
  slots: 4,
  drainSeconds: 600,
  release: { url: 'https://releases.example.org/nearcade.tar.gz', sha256: 'a'.repeat(64) },
  autoScalingGroup: 'nearcade-staging-eu-central-1',
  lifecycleHook: 'nearcade-drain',
};
const INSTANCE = { id: 'i-0123456789abcdef0', region: 'eu-central-1', publicAddress: '203.0.113.7' };
const PLACE = {
  tree: '/opt/nearcade/current',
  parts: { mediaHelper: '/x/nearcade-media', gamesBuildDir: '/x/games' },
};

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'nearcade-boot-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function load(boot: object | string) {
  const file = join(dir, 'boot.json');
  writeFileSync(file, typeof boot === 'string' ? boot : JSON.stringify(boot));
  return loadBootConfig(file);
}

const configOf = async (boot: object) => parseConfig(nodeConfig(await load(boot), INSTANCE, PLACE), {});

describe("a node's configuration", () => {
  it('is made of what the machine was told and what it is', async () => {
    expect(await configOf(BOOT)).toMatchObject({
      nodeId: 'eu-central-1-0123456789abcdef0',
      region: 'eu-central-1',
      edgeUrl: 'https://staging.example.org',
      // Caddy is what the world reaches.
      signal: {
        host: '127.0.0.1',
        port: 8443,
        publicUrl: 'wss://eu-central-1-0123456789abcdef0.nodes.staging.example.org/',
      },
      rtc: { announcedAddress: '203.0.113.7', minPort: 40_000, maxPort: 49_999 },
      metrics: { host: '127.0.0.1', port: 9464 },
      secrets: { kind: 'aws', prefix: 'nearcade/staging/node/', region: 'eu-central-1' },
      fleet: {
        kind: 'aws',
        autoScalingGroup: 'nearcade-staging-eu-central-1',
        lifecycleHook: 'nearcade-drain',
      },
      slots: 4,
      drainSeconds: 600,
    });
  });

  it('has what boot.json says of the node itself last', async () => {
    const config = await configOf({ ...BOOT, node: { codec: 'vp9', drainSeconds: 30 } });
    expect(config).toMatchObject({ codec: 'vp9', drainSeconds: 30, slots: 4 });
  });

  it('is for a machine without a group too', async () => {
    const config = await configOf({ ...BOOT, autoScalingGroup: null, lifecycleHook: null });
    expect(config.fleet).toEqual({ kind: 'none' });
  });

  it('goes with a host name that a certificate can be for', async () => {
    expect(hostnameOf(await load(BOOT), INSTANCE)).toBe(
      'eu-central-1-0123456789abcdef0.nodes.staging.example.org',
    );
  });
});

describe('boot.json', () => {
  it.each([
    ['that is no JSON', '{', 'cannot be read'],
    ['without an edge', { ...BOOT, edgeUrl: undefined }, 'edgeUrl'],
    ['with a hash that is none', { ...BOOT, release: { ...BOOT.release, sha256: 'abc' } }, 'release.sha256'],
    ['with more slots than there are accounts', { ...BOOT, slots: 65 }, 'slots'],
    ['whose region is no part of a host name', { ...BOOT, region: 'eu central' }, 'region'],
  ])('%s is refused, by the field', async (_, boot, field) => {
    await expect(load(boot)).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining(field),
    });
  });
});
