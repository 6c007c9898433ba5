import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildGames, loadManifests } from '../install.ts';
import { COLOURS, type Picture, readProbe } from './readout.ts';
import { RunningProbe } from './test/running-probe.ts';

/** The X server repeats a held key after 660 ms, then every 40 ms. */
const PAST_REPEAT_MS = 900;

let buildDir: string;
let program: string;

beforeAll(async () => {
  buildDir = await mkdtemp(join(tmpdir(), 'nearcade-probe-'));
  const games = (await loadManifests()).filter(({ manifest }) => manifest.slug === 'probe');
  await buildGames({ games, buildDir });
  program = join(buildDir, 'probe', 'probe');
}, 120_000);

afterAll(() => rm(buildDir, { recursive: true, force: true }));

describe('the probe and its readout', () => {
  it('counts the presses of each seat and no one else', async () => {
    await using probe = await RunningProbe.start(program, 'still');
    const before = await probe.see();
    expect(before.presses).toEqual([0, 0, 0, 0]);
    expect(before.colours).toEqual(Array(4).fill(COLOURS[0]));

    probe.key('F2', true);
    const held = await probe.see(({ presses }) => presses[1] === 1);
    expect(held).toMatchObject({
      presses: [0, 1, 0, 0],
      held: [false, true, false, false],
      colours: [COLOURS[0], COLOURS[1], COLOURS[0], COLOURS[0]],
      lastKeycode: 68,
      flash: true,
    });
    expect(held.frame).toBeGreaterThan(before.frame);

    probe.key('F2', false);
    for (let i = 0; i < COLOURS.length; i++) probe.press('F4');
    const after = await probe.see(({ presses, flash }) => presses[3] === COLOURS.length && !flash);
    expect(after.presses).toEqual([0, 1, 0, COLOURS.length]);
    expect(after.held).toEqual([false, false, false, false]);
    expect(after.colours[3]).toBe(COLOURS[0]);
  });

  it('counts a key that is held once, and presses in quick succession each', async () => {
    await using probe = await RunningProbe.start(program, 'still');
    await probe.see();
    probe.key('F3', true);
    await sleep(PAST_REPEAT_MS);
    expect(await probe.see()).toMatchObject({ presses: [0, 0, 1, 0], held: [false, false, true, false] });
    probe.key('F3', false);
    for (let i = 0; i < 20; i++) probe.press('F1');
    await probe.see(({ presses }) => presses[0] === 20 && presses[2] === 1);
  });

  it('shows other keys, buttons, the wheel and the pointer', async () => {
    await using probe = await RunningProbe.start(program, 'still');
    await probe.see();
    probe.moveTo(321, 123);
    probe.press('KeyA');
    probe.click(3);
    probe.click(5);
    const seen = await probe.see(({ wheel }) => wheel === 1);
    expect(seen).toMatchObject({ pointer: { x: 321, y: 123 }, lastKeycode: 38, lastButton: 3 });
    expect(seen.presses).toEqual([0, 0, 0, 0]);
  });

  it('counts frames in every scene, and changes scene by a key', async () => {
    await using probe = await RunningProbe.start(program, 'still');
    await probe.see();
    for (const [key, scene] of [
      ['F10', 'busy'],
      ['F11', 'scroll'],
      ['F9', 'still'],
    ] as const) {
      probe.press(key);
      const first = await probe.see(seen => seen.scene === scene);
      const frames = (await probe.see(seen => seen.frame > first.frame + 1)).frame - first.frame;
      expect(frames).toBeGreaterThan(1);
    }
  });

  it('draws every part of the picture again after the scrolling scene', async () => {
    await using probe = await RunningProbe.start(program, 'still');
    await probe.see();
    const fresh = outsideOfCodes(await probe.picture());
    probe.press('F11');
    await probe.see(({ scene }) => scene === 'scroll');
    expect(outsideOfCodes(await probe.picture()).equals(fresh)).toBe(false);
    probe.press('F9');
    await probe.see(({ scene }) => scene === 'still');
    expect(outsideOfCodes(await probe.picture()).equals(fresh)).toBe(true);
  });

  it('ends with 0 when told to', async () => {
    await using probe = await RunningProbe.start(program, 'busy');
    await probe.see();
    probe.press('F12');
    expect(await probe.exit).toBe(0);
  });

  it('is read from a scaled, noisy picture of limited contrast', async () => {
    await using probe = await RunningProbe.start(program, 'scroll');
    await probe.see();
    probe.press('F1');
    await probe.see(({ presses }) => presses[0] === 1);
    const sharp = await probe.picture();
    const expected = readProbe(sharp);
    expect(expected).not.toBeNull();
    for (const scale of [0.5, 0.75, 1.5]) {
      expect(readProbe(worsened(sharp, scale)), `at ${scale}`).toEqual(expected);
    }
  });

  it('does not take another picture for the probe', () => {
    const data = new Uint8ClampedArray(1280 * 720 * 4);
    expect(readProbe({ width: 1280, height: 720, data })).toBeNull();
  });
});

/** The rows below the bar codes. */
function outsideOfCodes({ width, data }: Picture): Buffer {
  return Buffer.from(Uint8Array.from(data)).subarray(width * 4 * 160);
}

/** The picture as a bad connection shows it: other size, pale, noise of +-40. */
function worsened(picture: Picture, scale: number): Picture {
  const width = Math.round(picture.width * scale);
  const height = Math.round(picture.height * scale);
  const data = new Uint8ClampedArray(width * height * 4);
  let seed = 7;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (Math.floor(y / scale) * picture.width + Math.floor(x / scale)) * 4;
      for (let channel = 0; channel < 3; channel++) {
        seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
        const noise = ((seed >>> 24) / 255 - 0.5) * 80;
        data[(y * width + x) * 4 + channel] = 30 + (picture.data[from + channel] ?? 0) * 0.8 + noise;
      }
    }
  }
  return { width, height, data };
}
