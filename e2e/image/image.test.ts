import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
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
import { type FirstBoot, firstBoot } from './first-boot.ts';
import { type Forward, forward } from './forward.ts';
import { HOST_ADDRESS, MACHINE_ADDRESS, Machine } from './machine.ts';
import { expectLeaves, testSettings } from './machine-settings.ts';
import { run } from './run.ts';

const DIR = join(NEARCADE_DIR, 'run', 'image');
const ROOT = join(DIR, 'root');
const NODE_ID = 'local-0123456789abcdef0';
const UNIT = 'nearcade-node.service';

/** systemd-analyze security: 0 (nothing is left to it) to 10 (everything). A service without any setting has 9.6. */
const NODE_EXPOSURE = 5.2;
const HELPER_EXPOSURE = 2.5;

let platform: Platform;
let release: Release;
let machine: Machine;
let metadata: TestMetadata;
let boot: FirstBoot;
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
async function nodeRow(): Promise<{ state: string; boot_id: string } | undefined> {
  const client = new pg.Client({ connectionString: platform.databaseUrl });
  await client.connect();
  try {
    const query = 'select state, boot_id from nodes where id = $1';
    const { rows } = await client.query<{ state: string; boot_id: string }>(query, [NODE_ID]);
    return rows[0];
  } finally {
    await client.end();
  }
}

const registered = async () => (await nodeRow())?.state;
const bootId = async () => (await nodeRow())?.boot_id;

/** Programs of the machine by the names that the kernel has of them (15 characters), each with whom it runs as; sorted, each pair once. */
async function usersOf(...names: string[]): Promise<string[][]> {
  const lines = (await machine.run(['ps', '-eo', 'comm:16=,user:32='])).trim().split('\n');
  const pairs = new Set(lines.map(line => line.trim().split(/\s+/).join(' ')));
  return [...pairs]
    .map(pair => pair.split(' '))
    .filter(([name]) => names.includes(name ?? ''))
    .sort();
}

/** Where that machine writes and packages of others don't lie. */
const WRITTEN = ['/etc', '/opt/nearcade', '/root', '/run', '/tmp', '/var'];
const OF_OTHERS = ['.npm', 'archives', 'node_modules', 'toolchain'];

