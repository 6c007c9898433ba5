import { describe, expect, it } from 'vitest';
import { NearcadeError } from './errors.ts';
import { parseManifest } from './manifest.ts';

const SMALLEST = {
  slug: 'two-keys',
  title: 'Two Keys',
  summary: 'Press both.',
  description: 'A game of two keys.',
  version: '1.0',
  developer: 'Somebody',
  licence: 'MIT',
  art: { cover: 'cover.svg', accent: '#336699' },
  command: ['/usr/games/two-keys'],
  install: { debian: ['two-keys'] },
  seats: 2,
  input: {
    pointer: 'none',
    seats: [
      { keys: 'all', pointer: false, hint: 'Any key' },
      { keys: { ArrowLeft: 'KeyA' }, pointer: false, hint: 'Left' },
    ],
  },
  picture: { width: 640, height: 360, fps: 60, minBitrateKbps: 300, maxBitrateKbps: 4000 },
  ready: 'window',
  needs: { memoryMb: 100, cpu: 0.5 },
};

/** The smallest manifest with the value at `path` replaced, or removed when undefined. */
function having(path: string, value: unknown): unknown {
  const copy: unknown = structuredClone(SMALLEST);
  const parts = path.split('.');
  const last = parts.pop() ?? '';
  const parent = parts.reduce<unknown>((node, part) => (node as Record<string, unknown>)[part], copy);
  (parent as Record<string, unknown>)[last] = value;
  return copy;
}

function complaint(manifest: unknown): string {
  try {
    parseManifest(manifest);
  } catch (error) {
    expect(error).toBeInstanceOf(NearcadeError);
    expect(error).toHaveProperty('code', 'manifest_invalid');
    return (error as NearcadeError).message;
  }
  throw new Error('the manifest was taken');
}

describe('parseManifest', () => {
  it('fills in the defaults', () => {
    const manifest = parseManifest(SMALLEST);
    expect(manifest.env).toEqual({});
    expect(manifest.reconnectWindowSeconds).toBe(120);
    expect(manifest.savePaths).toEqual([]);
    expect(manifest.input.minimumKeyHoldMs).toBe(0);
    expect(manifest.network).toBe(false);
    expect(manifest.price).toEqual({ credits: 0, per: 'session' });
    expect(manifest.regions).toEqual([]);
  });

  it('takes what a game lists to reach of the network', () => {
    const egress = [
      { host: 'scores.example.com', ports: [443] },
      { host: '203.0.113.0/24', ports: [5000, 5001], protocol: 'udp' },
    ];
    expect(parseManifest(having('network', { egress })).network).toEqual({
      egress: [{ ...egress[0], protocol: 'tcp' }, egress[1]],
    });
  });

  it.each([
    ['slug', 'Two Keys', 'slug: must be lower-case words joined by hyphens'],
    ['title', undefined, 'title: Invalid input: expected string, received undefined'],
    ['summary', 'a\nb', 'summary: must be one line'],
    ['art.accent', 'blue', 'art.accent: must be a colour like #1a2b3c'],
    ['art.cover', '../cover.svg', 'art.cover: must not contain ".."'],
    ['command', [], 'command: must name a program'],
    ['env', { DISPLAY: ':3' }, 'env.DISPLAY: is set by the sandbox'],
    ['env', { LEVEL: '3\0--bind\0/\0/mnt' }, 'env.LEVEL: must not contain NUL'],
    ['env', { LEVEL: 'x'.repeat(5000) }, 'env.LEVEL: Too big'],
    ['command', ['game', 'x\0y'], 'command[1]: must not contain NUL'],
    ['install.debian', ['Two Keys'], 'install.debian[0]: must be the name of a Debian package'],
    ['install.build', {}, 'install.build: needs either "cmake" or "script"'],
    ['input.seats.0.keys', 'none', 'input.seats[0].keys: must be "all" or a map'],
    [
      'input.seats.1.keys',
      { ArowLeft: 'KeyA' },
      'input.seats[1].keys.ArowLeft: "ArowLeft" is no KeyboardEvent',
    ],
    ['input.seats.1.keys', { ArrowLeft: 'a' }, 'input.seats[1].keys.ArrowLeft: "a" is no KeyboardEvent.code'],
    ['input.seats.1.pointer', true, 'input.seats[1].pointer: must be false: the game has no pointer'],
    ['seats', 3, 'input.seats: must have one entry a seat: 3, not 2'],
    ['picture.width', 641, 'picture.width: Invalid number: must be a multiple of 2'],
    ['picture.minBitrateKbps', 9000, 'picture.minBitrateKbps: must not be above maxBitrateKbps'],
    ['savePaths', ['/etc'], 'savePaths[0]: must be a relative path'],
    ['savePaths', ['a/../../b'], 'savePaths[0]: must not contain ".."'],
    ['version', 'two words', 'version: must be letters, digits and . + ~ _ -'],
    ['price', { credits: -1, per: 'session' }, 'price.credits: Too small: expected number to be >=0'],
    ['price', { credits: 1, per: 'hour' }, 'price.per: Invalid option: expected one of "session"|"minute"'],
    ['regions', ['eu central'], 'regions[0]: must be the name of a region'],
    ['tags', ['Action'], 'tags[0]: must be lower-case words joined by hyphens'],
    ['network', true, 'network: must be false or { "egress": [{ "host", "ports" }] }'],
    ['network', { egress: [] }, 'network.egress: Too small'],
    ['network', { egress: [{ host: 'a.example', ports: [0] }] }, 'network.egress[0].ports[0]: Too small'],
    ['network', { egress: [{ host: 'A b', ports: [1] }] }, 'network.egress[0].host: must be a host name'],
    ['network', { egress: [{ host: 'localhost', ports: [1] }] }, 'host: must be a host name'],
    ['network', { egress: [{ host: '::1', ports: [1] }] }, 'host: must be a host name'],
    ['network', { egress: [{ host: '203.0.0.0/8', ports: [1] }] }, 'host: must not be wider than /16'],
    ['network', { egress: [{ host: '203.0.113.1/24', ports: [1] }] }, 'host: must be a host name'],
    ['seatz', 1, 'the manifest: Unrecognized key: "seatz"'],
  ])('names the wrong field: %s = %j', (path, value, expected) => {
    expect(complaint(having(path, value))).toContain(expected);
  });

  it.each([
    ...[
      '169.254.169.254',
      '10.0.0.0/16',
      '127.0.0.1',
      '192.168.0.0/24',
      '172.31.0.1',
      '100.64.1.1',
      '224.0.0.1',
    ],
    ...['0.0.0.0', '255.255.255.255'],
  ])('lets no game list %s, which is no address of the internet', host => {
    expect(complaint(having('network', { egress: [{ host, ports: [80] }] }))).toContain(
      'network.egress[0].host: must be an address of the internet',
    );
  });

  it('names every wrong field at once', () => {
    const both = { ...SMALLEST, version: '', ready: 'port' };
    expect(complaint(both)).toMatch(/version: must be letters, digits and .*; ready: /);
  });
});
