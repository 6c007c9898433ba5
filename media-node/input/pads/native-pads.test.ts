import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ensureNative, NATIVE_BUILD_DIR } from '#media-node/encode/build-native.ts';
import { AXIS_MAX, buttonBit, PAD_AT_REST, type PadButton, TRIGGER_MAX } from '#shared/pads.ts';
import { PadSocket } from './pad-socket.ts';

const BUILD_DIR = `${NATIVE_BUILD_DIR}-test`;

/** A program that has SDL and prints what it sees of pads (native/test/pad_watcher.c), with the library loaded into it. */
class Watcher {
  readonly lines: string[] = [];
  readonly #child: ChildProcess;
  #changed = Promise.withResolvers<void>();

  constructor(command: string[], env: Record<string, string>) {
    const [program = '', ...args] = command;
    this.#child = spawn(program, args, {
      env: { PATH: process.env.PATH ?? '', SDL_VIDEODRIVER: 'dummy', SDL_AUDIODRIVER: 'dummy', ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    if (this.#child.stdout === null) throw new Error('no output');
    createInterface({ input: this.#child.stdout }).on('line', line => this.#note(line));
    this.#child.once('error', error => this.#note(`failed: ${error.message}`));
    this.#child.once('exit', () => this.#note('ended'));
  }

  #note(line: string): void {
    this.lines.push(line);
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  say(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  /** Takes the lines up to `last`. */
  async until(last: string): Promise<string[]> {
    for (;;) {
      const end = this.lines.indexOf(last);
      if (end >= 0) return this.lines.splice(0, end + 1);
      if (this.lines.some(line => line === 'ended' || line.startsWith('failed'))) {
        throw new Error(`no "${last}" in ${JSON.stringify(this.lines)}`);
      }
      await this.#changed.promise;
    }
  }

  async end(): Promise<number | null> {
    const exited = new Promise<number | null>(resolve => this.#child.once('exit', resolve));
    if (this.#child.exitCode !== null || this.#child.pid === undefined) return this.#child.exitCode;
    this.say('quit');
    return exited;
  }
}

describe('pads of an SDL game', () => {
  const dir = mkdtempSync(join(tmpdir(), 'nearcade-pads-'));
  let socket: PadSocket;
  let watcher: Watcher | undefined;

  beforeAll(async () => {
    await ensureNative({ buildDir: BUILD_DIR, testTools: true });
    socket = await PadSocket.open({
      path: join(dir, 'pads'),
      uid: process.getuid?.() ?? 0,
      gid: process.getgid?.() ?? 0,
    });
  }, 240_000);
  afterEach(async () => {
    await watcher?.end();
    watcher = undefined;
    for (let pad = 0; pad < 4; pad++) socket.set(pad, undefined);
  });
  afterAll(async () => {
    await socket?.close();
    rmSync(dir, { recursive: true, force: true });
  });

  function watch(...args: string[]): Watcher {
    watcher = new Watcher([join(BUILD_DIR, 'pad-watcher'), ...args], {
      LD_PRELOAD: join(BUILD_DIR, 'nearcade-pads.so'),
      NEARCADE_PADS: socket.path,
    });
    return watcher;
  }

  it('finds pads that are there from the start, in the order of the seats, as standard gamepads', async () => {
    for (let pad = 0; pad < 4; pad++) socket.set(pad, PAD_AT_REST);
    const game = watch();
    expect(await game.until('pad 3 Nearcade Gamepad')).toEqual([
      'there are 4',
      'pad 0 Nearcade Gamepad',
      'pad 1 Nearcade Gamepad',
      'pad 2 Nearcade Gamepad',
      'pad 3 Nearcade Gamepad',
    ]);
  });

  it('hears every button, stick and trigger of the pad that they are on, by its standard name', async () => {
    const names: [PadButton, string][] = [
      ['south', 'a'],
      ['east', 'b'],
      ['west', 'x'],
      ['north', 'y'],
      ['l1', 'leftshoulder'],
      ['r1', 'rightshoulder'],
      ['select', 'back'],
      ['start', 'start'],
      ['l3', 'leftstick'],
      ['r3', 'rightstick'],
      ['up', 'dpup'],
      ['down', 'dpdown'],
      ['left', 'dpleft'],
      ['right', 'dpright'],
      ['home', 'guide'],
    ];
    socket.set(0, PAD_AT_REST);
    socket.set(1, PAD_AT_REST);
    const game = watch();
    await game.until('pad 1 Nearcade Gamepad');
    for (const [button, name] of names) {
      socket.set(1, { ...PAD_AT_REST, buttons: buttonBit(button) });
      socket.set(1, PAD_AT_REST);
      expect(await game.until(`1 ${name} 0`)).toEqual([`1 ${name} 1`, `1 ${name} 0`]);
    }
    for (const [index, name] of ['leftx', 'lefty', 'rightx', 'righty'].entries()) {
      const axes: [number, number, number, number] = [0, 0, 0, 0];
      axes[index] = -AXIS_MAX;
      socket.set(1, { ...PAD_AT_REST, axes });
      expect((await game.until(`1 ${name} ${-AXIS_MAX}`)).length).toBe(1);
      socket.set(1, PAD_AT_REST);
      expect((await game.until(`1 ${name} 0`)).length).toBe(1);
    }
    for (const [index, name] of ['lefttrigger', 'righttrigger'].entries()) {
      const triggers: [number, number] = [0, 0];
      triggers[index] = TRIGGER_MAX;
      socket.set(1, { ...PAD_AT_REST, triggers });
      expect((await game.until(`1 ${name} 32767`)).length).toBe(1);
      socket.set(1, PAD_AT_REST);
      expect((await game.until(`1 ${name} 0`)).length).toBe(1);
    }
  });

  it('is laid out as an Xbox pad on Linux for games that read bare joysticks', async () => {
    socket.set(0, PAD_AT_REST);
    const game = watch('joystick');
    await game.until('joystick 0');
    socket.set(0, { buttons: buttonBit('start') | buttonBit('up'), axes: [0, 0, 0, 0], triggers: [0, 0] });
    expect((await game.until('0 hat 1')).at(-2)).toBe('0 button 7 1');
  });

  it('plugs and unplugs while the game runs, and lets go of what was held', async () => {
    const game = watch();
    await game.until('there are 0');
    socket.set(2, PAD_AT_REST);
    await game.until('pad 0 Nearcade Gamepad');
    socket.set(2, { ...PAD_AT_REST, buttons: buttonBit('south') });
    await game.until('0 a 1');
    socket.set(2, undefined);
    expect(await game.until('removed 0')).toContain('0 a 0');
    socket.set(2, PAD_AT_REST);
    await game.until('pad 1 Nearcade Gamepad');
    socket.set(2, { ...PAD_AT_REST, buttons: buttonBit('east') });
    await game.until('1 b 1');
  });

  it('loses no tap while the game does not look', async () => {
    socket.set(0, PAD_AT_REST);
    const game = watch();
    await game.until('pad 0 Nearcade Gamepad');
    game.say('sleep');
    await game.until('asleep');
    for (let tap = 0; tap < 5; tap++) {
      socket.set(0, { ...PAD_AT_REST, buttons: buttonBit('south') });
      socket.set(0, PAD_AT_REST);
    }
    socket.set(0, { ...PAD_AT_REST, buttons: buttonBit('north') });
    game.say('wake');
    const heard = await game.until('0 y 1');
    expect(heard.filter(line => line === '0 a 1')).toHaveLength(5);
    expect(heard.filter(line => line === '0 a 0')).toHaveLength(5);
  });

  it('says how the game shakes a pad, and that it ended', async () => {
    const shakes: unknown[] = [];
    socket.onRumble((pad, rumble) => shakes.push([pad, rumble]));
    socket.set(0, PAD_AT_REST);
    socket.set(3, PAD_AT_REST);
    const game = watch();
    await game.until('pad 1 Nearcade Gamepad');
    game.say('rumble');
    await game.until('rumble 0');
    await expect
      .poll(() => shakes, { timeout: 20_000 })
      .toEqual([
        [3, { low: 0x8000, high: 0x4000 }],
        [3, { low: 0, high: 0 }],
      ]);
    game.say('rumble');
    await game.until('rumble 0');
    await game.end();
    await expect.poll(() => shakes.at(-1), { timeout: 20_000 }).toEqual([3, { low: 0, high: 0 }]);
  });

  it('outlives a game that turns its joysticks off and on', async () => {
    socket.set(0, PAD_AT_REST);
    const game = watch();
    await game.until('pad 0 Nearcade Gamepad');
    game.say('again');
    await game.until('there are 1');
    await game.until('pad 1 Nearcade Gamepad');
    socket.set(0, { ...PAD_AT_REST, buttons: buttonBit('west') });
    await game.until('1 x 1');
    expect(await game.end()).toBe(0);
  });

  it('does nothing in a program without SDL, and no harm where the node is not there', async () => {
    const env = { LD_PRELOAD: join(BUILD_DIR, 'nearcade-pads.so'), NEARCADE_PADS: join(dir, 'nobody') };
    const shell = new Watcher(['/bin/sh', '-c', 'echo fine; cat > /dev/null'], env);
    await shell.until('fine');
    const alone = new Watcher([join(BUILD_DIR, 'pad-watcher')], env);
    await alone.until('there are 0');
    expect(await alone.end()).toBe(0);
    shell.say('');
    void shell.end();
  });
});
