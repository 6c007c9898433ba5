import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SlotHost } from './slot-host.ts';
import { processesOf } from './slot-user.ts';
import { installedGame, TestSlots } from './testing.ts';
import { Neighbour } from './testing-neighbour.ts';
import type { GameExit } from './types.ts';

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

/** Of what it has alone, the neighbour keeps this: what is left are the frames of a busy machine. */
const KEPT = 0.9;

describe('a hostile game', () => {
  const slots = new TestSlots();
  const hostile = installedGame('hostile');
  const homeDir = join(slots.dataDir, 'homes', 'hostile');
  const secretPath = join(slots.dataDir, 'fleet-key');
  let host: SlotHost;
  let neighbour: Neighbour;
  let service: Server;
  let alone: number;

  beforeAll(async () => {
    host = await slots.open(0);
    neighbour = await Neighbour.open(slots, 1);
    service = createServer().listen(0, '127.0.0.1');
    await once(service, 'listening');
    mkdirSync(slots.dataDir, { recursive: true });
    writeFileSync(secretPath, 'the key of the fleet', { mode: 0o600 });
    process.env.NEARCADE_TEST_SECRET = 'leaked';
    alone = await neighbour.framesDuring(Promise.resolve());
  });
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
    const attacked = await neighbour.framesDuring(attack());
    const found = report();
    for (const [attempt, { outcome, detail }] of Object.entries(found)) {
      console.log(`${attempt}: ${outcome} (${detail})`);
    }
    console.log(`neighbour: ${alone.toFixed(1)} frames/s alone, ${attacked.toFixed(1)} attacked`);
    const outcomes = Object.fromEntries(Object.entries(found).map(([name, { outcome }]) => [name, outcome]));
    expect(outcomes).toEqual(OUTCOMES);
    expect(Object.keys(found).length).toBeGreaterThanOrEqual(40);
    expect(attacked).toBeGreaterThan(KEPT * alone);
  }, 60_000);
});
