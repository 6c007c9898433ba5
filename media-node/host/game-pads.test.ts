import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ensureNative, NATIVE_BUILD_DIR } from '#media-node/encode/build-native.ts';
import { buttonBit, PAD_AT_REST, type Rumble } from '#shared/pads.ts';
import { UINPUT_FOLDER } from '../input/pads/uinput-pads.ts';
import type { SlotHost } from './slot-host.ts';
import { TestSlots, testManifest } from './testing.ts';

const BUILD_DIR = `${NATIVE_BUILD_DIR}-test`;
const PADS = { max: 1, how: 'sdl', plugged: 'whenUsed' } as const;
const WAIT = { timeout: 20_000 };

/** Prints what is in its /dev/input, and what can be opened there. */
const LOOK = `while :; do
  ls -n /dev/input 2>&1 | grep -o "^crw.*" | tr '\\n' ' '; cat /dev/input/event* 2>&1 > /dev/null && echo opened || echo none
  sleep 0.1
done`;

/** linux/input.h: struct input_event of 24 bytes, its time first. */
function events(file: string): number[][] {
  const bytes = readFileSync(file);
  return Array.from({ length: bytes.byteLength / 24 }, (_, index) => [
    bytes.readUInt16LE(24 * index + 16),
    bytes.readUInt16LE(24 * index + 18),
    bytes.readInt32LE(24 * index + 20),
  ]);
}

describe('pads of a game in its sandbox', () => {
  const slots = new TestSlots();
  const dir = mkdtempSync(join(tmpdir(), 'nearcade-uinput-'));
  const device = join(dir, 'uinput');
  let host: SlotHost;
  let neighbour: SlotHost;

  beforeAll(async () => {
    await ensureNative();
    await ensureNative({ buildDir: BUILD_DIR, testTools: true });
    writeFileSync(device, '');
    host = await slots.open(0, { uinput: { program: join(BUILD_DIR, 'uinput-stand-in'), device } });
    // Of /dev/null this says that it is no uinput.
    const uinput = { program: join(BUILD_DIR, 'nearcade-uinput'), device: '/dev/null' };
    neighbour = await slots.open(1, { uinput });
  }, 240_000);
  afterEach(async () => {
    await host.reset();
    await neighbour.reset();
  });
  afterAll(async () => {
    await slots.close();
    rmSync(dir, { recursive: true, force: true });
  });

  it('are devices of this session alone where there is uinput, come and go, and are gone with the game', async () => {
    const game = await slots.shell(host, LOOK, { input: { pads: PADS } });
    const beside = await slots.shell(neighbour, LOOK);
    const said = () => game.lastOutput.trimEnd().split('\n').at(-1) ?? '';
    await expect.poll(said, WAIT).toBe('none');
    host.input.apply(0, { kind: 'padPlug', hand: 0, plugged: true });
    const uid = slots.uid(0);
    await expect.poll(said, WAIT).toMatch(new RegExp(`^crw------- 1 ${uid} ${uid} .* event\\d+ opened$`));
    host.input.apply(0, { kind: 'pad', hand: 0, sequence: 1, ...PAD_AT_REST, buttons: buttonBit('south') });
    await expect
      .poll(() => events(device), WAIT)
      .toEqual([
        [1, 0x130, 1],
        [0, 0, 0],
      ]);
    expect(beside.lastOutput).toContain('none');
    expect(beside.lastOutput).not.toContain('opened');
    host.input.apply(0, { kind: 'padPlug', hand: 0, plugged: false });
    await expect.poll(said, WAIT).toBe('none');
    await host.reset();
    // Nothing is left, unless another node of this machine has pads just now.
    expect(existsSync(UINPUT_FOLDER) ? readdirSync(UINPUT_FOLDER) : ['no folder']).not.toEqual([]);
    expect(existsSync(join(UINPUT_FOLDER, String(uid)))).toBe(false);
  });

  it('come by the library where uinput is none, and shake as the game says', async () => {
    const heard: [number, Rumble][] = [];
    neighbour.input.onRumble((seat, rumble) => heard.push([seat, rumble]));
    const script = 'while :; do echo rumble; sleep 0.2; done | /opt/games-build/test/pad-watcher';
    await neighbour.launchGame({
      manifest: testManifest(['/bin/sh', '-c', script], {
        input: { pads: { ...PADS, plugged: 'fromStart' } },
        env: { SDL_VIDEODRIVER: 'dummy', SDL_AUDIODRIVER: 'dummy' },
      }),
      gameDir: dir,
      buildDir: BUILD_DIR,
      homeDir: slots.home('pads'),
      sessionId: 'test',
    });
    await expect.poll(() => heard[0], WAIT).toEqual([0, { low: 0x8000, high: 0x4000 }]);
    await expect.poll(() => heard[1], WAIT).toEqual([0, { low: 0, high: 0 }]);
  });
});
