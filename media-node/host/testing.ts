import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import pino from 'pino';
import { type GameManifest, parseManifest } from '#shared/manifest.ts';
import { NATIVE_BUILD_DIR } from '../encode/build-native.ts';
import { SlotHost } from './slot-host.ts';
import type { GameProcess, LaunchOptions, SlotHostOptions } from './types.ts';

/** Uids for tests only, other ones in each process, so that runs at the same time do not meet. */
const TEST_UIDS = 400_000;
const UIDS_A_PROCESS = 16;

const PICTURE = { width: 640, height: 360, fps: 60, minBitrateKbps: 100, maxBitrateKbps: 2000 };
const EVERYTHING = { keys: 'all' as const, pointer: true, hint: 'Everything.' };

/** Slots on this machine with files of their own, for tests; `close()` ends the slots and removes the files. */
export class TestSlots {
  readonly runtimeDir = mkdtempSync('/tmp/nearcade-test-');
  /** Below /root where the tests run as root: games must work from a place that their user cannot enter. */
  readonly dataDir = mkdtempSync(join(process.env.HOME ?? '/tmp', '.nearcade-test-'));
  readonly uidBase = TEST_UIDS + (process.pid % 10_000) * UIDS_A_PROCESS;
  readonly #hosts: SlotHost[] = [];

  async open(index: number, changes: Pick<SlotHostOptions, 'lookup' | 'uinput'> = {}): Promise<SlotHost> {
    const host = await SlotHost.open({
      index,
      runtimeDir: this.runtimeDir,
      dataDir: this.dataDir,
      maxWidth: 1280,
      maxHeight: 720,
      uidBase: this.uidBase,
      padsLibrary: join(NATIVE_BUILD_DIR, 'nearcade-pads.so'),
      log: pino({ level: process.env.LOG_LEVEL ?? 'silent' }),
      ...changes,
    });
    this.#hosts.push(host);
    return host;
  }

  uid(index: number): number {
    return this.uidBase + index;
  }

  home(name: string): string {
    return join(this.dataDir, 'homes', name);
  }

  /** A game that is a shell script. */
  async shell(host: SlotHost, script: string, changes: ManifestChanges = {}): Promise<GameProcess> {
    const gameDir = join(this.dataDir, 'script');
    mkdirSync(gameDir, { recursive: true });
    writeFileSync(join(gameDir, 'run.sh'), script);
    return host.launchGame({
      manifest: testManifest(['/bin/sh', '/opt/games/test/run.sh'], changes),
      gameDir,
      buildDir: join(this.dataDir, 'nothing'),
      homeDir: this.home(`slot-${host.index}`),
      sessionId: 'test',
    });
  }

  /** What a shell script prints when it is a game. */
  async output(host: SlotHost, script: string, changes: ManifestChanges = {}): Promise<string> {
    const game = await this.shell(host, script, changes);
    await game.exited;
    await host.reset();
    return game.lastOutput;
  }

  /** A game with a window, in Node and the `x11` package: `X`, `root` and `x11` are there for `script`. */
  async window(host: SlotHost, script: string, changes: ManifestChanges = {}): Promise<GameProcess> {
    const start = `
      const x11 = require('/opt/games/test/lib/index.js');
      x11.createClient((error, display) => {
        if (error) throw error;
        const X = display.client, root = display.screen[0].root, mask = x11.eventMask;
        X.on('error', error => console.log('error', error.message));
        const open = (eventMask, events) => {
          const id = X.AllocID();
          X.CreateWindow(id, root, 0, 0, 100, 100, 0, 0, 0, 0, { eventMask });
          X.on('event', event => event.wid === id && events(event, id));
          X.MapWindow(id);
          return id;
        };
        ${script}
      });`;
    return host.launchGame({
      manifest: testManifest(['/opt/games-build/test/node', '-e', start], changes),
      gameDir: dirname(createRequire(import.meta.url).resolve('x11/package.json')),
      buildDir: dirname(process.execPath),
      homeDir: this.home(`slot-${host.index}`),
      sessionId: 'test',
    });
  }

  async close(): Promise<void> {
    for (const host of this.#hosts) await host.close();
    rmSync(this.runtimeDir, { recursive: true, force: true });
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}

export interface ManifestChanges {
  input?: Partial<GameManifest['input']>;
  needs?: Partial<GameManifest['needs']>;
  /** As in a manifest, before its defaults. */
  network?: unknown;
  env?: Record<string, string>;
}

export function testManifest(
  command: string[],
  { input = {}, needs, network, env = {} }: ManifestChanges = {},
): GameManifest {
  const seats = input.seats ?? [EVERYTHING];
  return parseManifest({
    slug: 'test',
    title: 'Test',
    summary: 'A game of the tests.',
    description: 'A game of the tests.',
    version: '1',
    developer: 'Nearcade',
    licence: 'MIT',
    art: { cover: 'cover.svg', accent: '#000000' },
    command,
    env,
    install: {},
    seats: seats.length,
    input: { pointer: 'absolute', ...input, seats },
    picture: PICTURE,
    ready: 'window',
    needs: { memoryMb: 400, cpu: 1, ...needs },
    ...(network === undefined ? {} : { network }),
  });
}

/** Waits until `check` holds; fails with `what` after `timeoutMs`, which is for what never comes, however busy the machine is. */
export async function until(check: () => boolean, what: string, timeoutMs = 60_000): Promise<void> {
  const giveUp = Date.now() + timeoutMs;
  while (!check()) {
    if (Date.now() > giveUp) throw new Error(`not in ${timeoutMs} ms: ${what}`);
    await new Promise(resolve => setTimeout(resolve, 5));
  }
}

/** Whether a process still has `uid` in its credentials is asked of slot-user.ts; this is its command line. */
export function commandOf(pid: number): string {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
}

const ROOT = join(import.meta.dirname, '../..');

/** A game of this project, as the set-up built it. */
export function installedGame(slug: string): Pick<LaunchOptions, 'manifest' | 'gameDir' | 'buildDir'> {
  const [gameDir, buildDir] = [join(ROOT, 'games', slug), join(ROOT, '.nearcade/games', slug)];
  if (!existsSync(join(buildDir, slug))) throw new Error(`${slug} is not built: npm run setup`);
  const manifest = parseManifest(JSON.parse(readFileSync(join(gameDir, 'game.json'), 'utf8')));
  return { manifest, gameDir, buildDir };
}
