import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { basename, join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NEARCADE_DIR } from '#local/paths.ts';
import { type Platform, startPlatform } from '#local/platform.ts';
import { loadSecrets } from '#local/services/secrets.ts';
import { TestMetadata } from '#media-node/test/test-metadata.ts';
import { makeRelease, type Release } from '../../deploy/release/release.ts';
import { launchBrowser } from '../support/browser.ts';
import { Player } from '../support/player.ts';
import { readProbe } from '../support/probe.ts';
import { until } from '../support/until.ts';
import { firstBoot } from './first-boot.ts';
import { type Forward, forward } from './forward.ts';
import { HOST_ADDRESS, MACHINE_ADDRESS, Machine } from './machine.ts';

const DIR = join(NEARCADE_DIR, 'run', 'image');
const ROOT = join(DIR, 'root');
const NODE_ID = 'local-0123456789abcdef0';
const UNIT = 'nearcade-node.service';

/** systemd-analyze security: 0 (nothing is left to it) to 10 (everything). A service with no setting has 9.6. */
const MOST_EXPOSURE = 6.0;

let platform: Platform;
let release: Release;
let machine: Machine;
let metadata: TestMetadata;
const forwards: Forward[] = [];
const releases = createServer((_request, response) => response.end(readFileSync(release.file)));

beforeAll(async () => {
  rmSync(DIR, { recursive: true, force: true });
  mkdirSync(DIR, { recursive: true });
  release = await timed('release', () => makeRelease(DIR));
  platform = await timed('platform', () => startPlatform({ name: 'e2e-image', withNode: false }));
  machine = await timed('bare machine', () => Machine.boot(ROOT));
  metadata = await TestMetadata.open();
  metadata.values.set('public-ipv4', MACHINE_ADDRESS);
  await new Promise<void>(resolve => releases.listen(0, '127.0.0.1', resolve));
});

afterAll(async () => {
  await machine?.close();
  for (const { close } of forwards) await close();
  releases.closeAllConnections();
  releases.close();
  await metadata?.close();
  await platform?.close();
  rmSync(DIR, { recursive: true, force: true });
});

async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const begin = performance.now();
  const result = await work();
  console.log(`${what}: ${((performance.now() - begin) / 1000).toFixed(1)} s`);
  return result;
}

async function reachable(port: number): Promise<string> {
  const opened = await forward(HOST_ADDRESS, port);
  forwards.push(opened);
  return `http://${HOST_ADDRESS}:${opened.port}`;
}

const portOf = (url: string) => Number(new URL(url).port);

/** The node's row, as the edge has it. */
async function registered(): Promise<string | undefined> {
  const client = new pg.Client({ connectionString: platform.databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ state: string }>('select state from nodes where id = $1', [
      NODE_ID,
    ]);
    return rows[0]?.state;
  } finally {
    await client.end();
  }
}

async function withJournal<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    console.error(await machine.journal(UNIT));
    throw error;
  }
}

describe('a bare Debian 12', () => {
  it('becomes a node by its first boot, which the edge then knows', () =>
    withJournal(async () => {
      const edgeUrl = await reachable(portOf(platform.baseUrl));
      const metadataUrl = await reachable(portOf(metadata.url));
      const releaseUrl = await reachable((releases.address() as { port: number }).port);
      const { nodeRegistrationKey } = await loadSecrets(platform.paths.secrets);
      const [newestKey = ''] = nodeRegistrationKey.split(',');
      await machine.write('/etc/nearcade/secrets/fleet-key', newestKey, '600');
      const environment = { AWS_EC2_METADATA_SERVICE_ENDPOINT: metadataUrl, NEARCADE_GAMES: 'probe' };
      const lines = Object.entries(environment).map(([name, value]) => `${name}=${value}\n`);
      await machine.write('/etc/nearcade/environment', lines.join(''), '644');
      const script = firstBoot(release, {
        url: `${releaseUrl}/${basename(release.file)}`,
        edgeUrl,
        node: {
          signal: { host: MACHINE_ADDRESS, port: 8443, publicUrl: `ws://${MACHINE_ADDRESS}:8443/` },
          secrets: { kind: 'files', dir: '/etc/nearcade/secrets' },
          // Its name and certificate are another test's (e2e/node-name.test.ts).
          naming: { kind: 'fixed' },
          // What else runs on the machine of this test is no business of its own.
          cpuBudget: 'measured',
        },
      });
      const log = await timed('first boot', () =>
        machine.run(['bash', '-s'], { network: 'host', input: script }),
      );
      console.log(
        log
          .split('\n')
          .filter(line => line.startsWith('install: '))
          .join('\n'),
      );
      await timed('registered', () =>
        until('the edge knows the node', async () => (await registered()) === 'ready', 90_000),
      );
    }));

  it('has nothing left to do the second time', async () => {
    const output = await machine.run(
      [
        '/opt/nearcade/current/media-node/image/install.sh',
        '--parts',
        'node,packages,npm,worker,helper,games,users,system',
      ],
      { network: 'host' },
    );
    expect(output).not.toMatch(/wrote|unpacked|fetching|Setting up/);
  });

  it('has units that systemd takes, and that leave it little', async () => {
    await machine.run(['systemd-analyze', 'verify', '--man=no', UNIT, 'caddy.service']);
    const threshold = String(MOST_EXPOSURE * 10);
    await machine.run(['systemd-analyze', 'security', '--no-pager', `--threshold=${threshold}`, UNIT]);
  });

  it('plays the probe for a browser outside', () =>
    withJournal(async () => {
      const browser = await launchBrowser();
      try {
        const player = await Player.open(browser, platform.baseUrl);
        await player.register('Ida');
        await player.play('probe');
        await player.focus();
        const before = await readProbe(player);
        await player.press('Space');
        await until('seat 1 counted the press', async () => {
          const now = await readProbe(player);
          return now.presses[0] === (before.presses[0] ?? 0) + 1;
        });
        expect((await readProbe(player)).colours[0]).not.toBe(before.colours[0]);
        await player.quit();
      } finally {
        await browser.close();
      }
    }));

  it('leaves when it is stopped, and ends clean', () =>
    withJournal(async () => {
      await machine.run(['systemctl', 'stop', UNIT]);
      const state = await machine.run(['systemctl', 'show', '--property=Result,ExecMainStatus', UNIT]);
      expect(state.trim().split('\n').sort()).toEqual(['ExecMainStatus=0', 'Result=success']);
      await until('the edge knows that it has left', async () => (await registered()) === 'gone');
    }));
});
