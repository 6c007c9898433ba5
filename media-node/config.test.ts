import { expect, it } from 'vitest';
import { loadConfig, parseConfig } from './config.ts';

const minimal = {
  nodeId: 'node-1',
  region: 'eu',
  edgeUrl: 'http://localhost:8787',
  signal: { port: 7000, publicUrl: 'ws://localhost:7000/' },
  rtc: {},
  slots: 2,
  dataDir: 'data',
  gamesDir: '/games',
  gamesBuildDir: '/build',
  mediaHelper: '/bin/helper',
  secrets: { kind: 'files', dir: '/secrets' },
};

it('fills in defaults and makes paths absolute', () => {
  const config = parseConfig(minimal, {});
  expect(config).toMatchObject({ codec: 'h264', drainSeconds: 120, rtc: { listenIp: '0.0.0.0' } });
  expect(config.dataDir).toMatch(/^\/.*data$/);
});

it('lets the environment override the file', () => {
  const config = parseConfig(minimal, { NEARCADE_SLOTS: '5', NEARCADE_RTC_ANNOUNCED_ADDRESS: '203.0.113.9' });
  expect(config).toMatchObject({ slots: 5, rtc: { announcedAddress: '203.0.113.9' } });
});

it.each([
  ['an unknown field', { ...minimal, slot: 3 }, {}, /slot/],
  ['no slots', { ...minimal, slots: 0 }, {}, /slots/],
  ['an environment value of the wrong kind', minimal, { NEARCADE_SLOTS: 'many' }, /slots/],
  ['ports the wrong way round', { ...minimal, rtc: { minPort: 5, maxPort: 4 } }, {}, /rtc.minPort/],
  ['an address that is not http', { ...minimal, edgeUrl: 'ftp://x' }, {}, /edgeUrl/],
  ['a free port without {port}', { ...minimal, signal: { ...minimal.signal, port: 0 } }, {}, /publicUrl/],
  ['no address for players', { ...minimal, signal: { port: 7000 } }, {}, /publicUrl/],
  ['a name without an address', { ...minimal, naming: { kind: 'edge' } }, {}, /announcedAddress/],
  [
    'a name for another name',
    { ...minimal, naming: { kind: 'edge' }, rtc: { announcedAddress: 'example.org' } },
    {},
    /announcedAddress/,
  ],
  ['a secret store that does not exist', { ...minimal, secrets: { kind: 'vault' } }, {}, /secrets/],
])('refuses %s and names the field', (_what, json, env, field) => {
  expect(() => parseConfig(json, env)).toThrow(
    expect.objectContaining({ code: 'config_invalid', message: expect.stringMatching(field) }),
  );
});

it('says that a file is not there', async () => {
  await expect(loadConfig('/nowhere/node.json', {})).rejects.toMatchObject({ code: 'config_invalid' });
});
