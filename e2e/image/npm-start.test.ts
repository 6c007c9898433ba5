import { cpSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, relative } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NEARCADE_DIR, ROOT } from '#local/paths.ts';
import { freePort } from '#local/supervise/ports.ts';
import { NATIVE_HELPER } from '#media-node/encode/build-native.ts';
import { packagesOf } from '#media-node/image/packages.mjs';
import { GAMES_BUILD_DIR, loadManifests } from '../../games/install.ts';
import { launchBrowser } from '../support/browser.ts';
import { Player } from '../support/player.ts';
import { readProbe } from '../support/probe.ts';
import { until } from '../support/until.ts';
import { copyClone } from './clone.ts';
import { Machine } from './machine.ts';
import { Program } from './program.ts';

/**
 * README's "Run it" where nothing was installed before: what `npm start` needs and does not bring itself is missing here. Only mediasoup's worker
 * is taken from the cache that all clones of a machine share, where it lies in there: it takes minutes.
 */

const DIR = join(NEARCADE_DIR, 'run', 'npm-start');
const DISK = join(DIR, 'root');
/** Within the machine. */
const CLONE = '/root/nearcade';
const WORKERS = join('nearcade', 'mediasoup-worker');

/** Downloads and compilers: what hangs, not what is slow. */
const UP_MS = 900_000;

/** How long a player may queue: this node takes a session when the machine's processors have room beside what else runs on it. */
const QUEUE_MS = 300_000;

/** What may run of the platform, as the kernel calls it. */
const PARTS = /^(MainThread|mediasoup-worke|node|npm.*|postgres|pulseaudio|redis-server|workerd|Xvfb)$/;

let machine: Machine;
let program: Program;
let browser: Browser;
let player: Player;
let baseUrl: string;

beforeAll(async () => {
  rmSync(DIR, { recursive: true, force: true });
  mkdirSync(DIR, { recursive: true });
  machine = await Machine.boot(DISK);
  await copyClone(join(DISK, CLONE));
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  if (existsSync(join(cache, WORKERS))) {
    cpSync(join(cache, WORKERS), join(DISK, 'root', '.cache', WORKERS), { recursive: true });
  }
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
  await machine?.close();
  rmSync(DIR, { recursive: true, force: true });
});

/** Where something of this clone lies in the machine's. */
const there = (path: string) => join(DISK, CLONE, relative(ROOT, path));

/** Shell in the clone. */
const inClone = (script: string, ...args: string[]) => [
  'sh',
  '-c',
  `cd ${CLONE} && ${script}`,
  'sh',
  ...args,
];

async function play(slug: string): Promise<void> {
  await player.page.getByTestId(`play-${slug}`).click();
  await player.waitForState('playing', QUEUE_MS);
  await player.waitForPicture();
}

/** The names of all its processes. */
async function running(): Promise<string[]> {
  const names = await machine.run(['sh', '-c', 'cat /proc/[0-9]*/comm 2>/dev/null || true']);
  return names.trim().split('\n');
}

describe('a clone on a bare Debian 12', () => {
  it('gets its Node by the line that the README has for it', async () => {
    await machine.run(inClone('media-node/image/install.sh --parts node'), { network: 'host' });
    expect(await machine.run(['node', '--version'])).toMatch(/^v24\./);
    expect(existsSync(there(NATIVE_HELPER))).toBe(false);
    expect(existsSync(there(join(ROOT, 'node_modules')))).toBe(false);
  });

  it('runs the platform by npm start, which installs and builds all that it needs', async () => {
    const port = String(await freePort());
    // A process group of its own, as a terminal gives it.
    const start = 'echo $$ >/run/npm-start.pid && exec npm start -- --port "$1"';
    program = new Program(machine.enter(['setsid', ...inClone(start, port)], 'host'), 'npm start');
    await program.says('Nearcade runs:', UP_MS);
    console.log(program.output.match(/^.*: done in .*$|^Nearcade runs.*$/gm)?.join('\n'));
    baseUrl = `http://127.0.0.1:${port}`;
    expect(await running()).toEqual(expect.arrayContaining(['mediasoup-worke', 'redis-server', 'workerd']));
  });

  it('has every package of the lists and every game by then', async () => {
    const names = packagesOf(['node', 'build', 'games', 'local']);
    const listed = await machine.run(['dpkg-query', '--list', ...names]);
    // "ii": wanted, and installed.
    expect(listed.match(/^ii /gm)).toHaveLength(names.length);
    expect(existsSync(there(NATIVE_HELPER))).toBe(true);
    for (const { manifest } of await loadManifests()) {
      if (manifest.install.build === undefined) continue;
      expect(existsSync(there(join(GAMES_BUILD_DIR, manifest.slug))), manifest.slug).toBe(true);
    }
  });

  it('plays the probe in a browser', async () => {
    player = await Player.open(browser, baseUrl);
    await player.register('Ida');
    await play('probe');
    await player.focus();
    const before = await readProbe(player);
    await player.press('Space');
    await until('seat 1 counted the press', async () => {
      return (await readProbe(player)).presses[0] === (before.presses[0] ?? 0) + 1;
    });
    await player.quit();
  });

  it('plays every other game that it lists', async () => {
    const listed = (await loadManifests()).filter(({ manifest }) => !manifest.unlisted);
    for (const { manifest } of listed.filter(game => game.manifest.slug !== 'probe')) {
      await player.page.goto(baseUrl);
      await play(manifest.slug);
      await player.quit();
    }
  });

  it('ends by Ctrl-C, with all that it started', async () => {
    await machine.run(['bash', '-c', 'kill -INT -- "-$(cat /run/npm-start.pid)"']);
    await program.exited();
    expect(program.output).toContain('Stopping ...');
    expect((await running()).filter(name => PARTS.test(name))).toEqual([]);
  });
});