/** The files of the machine that hold one of these texts. */
async function filesOf(texts: readonly string[]): Promise<string[]> {
  const options = ['-rlsF', '--devices=skip', '--file=-', ...OF_OTHERS.map(name => `--exclude-dir=${name}`)];
  // It ends with 1 where there is none.
  const script = 'grep "$@" || true';
  const output = await machine.run(['sh', '-c', script, 'sh', ...options, ...WRITTEN], {
    input: texts.join('\n'),
  });
  return output.split('\n').filter(line => line !== '');
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
      boot = {
        url: `${releaseUrl}/${basename(release.file)}`,
        edgeUrl,
        node: {
          signal: { host: MACHINE_ADDRESS, port: 8443, publicUrl: `ws://${MACHINE_ADDRESS}:8443/` },
          secrets: { kind: 'files', dir: '/etc/nearcade/secrets' },
          // Its name and certificate are another test's (local/test/acme).
          naming: { kind: 'fixed' },
          // What else runs on the machine of this test is no business of its own.
          cpuBudget: 'measured',
        },
      };
      const log = await timed('first boot', () =>
        machine.run(['bash', '-s'], { network: 'host', input: firstBoot(release.sha256, boot) }),
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

  it('takes no release but the one that it was told', async () => {
    // Its attempts, without the waits between them.
    await machine.write('/tmp/no-waits/sleep', '#!/bin/sh\n', '755');
    const script = `PATH=/tmp/no-waits:$PATH\n${firstBoot('0'.repeat(64), boot)}`;
    const attempt = machine.run(['bash', '-s'], { network: 'host', input: script });
    await expect(attempt).rejects.toThrow(
      /attempt 8 failed[\s\S]*is not the release that this machine was told of/,
    );
    expect((await machine.run(['ls', '-A', '/opt/nearcade/releases'])).trim()).toBe(release.version);
  });

  it.each([
    [UNIT, NODE_EXPOSURE],
    ['caddy.service', HELPER_EXPOSURE],
    ['nearcade-logs.service', HELPER_EXPOSURE],
  ])('has a unit %s that systemd takes, and that leaves its programs little', async (unit, most) => {
    // What it does not know it only warns of; it also tells of units that ours mention.
    const warnings = await machine.run(['systemd-analyze', 'verify', '--man=no', unit]);
    expect(warnings.split('\n').filter(line => line.includes(unit))).toEqual([]);
    const report = await machine.run(['systemd-analyze', 'security', '--no-pager', unit]);
    const exposure = Number(/exposure level for \S+: ([\d.]+)/.exec(report)?.[1]);
    console.log(`${unit}: ${exposure}`);
    expect(exposure).toBeLessThanOrEqual(most);
  });

  testSettings(() => machine);

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
        expect(await usersOf('probe', 'Xvfb', 'pulseaudio', 'mediasoup-worke')).toEqual([
          ['Xvfb', 'nearcade-slot0'],
          ['mediasoup-worke', 'nearcade'],
          ['probe', 'nearcade-slot0'],
          ['pulseaudio', 'nearcade-slot0'],
        ]);
        await expectLeaves(machine, UNIT, 'probe');
        await player.quit();
      } finally {
        await browser.close();
      }
    }));

  it('can give a game a network under its unit', async () => {
    const unit = await machine.run(['cat', `/etc/systemd/system/${UNIT}`]);
    const hardening = unit
      .split('\n')
      .filter(line => !/^(Exec|Environment|Condition|Restart|Success|Type)/.test(line));
    const service = `Type=oneshot\nExecStart=/opt/game-network.sh ${boot.edgeUrl}/healthz`;
    const text = hardening.join('\n').replace('[Service]', `[Service]\n${service}`);
    await machine.write('/etc/systemd/system/game-network.service', text, '644');
    const script = readFileSync(join(import.meta.dirname, 'game-network.sh'), 'utf8');
    await machine.write('/opt/game-network.sh', script, '755');
    await machine.run(['systemctl', 'daemon-reload']);
    await machine.run(['systemctl', 'start', 'game-network.service']).catch(async (error: unknown) => {
      throw new Error(await machine.journal('game-network.service'), { cause: error });
    });
  });

  it('has its key in its own file alone: in no log, list of processes, configuration or user data', async () => {
    const { nodeRegistrationKey } = await loadSecrets(platform.paths.secrets);
    const keys = nodeRegistrationKey.split(',');
    expect(await filesOf(keys)).toEqual(['/etc/nearcade/secrets/fleet-key']);
    const seen = [
      await machine.run(['journalctl', '--output=export']),
      await machine.run(['ps', '-ewwo', 'args=']),
      firstBoot(release.sha256, boot),
    ];
    for (const key of keys) for (const text of seen) expect(text.includes(key)).toBe(false);
  });

  it('starts again when it dies', () =>
    withJournal(async () => {
      const before = await bootId();
      await machine.run(['systemctl', 'kill', '--kill-whom=main', '--signal=KILL', UNIT]);
      await until('another start of it is registered', async () => {
        return (await bootId()) !== before && (await registered()) === 'ready';
      });
    }));

  it('leaves when it is stopped, and ends clean', () =>
    withJournal(async () => {
      await machine.run(['systemctl', 'stop', UNIT]);
      const state = await machine.run(['systemctl', 'show', '--property=Result,ExecMainStatus', UNIT]);
      expect(state.trim().split('\n').sort()).toEqual(['ExecMainStatus=0', 'Result=success']);
      await until('the edge knows that it has left', async () => (await registered()) === 'gone');
    }));

  it('is gone with all that it was', async () => {
    await machine.close();
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(DIR);
    // The kernel takes a network namespace apart in its own time.
    await until('its link is gone', async () => !(await run(['ip', '-brief', 'link'])).includes('ncimage'));
    expect(existsSync(ROOT)).toBe(false);
    expect(existsSync(machine.group)).toBe(false);
  });
});
