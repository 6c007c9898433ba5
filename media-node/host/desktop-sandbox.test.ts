import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { give } from './bwrap-pipes.ts';
import { DESKTOP_SECCOMP_FD, DESKTOP_STATUS_FD, inDesktopSandbox } from './desktop-sandbox.ts';
import { BASE_ENV } from './privileges.ts';
import { seccompFilter } from './seccomp.ts';
import type { SlotHost } from './slot-host.ts';
import { processesOf, runs } from './slot-user.ts';
import { commandOf, installedGame, TestSlots } from './testing.ts';

/** What of games/hostile somebody tries who has taken the X server or the sound server over, and what comes of it. */
const OUTCOMES: Readonly<Record<string, string>> = {
  'neighbour-home': 'refused',
  'node-files': 'refused',
  'machine-files': 'refused',
  settings: 'refused',
  'kernel-memory': 'refused',
  'kernel-log': 'refused',
  namespaces: 'refused',
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
  metadata: 'refused',
  internet: 'refused',
  'node-ports': 'refused',
  'raw-sockets': 'refused',
  'other-families': 'refused',
  'make-interface': 'refused',
  'abstract-sockets': 'refused',
  'sockets-of-services': 'refused',
  'kill-by-number': 'refused',
  trace: 'refused',
  'read-memory': 'refused',
  environment: 'unseen',
  'neighbour-display': 'refused',
  'neighbour-sound': 'refused',
  'survive-shortage': 'refused',
};

const NAMESPACES = ['mnt', 'pid', 'net', 'uts', 'ipc', 'cgroup'] as const;

