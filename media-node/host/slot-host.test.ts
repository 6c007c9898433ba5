import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import pino from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SlotHost } from './slot-host.ts';
import { processesOf, signal } from './slot-user.ts';
import { commandOf, TestSlots, testManifest, until } from './testing.ts';
import type { GameProcess, HostFailure } from './types.ts';

/** Prints the keys that its window gets. */
const KEY_LISTENER = `open(mask.KeyPress | mask.KeyRelease | mask.Exposure, event => {
  if (event.name === 'Expose') console.log('ready');
  if (event.name === 'KeyPress') console.log('down', event.keycode);
  if (event.name === 'KeyRelease') console.log('up', event.keycode);
});`;

describe('a slot', () => {
  const slots = new TestSlots();
  let host: SlotHost;
  beforeAll(async () => {
    const started = performance.now();
    host = await slots.open(0);
    console.log(`warm slot opened in ${(performance.now() - started).toFixed(0)} ms`);
  });
  afterEach(() => host.reset());
  afterAll(() => slots.close());

  it('plays a game: window over the whole picture, keys, exit', async () => {
    await host.setPicture(640, 360);
    const started = performance.now();
    const game = await slots.window(
      host,
      `open(mask.KeyPress | mask.StructureNotify, event => {
        if (event.name === 'ConfigureNotify') console.log('size', event.width, event.height);
        if (event.name === 'KeyPress') { console.log('key', event.keycode); process.exit(7); }
      });`,
    );
    await game.firstWindow;
    console.log(`first window of a game in Node after ${(performance.now() - started).toFixed(0)} ms`);
    await printed(game, 'size 640 360');
    host.input.apply(0, { kind: 'key', code: 30, down: true });
    expect(await game.exited).toEqual({ code: 7, signal: null });
    expect(game.lastOutput).toContain('key 38');
  });

  it('gives a second window the keyboard, and the first one when that closes', async () => {
    const game = await slots.window(
      host,
      `const keys = name => (event, id) => {
        if (event.name === 'FocusIn') console.log(name, 'has focus');
        if (event.name !== 'KeyPress') return;
        console.log(name, event.keycode);
        if (name === 'second') X.DestroyWindow(id);
      };
      open(mask.KeyPress | mask.FocusChange, keys('first'));
      setTimeout(() => open(mask.KeyPress | mask.FocusChange, keys('second')), 50);`,
    );
    await printed(game, 'second has focus');
    host.input.apply(0, { kind: 'key', code: 30, down: true });
    await printed(game, 'second 38');
    await until(() => game.lastOutput.split('first has focus').length > 2, 'focus is back');
    host.input.apply(0, { kind: 'key', code: 31, down: true });
    await printed(game, 'first 39');
  });

  it('lets each seat press its own keys only, and holds a shared key until the last lets go', async () => {
    const hint = 'test';
    const game = await slots.window(host, KEY_LISTENER, {
      input: {
        seats: [
          { keys: { KeyA: 'KeyA', Space: 'Space' }, pointer: true, hint },
          { keys: { KeyA: 'ArrowLeft', Space: 'Space' }, pointer: false, hint },
        ],
      },
    });
    await printed(game, 'ready');
    const press = (seat: number, code: number) => host.input.apply(seat, { kind: 'key', code, down: true });
    const release = (seat: number, code: number) =>
      host.input.apply(seat, { kind: 'key', code, down: false });
    const [a, space, enter] = [30, 57, 28];
    press(0, a);
    press(1, enter); // not its key
    press(2, a); // no such seat
    release(0, a);
    press(1, a);
    release(1, a);
    press(0, space);
    press(1, space);
    release(0, space);
    press(0, a);
    host.input.releaseSeat(0);
    host.input.releaseSeat(1);
    await until(() => keysOf(game).length === 8, 'all keys are there');
    expect(keysOf(game)).toEqual([
      ...['down 38', 'up 38'],
      ...['down 113', 'up 113'],
      ...['down 65', 'down 38', 'up 38', 'up 65'],
    ]);
  });

  it('holds a press as long as the game needs it', async () => {
    const game = await slots.window(
      host,
      `let at; open(mask.KeyPress | mask.KeyRelease | mask.Exposure, event => {
        if (event.name === 'Expose') console.log('ready');
        if (event.name === 'KeyPress') at = event.time;
        if (event.name === 'KeyRelease') console.log('held', event.time - at);
      });`,
      { input: { minimumKeyHoldMs: 100 } },
    );
    await printed(game, 'ready');
    for (const down of [true, false, true, false]) host.input.apply(0, { kind: 'key', code: 30, down });
    await until(() => heldOf(game).length === 2, 'both presses are over');
    // Without the hold it would be 0 or 1; X's own time of an event jitters on a busy machine.
    for (const held of heldOf(game)) expect(held).toBeGreaterThan(50);
  });

  it('moves the pointer to the pixel and drops positions that come late', async () => {
    await host.setPicture(640, 360);
    const game = await slots.window(
      host,
      `open(mask.PointerMotion | mask.ButtonPress | mask.Exposure, event => {
        if (event.name === 'Expose') console.log('ready');
        if (event.name === 'MotionNotify') console.log('at', event.rootx, event.rooty);
        if (event.name === 'ButtonPress') console.log('button', event.keycode);
      });`,
    );
    await printed(game, 'ready');
    const point = (x: number, y: number, sequence: number) =>
      host.input.apply(0, { kind: 'pointer', x, y, sequence });
    point(0, 0, 65535);
    point(65535, 65535, 1);
    point(0, 0, 0); // older
    host.input.apply(0, { kind: 'motion', dx: -39, dy: -59 });
    for (const button of [0, 1, 2]) host.input.apply(0, { kind: 'button', button, down: true });
    host.input.releaseAll();
    host.input.apply(0, { kind: 'wheel', dx: 0, dy: -1 });
    host.input.apply(0, { kind: 'wheel', dx: 1, dy: 2 });
    await until(() => /button 7/.test(game.lastOutput), 'the wheel turned');
    const lines = game.lastOutput.split('\n').filter(line => line !== 'ready' && line !== 'at 320 180');
    expect(lines).toEqual([
      ...['at 0 0', 'at 639 359', 'at 600 300'],
      ...['button 1', 'button 2', 'button 3', 'button 4', 'button 5', 'button 5', 'button 7'],
    ]);
  });

  it('tells when a game wants relative motion', async () => {
    const changes: boolean[] = [];
    host.input.onPointerLock(locked => changes.push(locked));
    const game = await slots.window(
      host,
      `open(mask.Exposure | mask.KeyPress, (event, id) => {
        if (event.name === 'Expose') {
          const pixmap = X.AllocID(), cursor = X.AllocID(), gc = X.AllocID();
          X.CreatePixmap(pixmap, root, 1, 8, 8);
          X.CreateGC(gc, pixmap, { foreground: 0 });
          X.PolyFillRectangle(pixmap, gc, [0, 0, 8, 8]);
          X.CreateCursor(cursor, pixmap, pixmap, 0, 0, 0, 0, 0, 0, 0, 0);
          X.GrabPointer(id, 0, mask.PointerMotion, 1, 1, id, cursor, 0, (error, status) => console.log('grabbed', status));
        }
        if (event.name === 'KeyPress') X.UngrabPointer(0);
      });`,
    );
    await printed(game, 'grabbed 0');
    await until(() => host.input.pointerLocked, 'the lock is seen');
    host.input.apply(0, { kind: 'key', code: 30, down: true });
    host.input.releaseAll();
    await until(() => !host.input.pointerLocked, 'the end of the lock is seen');
    expect(changes).toEqual([true, false]);
  });

  it('takes one game at a time, none above its picture, none with a home elsewhere', async () => {
    const game = await slots.shell(host, 'sleep 60');
    await expect(slots.shell(host, 'true')).rejects.toMatchObject({ code: 'slot_busy' });
    await expect(host.setPicture(1282, 720)).rejects.toMatchObject({ code: 'host_failed' });
    await game.close(0);
    await host.reset();
    const launch = host.launchGame({
      manifest: testManifest(['true']),
      gameDir: slots.dataDir,
      buildDir: slots.dataDir,
      homeDir: join(slots.dataDir, '..', 'elsewhere'),
      sessionId: 'test',
    });
    await expect(launch).rejects.toMatchObject({ code: 'host_failed' });
  });

  it('says that a game ended before it showed anything', async () => {
    const game = await slots.shell(host, 'echo no display today; exit 3');
    await expect(game.firstWindow).rejects.toMatchObject({ code: 'game_failed' });
    expect(await game.exited).toEqual({ code: 3, signal: null });
    expect(game.lastOutput).toBe('no display today');
    await host.reset();
    const crashed = await slots.shell(host, 'kill -SEGV $$');
    expect(await crashed.exited).toEqual({ code: null, signal: 'SIGSEGV' });
  });

  it('asks a game to end, and ends one that does not', async () => {
    const polite = await slots.shell(
      host,
      'trap "echo saved; exit 0" TERM; echo up; while :; do sleep 0.05; done',
    );
    await printed(polite, 'up');
    await polite.close();
    expect(polite.lastOutput).toContain('saved');
    await host.reset();
    const stubborn = await slots.shell(
      host,
      'trap "" TERM; (trap "" TERM; sleep 60) & echo up; while :; do sleep 0.05; done',
    );
    await printed(stubborn, 'up');
    await stubborn.close(100);
    expect(
      processesOf(slots.uid(0))
        .map(commandOf)
        .filter(command => command.includes('sleep')),
    ).toEqual([]);
  });

  it('keeps a home from game to game, whatever slot it had', async () => {
    const other = await slots.open(3);
    const homeDir = slots.home('player');
    const run = async (slot: SlotHost, script: string) => {
      const game = await slot.launchGame({
        manifest: testManifest(['/bin/sh', '-c', script]),
        gameDir: slots.dataDir,
        buildDir: slots.dataDir,
        homeDir,
        sessionId: 'test',
      });
      await game.exited;
      await slot.reset();
      return game.lastOutput;
    };
    await run(host, 'mkdir -m 700 ~/saves && echo level 3 > ~/saves/one && ln -s /etc/passwd ~/link');
    expect(await run(other, 'cat ~/saves/one; echo level 4 >> ~/saves/one; cat ~/saves/one')).toBe(
      'level 3\nlevel 3\nlevel 4',
    );
    expect(statSync('/etc/passwd').uid).toBe(0);
    await other.close();
  });

  it('leaves nothing of one player to the next', async () => {
    const before = { ...host.displayEnv, cookie: readFileSync(host.displayEnv.XAUTHORITY ?? '') };
    await slots.window(host, KEY_LISTENER);
    host.input.apply(0, { kind: 'key', code: 30, down: true });
    // A tool that ignores its end, and a child that nobody waits for.
    host.spawnTool(['sh', '-c', 'trap "" TERM HUP; setsid sleep 60 & sleep 60'], { stdio: 'ignore' });
    await until(
      () =>
        processesOf(slots.uid(0))
          .map(commandOf)
          .filter(command => command === 'sleep 60 ').length === 2,
      'the tool is up',
    );
    const started = performance.now();
    await host.reset();
    console.log(`reset in ${(performance.now() - started).toFixed(0)} ms`);
    const commands = processesOf(slots.uid(0)).map(commandOf);
    expect(commands.map(command => command.split(' ')[0]).sort()).toEqual(['Xvfb', 'pulseaudio']);
    expect(readFileSync(host.displayEnv.XAUTHORITY ?? '')).not.toEqual(before.cookie);
    const next = await slots.window(
      host,
      `X.QueryKeymap((error, keys) => { console.log('keys', keys.join('')); process.exit(); });`,
    );
    await next.exited;
    expect(next.lastOutput).toMatch(/^keys 0+$/);
  });

  it('runs a tool from where its user cannot go, with only the environment that it needs', async () => {
    const tool = join(slots.dataDir, 'env');
    copyFileSync('/usr/bin/env', tool);
    chmodSync(tool, 0o755);
    const child = host.spawnTool([tool], { env: { EXTRA: 'yes' }, stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout?.on('data', chunk => {
      output += String(chunk);
    });
    await once(child, 'close');
    expect(
      Object.fromEntries(
        output
          .trim()
          .split('\n')
          .map(line => line.split('=', 2)),
      ),
    ).toEqual({
      PATH: expect.any(String),
      LANG: 'C.UTF-8',
      HOME: `${slots.runtimeDir}/slot-0`,
      EXTRA: 'yes',
      ...host.displayEnv,
    });
  });
});

describe('a slot that fails or ends', () => {
  const slots = new TestSlots();
  afterAll(() => slots.close());

  it.each([
    ['Xvfb', 0, 'display', 'Xvfb ended by SIGKILL'],
    ['pulseaudio', 1, 'sound', 'PulseAudio ended by SIGKILL'],
  ])('reports that %s died, and works again after a reset', async (program, slot, part, detail) => {
    const host = await slots.open(slot);
    const failures: HostFailure[] = [];
    host.onFailure(failure => failures.push(failure));
    const game = await slots.shell(host, 'echo up; sleep 60');
    await printed(game, 'up');
    const pid = processesOf(slots.uid(slot)).find(each => commandOf(each).startsWith(program)) ?? 0;
    signal(pid, 'SIGKILL');
    await until(() => failures.length > 0, 'the failure is told');
    host.input.apply(0, { kind: 'key', code: 30, down: true });
    await host.reset();
    expect(await game.exited).toMatchObject({ signal: expect.any(String) });
    expect(failures).toEqual([{ part, detail }]);
    expect(await slots.output(host, 'xdpyinfo > /dev/null && pactl info > /dev/null && echo well')).toBe(
      'well',
    );
    await host.close();
  });

  it('ends with every process and file, also twice and at once', async () => {
    const host = await slots.open(2);
    const game = await slots.shell(host, 'sleep 60 & sleep 60');
    host.spawnTool(['sleep', '60'], { stdio: 'ignore' });
    await Promise.all([host.reset(), host.close()]);
    await host.close();
    await game.exited;
    expect(processesOf(slots.uid(2))).toEqual([]);
    expect(readdirSync(slots.runtimeDir)).toEqual([]);
    expect(ownedIn('/tmp', slots.uid(2))).toEqual([]);
    expect(linksInto(slots.runtimeDir)).toEqual([]);
    expect(controlGroups()).toEqual([]);
  });

  it('refuses a uid that another node plays under', async () => {
    const host = await slots.open(4);
    const others = new TestSlots();
    try {
      await expect(others.open(4)).rejects.toMatchObject({ code: 'host_failed' });
      expect(await slots.output(host, 'echo still here')).toBe('still here');
    } finally {
      await others.close();
      await host.close();
    }
  });

  it('does not outlive a node that is killed, and starts again beside what that left', async () => {
    const program = `
      import { TestSlots } from '${import.meta.dirname}/testing.ts';
      const slots = new TestSlots();
      const host = await slots.open(5);
      await slots.shell(host, 'trap "" TERM HUP; sleep 60');
      host.spawnTool(['sleep', '61'], { stdio: 'ignore' });
      console.log(JSON.stringify({ uid: slots.uid(5), runtimeDir: slots.runtimeDir, dataDir: slots.dataDir }));`;
    const node = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = await once(node.stdout, 'data');
    const left = JSON.parse(String(line)) as { uid: number; runtimeDir: string; dataDir: string };
    await until(() => processesOf(left.uid).length >= 4, 'game, tool, display and sound run');
    node.kill('SIGKILL');
    await until(() => processesOf(left.uid).length === 0, 'everything died with the node');
    const host = await SlotHost.open({
      index: 0,
      uidBase: left.uid,
      padsLibrary: '',
      runtimeDir: left.runtimeDir,
      dataDir: left.dataDir,
      maxWidth: 640,
      maxHeight: 360,
      log: pino({ level: 'silent' }),
    });
    await host.close();
    expect(ownedIn('/tmp', left.uid)).toEqual([]);
    expect(linksInto(left.runtimeDir)).toEqual([]);
    for (const dir of [left.runtimeDir, left.dataDir]) rmSync(dir, { recursive: true, force: true });
  });
});

async function printed(game: GameProcess, line: string): Promise<void> {
  await until(() => game.lastOutput.split('\n').includes(line), `"${line}" in: ${game.lastOutput}`);
}

function keysOf(game: GameProcess): string[] {
  return game.lastOutput.split('\n').filter(line => /^(down|up) /.test(line));
}

function heldOf(game: GameProcess): number[] {
  return [...game.lastOutput.matchAll(/^held (\d+)$/gm)].map(([, held]) => Number(held));
}

function ownedIn(dir: string, uid: number): string[] {
  return readdirSync(dir).filter(name => statSync(join(dir, name), { throwIfNoEntry: false })?.uid === uid);
}

/** Displays whose sockets are in that folder. */
function linksInto(dir: string): string[] {
  const displays = '/tmp/.X11-unix';
  const links = readdirSync(displays).filter(name => lstatSync(join(displays, name)).isSymbolicLink());
  return links.filter(name => readlinkSync(join(displays, name)).startsWith(dir));
}

/** Of this process, in any hierarchy. */
function controlGroups(): string[] {
  return readdirSync('/sys/fs/cgroup', { recursive: true })
    .map(String)
    .filter(path => path.includes(`nearcade-${process.pid}-`));
}
