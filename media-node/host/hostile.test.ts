import { type ChildProcess, execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { zstdDecompressSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { NATIVE_HELPER } from '../encode/build-native.ts';
import { pack } from '../saves/pack.ts';
import type { SlotHost } from './slot-host.ts';
import { processesOf } from './slot-user.ts';
import { installedGame, TestSlots, until } from './testing.ts';
import { Neighbour, startStream } from './testing-neighbour.ts';
import type { GameExit, HostFailure } from './types.ts';

const run = promisify(execFile);

/** What has to come of each of the attempts that a session survives (games/hostile). */
const OUTCOMES: Readonly<Record<string, string>> = {
  'neighbour-home': 'refused',
  'node-files': 'refused',
  'machine-files': 'refused',
  'write-system': 'refused',
  'save-symlinks': 'refused',
  'save-hard-links': 'refused',
  'save-names': 'limited',
  'save-special-files': 'limited',
  'save-deep-folders': 'limited',
  'set-uid-file': 'refused',
  'giant-file': 'killed',
  settings: 'refused',
  'devices-of-the-system': 'refused',
  'kernel-memory': 'refused',
  'kernel-log': 'refused',
  namespaces: 'refused',
  'enter-namespaces': 'refused',
  mounts: 'refused',
  roots: 'refused',
  'device-nodes': 'refused',
  bpf: 'refused',
  perf: 'refused',
  'io-uring': 'refused',
  keys: 'refused',
  'page-faults': 'refused',
  modules: 'refused',
  clocks: 'refused',
  machine: 'refused',
  handles: 'refused',
  capabilities: 'refused',
  'become-root': 'refused',
  terminal: 'refused',
  'other-system-calls': process.arch === 'x64' ? 'killed' : 'limited',
  metadata: 'refused',
  internet: 'refused',
  names: 'refused',
  'node-ports': 'refused',
  'raw-sockets': 'refused',
  'other-families': 'refused',
  'make-interface': 'refused',
  'abstract-sockets': 'refused',
  'sockets-of-services': 'refused',
  'see-processes': 'unseen',
  'kill-by-number': 'refused',
  trace: 'refused',
  'read-memory': 'refused',
  'read-init': 'refused',
  'signal-display': 'refused',
  'inherited-files': 'unseen',
  environment: 'unseen',
  'neighbour-display': 'refused',
  'display-without-cookie': 'refused',
  'neighbour-sound': 'refused',
  'sound-modules': 'refused',
  'display-flood': 'limited',
  'grab-display': 'limited',
  'sound-connections': 'limited',
  'fork-bomb': 'limited',
  'thread-bomb': 'limited',
  'memory-hog': 'killed',
  'memory-overcommit': 'killed',
  'shared-memory': 'killed',
  'fill-shm': 'limited',
  'fill-tmp': 'limited',
  'open-files': 'limited',
  'pipe-memory': 'refused',
  processor: 'limited',
  priority: 'refused',
  'survive-shortage': 'refused',
  'locked-memory': 'refused',
  'raise-limits': 'refused',
  'core-dump': 'limited',
  'flood-output': 'limited',
};

/** The media helper's exit code when the X server hung up (encode/native/src/main.c). */
const LOST_DISPLAY = 4;

/** Of what it has alone, the neighbour keeps this: what is left are the frames of a busy machine. */
const KEPT = 0.9;

/** What else the machine does comes and goes: who really takes frames does so each time. */
const COMPARISONS = 3;

describe('a hostile game', () => {
  const slots = new TestSlots();
  const hostile = installedGame('hostile');
  const homeDir = join(slots.dataDir, 'homes', 'hostile');
  const secretPath = join(slots.dataDir, 'fleet-key');
  let host: SlotHost;
  let neighbour: Neighbour;
  let service: Server;

  beforeAll(async () => {
    host = await slots.open(0);
    neighbour = await Neighbour.open(slots, 1);
    service = createServer().listen(0, '127.0.0.1');
    await once(service, 'listening');
    mkdirSync(slots.dataDir, { recursive: true });
    writeFileSync(secretPath, 'the key of the fleet', { mode: 0o600 });
    process.env.NEARCADE_TEST_SECRET = 'leaked';
  });
  afterEach(() => host.reset());
  afterAll(async () => {
    delete process.env.NEARCADE_TEST_SECRET;
    neighbour?.close();
    service?.close();
    await slots.close();
  });

  /** Runs attempts, all or those that are named, and gives how the game ended. It knows all that a spy could have told it. */
  async function attack(...attempts: string[]): Promise<GameExit> {
    const { displayEnv } = neighbour.host;
    const game = await host.launchGame({
      ...hostile,
      manifest: {
        ...hostile.manifest,
        command: [...hostile.manifest.command, ...attempts],
        env: {
          NODE_PID: String(process.pid),
          NEIGHBOUR_PID: String(processesOf(slots.uid(1))[0]),
          SECRET_NAME: 'NEARCADE_TEST_SECRET',
          NODE_PORTS: [(service.address() as { port: number }).port, 22, 5432, 6379].join(','),
          ABSTRACT_SOCKET: '/tmp/.X11-unix/X0',
          NODE_SOCKET: '/run/postgresql/.s.PGSQL.5432',
          NODE_DATA: slots.dataDir,
          NODE_RUNTIME: slots.runtimeDir,
          NODE_SECRET: secretPath,
          NEIGHBOUR_HOME: join(slots.dataDir, 'homes', 'neighbour'),
          NEIGHBOUR_DISPLAY: displayEnv.DISPLAY ?? '',
          NEIGHBOUR_COOKIE: displayEnv.XAUTHORITY ?? '',
          NEIGHBOUR_SOUND: displayEnv.PULSE_SERVER?.replace('unix:', '') ?? '',
        },
      },
      homeDir,
      sessionId: 'hostile',
    });
    return game.exited;
  }

  /** The part of its frame rate that the neighbour keeps while something goes on: the best of a few comparisons with before and after. */
  async function framesKept(during: () => Promise<unknown>): Promise<number> {
    let best = 0;
    for (let comparison = 0; comparison < COMPARISONS && best <= KEPT; comparison++) {
      if (comparison > 0) await host.reset();
      const before = await neighbour.framesDuring(Promise.resolve());
      const attacked = await neighbour.framesDuring(during());
      const alone = Math.min(before, await neighbour.framesDuring(Promise.resolve()));
      console.log(`neighbour: ${alone.toFixed(1)} frames/s alone, ${attacked.toFixed(1)} attacked`);
      best = Math.max(best, attacked / alone);
    }
    return best;
  }

  function report(): Record<string, { outcome: string; detail: string }> {
    const lines = readFileSync(join(homeDir, 'report/attempts.jsonl'), 'utf8').trim().split('\n');
    return Object.fromEntries(
      lines.map(line => {
        const { attempt, ...rest } = JSON.parse(line) as { attempt: string; outcome: string; detail: string };
        return [attempt, rest];
      }),
    );
  }

  it('is stopped at each of its attempts, and its neighbour plays on at its frame rate', async () => {
    const kept = await framesKept(() => attack());
    const found = report();
    for (const [attempt, { outcome, detail }] of Object.entries(found)) {
      console.log(`${attempt}: ${outcome} (${detail})`);
    }
    const outcomes = Object.fromEntries(Object.entries(found).map(([name, { outcome }]) => [name, outcome]));
    expect(outcomes).toEqual(OUTCOMES);
    expect(Object.keys(found).length).toBeGreaterThanOrEqual(40);
    expect(kept).toBeGreaterThan(KEPT);
  }, 300_000);

  it('leaves a home that is packed without what does not belong in it, and removed whole', async () => {
    const file = join(slots.dataDir, 'save');
    // Deeper than any save: refused in words, and no path too long for the packer.
    await expect(pack(homeDir, ['deep'], file)).rejects.toMatchObject({ code: 'save_too_large' });
    const packed = await pack(homeDir, hostile.manifest.savePaths.slice(0, 2), file);
    // Four links, a fifo, a socket.
    expect(packed.skipped).toBeGreaterThanOrEqual(6);
    const archive = zstdDecompressSync(readFileSync(file)).toString('latin1');
    expect(archive).not.toMatch(/root:[*!$]/);
    expect(archive).toContain('attempts.jsonl');
    await run('rm', ['-rf', '--', homeDir]);
    expect(existsSync(homeDir)).toBe(false);
  });

  it.each([
    // Of disk and memory the session's end says so.
    ['last-fill-disk', { signal: 'SIGKILL', overLimit: 'disk' }],
    ['last-fill-saves', { signal: 'SIGKILL', overLimit: 'disk' }],
    ['last-many-files', { signal: 'SIGKILL', overLimit: 'disk' }],
    ['last-kill-all', { signal: 'SIGKILL' }],
  ])('ends itself alone by %s', async (attempt, exit) => {
    expect(await attack(attempt)).toMatchObject(exit);
    await host.reset();
    await run('rm', ['-rf', '--', homeDir]);
    expect(await attack('see-processes')).toEqual({ code: 0, signal: null });
  });

  it('loses its own picture by killing the clients of its display: the capture’s end is seen', async () => {
    const capture = host.spawnTool([NATIVE_HELPER], { stdio: ['pipe', 'pipe', 'inherit'] });
    startStream(capture, { width: 640, height: 360, maxBitrateKbps: 1000 }, 9);
    await said(capture, 'firstFrame');
    const ended = once(capture, 'exit');
    await attack('last-kill-clients');
    expect(await ended).toEqual([LOST_DISPLAY, null]);
  });

  it('loses its own display by filling it, which is told at once', async () => {
    const told = Promise.withResolvers<HostFailure>();
    const stop = host.onFailure(told.resolve);
    const attacking = attack('last-fill-display');
    expect(await told.promise).toMatchObject({ part: 'display' });
    stop();
    await host.reset();
    await attacking;
  });

  it('does not hold up picture and input by grabbing the display', async () => {
    await run('rm', ['-rf', '--', homeDir]);
    const attacking = attack('grab-display');
    const grabbed = join(homeDir, 'report/grabbed');
    await until(() => existsSync(grabbed), 'the display is grabbed');
    await host.setPicture(640, 360);
    await host.setPicture(1280, 720);
    // It was answered while the grab held.
    expect(existsSync(join(homeDir, 'report/attempts.jsonl'))).toBe(false);
    expect(await attacking).toEqual({ code: 0, signal: null });
  });

  it('has cost its neighbour no frames by all that', () => {
    expect(neighbour.trouble).toBeUndefined();
  });
});

/** Waits for an event of the media helper. */
async function said(helper: ChildProcess, event: string): Promise<void> {
  for await (const line of createInterface({ input: helper.stdout as NodeJS.ReadableStream })) {
    if (line.includes(`"${event}"`)) return;
  }
}