describe('display and sound of a slot', () => {
  const slots = new TestSlots();
  const secret = join(slots.dataDir, 'fleet-key');
  let first: SlotHost;
  let second: SlotHost;
  let service: Server;

  beforeAll(async () => {
    [first, second] = await Promise.all([slots.open(0), slots.open(1)]);
    service = createServer().listen(0, '127.0.0.1');
    await once(service, 'listening');
    writeFileSync(secret, 'the key of the fleet', { mode: 0o600 });
    process.env.NEARCADE_TEST_SECRET = 'leaked';
  });
  afterAll(async () => {
    delete process.env.NEARCADE_TEST_SECRET;
    service?.close();
    await slots.close();
  });

  const pidOf = (slot: number, program: string) =>
    processesOf(slots.uid(slot)).find(pid => commandOf(pid).startsWith(program)) ?? 0;

  it.each(['Xvfb', 'pulseaudio'])(
    '%s runs without rights, under a filter, in namespaces of its own',
    program => {
      const [pid, other] = [pidOf(0, program), pidOf(1, program)];
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) {
        expect(status).toContain(`${set}:\t0000000000000000`);
      }
      expect(status).toMatch(/^NoNewPrivs:\t1$/m);
      expect(status).toMatch(/^Seccomp:\t2$/m);
      expect(status).toMatch(new RegExp(`^Uid:(\t${slots.uid(0)}){4}$`, 'm'));
      for (const kind of NAMESPACES) {
        const [own, neighbours, node] = [pid, other, process.pid].map(each =>
          readlinkSync(`/proc/${each}/ns/${kind}`),
        );
        expect(own).not.toBe(node);
        expect(own).not.toBe(neighbours);
      }
      // What it sees of the machine's files, and which of them it has open.
      const root = `/proc/${pid}/root`;
      expect(readdirSync(root).filter(name => /^(root|home|srv|boot|sys|work)$/.test(name))).toEqual([
        'home',
      ]);
      expect(readdirSync(`${root}/home`)).toEqual([]);
      expect(readdirSync(`${root}/var/`)).toEqual(['cache']);
      const open = readdirSync(`/proc/${pid}/fd`).map(fd => readlinkSync(`/proc/${pid}/fd/${fd}`));
      expect(open.filter(path => path.startsWith('/') && !/^\/(dev|run|memfd:|proc|tmp)/.test(path))).toEqual(
        [],
      );
    },
  );

  it('keeps who has taken one over where the game is: out of the node, the neighbour, the network and the kernel', async () => {
    const { manifest, buildDir } = installedGame('hostile');
    const home = join(slots.runtimeDir, 'slot-0', 'probe');
    mkdirSync(home, { mode: 0o777 });
    const { displayEnv } = second;
    const env = {
      ...BASE_ENV,
      HOME: '/home',
      NODE_PID: String(process.pid),
      NEIGHBOUR_PID: String(processesOf(slots.uid(1))[0]),
      SECRET_NAME: 'NEARCADE_TEST_SECRET',
      NODE_PORTS: [(service.address() as { port: number }).port, 22, 5432, 6379].join(','),
      ABSTRACT_SOCKET: '/tmp/.X11-unix/X0',
      NODE_SOCKET: '/run/postgresql/.s.PGSQL.5432',
      NODE_DATA: slots.dataDir,
      NODE_RUNTIME: slots.runtimeDir,
      NODE_SECRET: secret,
      NEIGHBOUR_HOME: join(slots.dataDir, 'homes', 'neighbour'),
      NEIGHBOUR_DISPLAY: displayEnv.DISPLAY ?? '',
      NEIGHBOUR_COOKIE: displayEnv.XAUTHORITY ?? '',
      NEIGHBOUR_SOUND: displayEnv.PULSE_SERVER?.replace('unix:', '') ?? '',
    };
    const output = await inside(['/run/hostile/hostile', ...Object.keys(OUTCOMES)], env, home, buildDir);
    expect(manifest.slug).toBe('hostile');
    const found = output
      .split('\n')
      .filter(line => line.startsWith('{'))
      .map(line => JSON.parse(line) as { attempt: string; outcome: string; detail: string });
    const byDetail = Object.fromEntries(found.map(each => [each.attempt, `${each.outcome} ${each.detail}`]));
    expect(
      Object.fromEntries(found.map(({ attempt, outcome }) => [attempt, outcome])),
      JSON.stringify(byDetail),
    ).toEqual(OUTCOMES);
  });

  it('lets nobody there see or end what else the slot runs, the capture least of all', async () => {
    const capture = first.spawnTool(['sleep', '600'], { stdio: 'ignore' });
    const pids = [capture.pid, pidOf(0, 'Xvfb'), pidOf(0, 'pulseaudio')];
    const output = await inside(
      [
        '/bin/sh',
        '-c',
        `ls -d /proc/[0-9]* | wc -l; for pid in ${pids.join(' ')}; do kill -9 $pid; done; ls /tmp/.X11-unix /run`,
      ],
      BASE_ENV,
      join(slots.runtimeDir, 'slot-0', 'probe'),
      '/usr/share/fonts',
    );
    expect(Number(output.split('\n')[0])).toBeLessThan(5);
    expect(output.match(/No such process/g)).toHaveLength(pids.length);
    expect(output).not.toMatch(/^X\d|postgresql|dbus/m);
    expect(pids.every(pid => runs(pid ?? 0))).toBe(true);
  });

  /** Runs a program where a slot's servers are, beside nothing of theirs. */
  async function inside(
    argv: string[],
    env: NodeJS.ProcessEnv,
    home: string,
    build: string,
  ): Promise<string> {
    const user = { uid: slots.uid(0), gid: slots.uid(0), separate: true };
    const [program = '', ...args] = inDesktopSandbox({
      user,
      argv,
      writable: { '/home': home },
      readable: { '/run/hostile': build },
      ipc: true,
    });
    const stdio = ['ignore', 'pipe', 'pipe', 'ignore', 'pipe', 'pipe'] as const;
    const child: ChildProcess = spawn(program, args, { cwd: '/', env, stdio: [...stdio] });
    give(child.stdio.at(DESKTOP_SECCOMP_FD), seccompFilter());
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', chunk => (output += String(chunk)));
    (child.stdio.at(DESKTOP_STATUS_FD) as Readable).resume();
    await once(child, 'close');
    return output;
  }
});
