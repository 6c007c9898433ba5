import { mkdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SlotHost } from './slot-host.ts';
import { TestSlots } from './testing.ts';

/** ptrace, mount, unshare, setns, bpf, keyctl, io_uring_setup, process_vm_readv, then clone and clone3, by machine type. */
const CALLS =
  process.arch === 'arm64'
    ? { refused: [117, 40, 97, 268, 280, 219, 425, 270], clone: 220, clone3: 435 }
    : { refused: [101, 165, 272, 308, 321, 250, 425, 310], clone: 56, clone3: 435 };

const EPERM = 1;
const ENOSYS = 38;
const EAFNOSUPPORT = 97;
const NEW_USER_NAMESPACE = 0x10000000;
const SIGCHLD = 17;

/** Prints what a system call answers: its value, or the error's number. */
const syscall = (...numbers: number[]) =>
  `perl -e '$r = syscall(${numbers.join(', ')}); print $r < 0 ? "error " . ($! + 0) : "value", "\\n"; exit 0'\n`;

describe('what a game can reach', () => {
  const slots = new TestSlots();
  let first: SlotHost;
  let second: SlotHost;
  beforeAll(async () => {
    first = await slots.open(0);
    second = await slots.open(1);
  });
  afterAll(() => slots.close());

  it('is a user of its own without any capability', async () => {
    const uid = slots.uid(0);
    const output = await slots.output(
      first,
      'id; id -un; grep -E "^(Cap|NoNewPrivs|Seccomp:)" /proc/self/status',
    );
    expect(output).toContain(`uid=${uid}(player) gid=${uid}(player) groups=${uid}(player)`);
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) {
      expect(output).toContain(`${set}:\t0000000000000000`);
    }
    expect(output).toContain('NoNewPrivs:\t1');
    expect(output).toContain('Seccomp:\t2');
  });

  it('sees its own processes, and no path of the machine in them', async () => {
    const output = await slots.output(
      first,
      'ls -d /proc/[0-9]* | wc -l; tr "\\0" " " < /proc/1/cmdline; cat /proc/1/environ',
    );
    expect(Number(output.split('\n')[0])).toBeLessThan(6);
    expect(output).not.toContain(slots.dataDir);
    expect(output).not.toContain(slots.runtimeDir);
  });

  it('has a home to write and nothing else of the machine', async () => {
    const output = await slots.output(
      first,
      `touch ~/mine /tmp/mine && echo written
       for path in / /usr/bin /opt/games/test /etc; do touch $path/x 2>/dev/null && echo "wrote $path"; done
       ls /home; ls /root ${slots.dataDir} ${slots.runtimeDir} /var/lib /sys 2>&1 | grep -v "No such file"
       ls /tmp/.X11-unix; ls -a /tmp; ls /etc | grep -E "shadow|ssh|hosts|machine-id"; echo end`,
    );
    expect(output.split('\n')).toEqual(['written', 'player', 'X0', '.', '..', '.X11-unix', 'mine', 'end']);
  });

  it('gets nothing of the environment of the node', async () => {
    process.env.NEARCADE_TEST_SECRET = 'leaked';
    const output = await slots.output(first, 'env; tr "\\0" "\\n" < /proc/1/environ; cat /proc/self/environ');
    delete process.env.NEARCADE_TEST_SECRET;
    expect(output).toContain('HOME=/home/player');
    expect(output).not.toContain('leaked');
  });

  it('gets the variables of its manifest, which what starts it does not', async () => {
    // A setpriv of the game's own would run as root, as would whatever the loader is told to load into the real one.
    const env = { PATH: '/opt/games/test:/usr/bin', LEVEL: 'a b=c' };
    const gameDir = join(slots.dataDir, 'script');
    mkdirSync(gameDir, { recursive: true });
    for (const name of ['setpriv', 'env']) {
      writeFileSync(join(gameDir, name), '#!/bin/sh\necho taken over; id', { mode: 0o755 });
    }
    expect(await slots.output(first, 'echo $PATH; echo $LEVEL', { env })).toBe(
      '/opt/games/test:/usr/bin\na b=c',
    );
    for (const name of ['setpriv', 'env']) rmSync(join(gameDir, name));
    // With this variable a program lists its libraries instead of doing its work: the shell's list, not setpriv's.
    const traced = await slots.output(first, 'true', { env: { LD_TRACE_LOADED_OBJECTS: '1' } });
    expect(traced).toContain('libc.so');
    expect(traced).not.toContain('libcap-ng');
  });

  it('has no network', async () => {
    const output = await slots.output(
      first,
      `bash -c 'echo > /dev/tcp/127.0.0.1/80' 2>&1 | tail -1
       bash -c 'echo > /dev/tcp/1.1.1.1/80' 2>&1 | tail -1
       tail -n +3 /proc/net/dev | cut -d: -f1`,
    );
    expect(output).toMatch(/Connection refused/);
    expect(output).toMatch(/Network is unreachable/);
    expect(output.trim().split('\n').at(-1)?.trim()).toBe('lo');
  });

  it('is refused the system calls that escapes are made of', async () => {
    const output = await slots.output(
      first,
      [
        ...CALLS.refused.map(number => syscall(number, 0, 0, 0, 0)),
        syscall(CALLS.clone, NEW_USER_NAMESPACE + SIGCHLD, 0, 0, 0, 0),
        syscall(CALLS.clone3, 0, 0),
        `perl -e 'socket(S, 40, 1, 0) or print "error ", $! + 0, "\\n"'\n`,
        'unshare -U true 2>&1\n',
      ].join(''),
    );
    expect(output.split('\n')).toEqual([
      ...CALLS.refused.map(() => `error ${EPERM}`),
      `error ${EPERM}`,
      `error ${ENOSYS}`,
      `error ${EAFNOSUPPORT}`,
      'unshare: unshare failed: Operation not permitted',
    ]);
  });

  it('cannot have its PulseAudio load modules, which could open files and sockets', async () => {
    const output = await slots.output(
      first,
      'pactl load-module module-null-sink sink_name=other 2>&1; pactl list short sinks | cut -f2',
    );
    expect(output).toBe('Failure: Module initialization failed\ngame');
  });

  it('is held to its memory', async () => {
    const game = await slots.shell(first, `exec perl -e '$x = "x" x (300 << 20); print "had it\\n"'`, {
      needs: { memoryMb: 64, cpu: 1 },
    });
    const exit = await game.exited;
    await first.reset();
    expect(exit).toMatchObject({ code: null, signal: 'SIGKILL', overLimit: 'memory' });
    expect(game.lastOutput).not.toContain('had it');
  });

  it('shares its IPC namespace with display and tools of its slot only', async () => {
    const ipcOf = async (host: SlotHost) => {
      const tool = host.spawnTool(['sh', '-c', 'readlink /proc/self/ns/ipc'], { stdio: 'pipe' });
      return (await text(tool.stdout)).trim();
    };
    const [own, foreign] = [await ipcOf(first), await ipcOf(second)];
    expect(own).not.toBe(foreign);
    expect([own, foreign]).not.toContain(readlinkSync('/proc/self/ns/ipc'));
    const output = await slots.output(
      first,
      `readlink /proc/self/ns/ipc; perl -e 'print shmget(0, 4096, 0600) // "none", "\n"'; grep -c 4096 /proc/sysvipc/shm`,
    );
    expect(output).toMatch(new RegExp(`^${own.replace(/[[\]]/g, '\\$&')}\n\\d+\n1$`));
    // The segment went with the player.
    const segments = first.spawnTool(['cat', '/proc/sysvipc/shm'], { stdio: 'pipe' });
    expect((await text(segments.stdout)).trim().split('\n')).toHaveLength(1);
  });

  it('keeps two slots apart, also outside of the sandbox', async () => {
    const other = second.displayEnv;
    const tool = first.spawnTool(
      [
        'sh',
        '-c',
        `cat ${other.XAUTHORITY}; ls ${slots.runtimeDir}; ls ${slots.runtimeDir}/slot-1; kill -9 $(pgrep -u ${slots.uid(1)})
         DISPLAY=${other.DISPLAY} XAUTHORITY=$XAUTHORITY xdpyinfo
         DISPLAY=${other.DISPLAY} XAUTHORITY=/nowhere xdpyinfo
         PULSE_SERVER=${other.PULSE_SERVER} pactl info; xdpyinfo | grep -c MIT-SHM`,
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const [out, refusals] = await Promise.all([text(tool.stdout), text(tool.stderr)]);
    // Its own display is all that answers.
    expect(out.trim()).toBe('1');
    expect(refusals.match(/Permission denied/g)).toHaveLength(3);
    expect(refusals).toMatch(/Operation not permitted/);
    expect(refusals.match(/unable to open display/g)).toHaveLength(2);
    expect(refusals).toMatch(/Connection failure: Connection refused/);
  });
});

async function text(stream: NodeJS.ReadableStream | null): Promise<string> {
  let all = '';
  if (stream !== null) for await (const chunk of stream) all += String(chunk);
  return all;
}
