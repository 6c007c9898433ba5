import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import type { LinkConditions } from './profiles.ts';
import { runOverLink } from './session.ts';

const WIDE: LinkConditions = { delayMs: 10, jitterMs: 3, loss: 0, rateMbit: 20, queueMs: 100 };

/**
 * The narrow link is this part of what was sent before: however few frames a slow machine makes, they do not fit. So is all that is
 * waited for a ratio. From the least rate on, the game's least bitrate fits into that part, with the sound and the headers.
 */
const NARROW_SHARE = 0.4;
const LEAST_MBIT = 2.5;

/** Less than this is lost: what is sent fits into the link. */
const FITS_LOSS = 0.05;

/** More than this part of the narrow link is used: the picture has not been given up. */
const USED_SHARE = 0.25;

/** The wide link is used again when so much more is sent. */
const WIDENED = 1.4;

/** Seconds over which rate and loss are judged. */
const WINDOW_S = 3;
const PATIENCE_S = 60;

interface Window {
  mbit: number;
  /** Part of the packets. */
  loss: number;
  frames: number;
}

/** `drop.test.ts`'s program: a link that narrows and widens again, each as soon as the picture has followed. */
await runOverLink('scroll', WIDE, async ({ page, emulator }) => {
  const before = await when(page, ({ mbit }) => mbit >= LEAST_MBIT);
  const rateMbit = before.mbit * NARROW_SHARE;
  emulator.set({ ...WIDE, rateMbit });
  const settled = await when(
    page,
    ({ mbit, loss, frames }) => loss < FITS_LOSS && frames > 0 && mbit > rateMbit * USED_SHARE,
  );
  emulator.set(WIDE);
  const recovered = await when(page, ({ mbit, frames }) => mbit > settled.mbit * WIDENED && frames > 0);
  return { before, narrowMbit: rateMbit, settled, recovered };
});

/** The first seconds in which it is so; the last ones after a minute in which it never was. */
async function when(page: Page, isSo: (window: Window) => boolean): Promise<Window & { met: boolean }> {
  const samples = [await statsOf(page)];
  for (let waited = 1; ; waited++) {
    await sleep(1000);
    const now = await statsOf(page);
    samples.push(now);
    const from = samples.at(-1 - WINDOW_S);
    if (from === undefined) continue;
    const [packets, lost] = [now.packets - from.packets, now.packetsLost - from.packetsLost];
    const window = {
      mbit: ((now.bytes - from.bytes) * 8) / (now.at - from.at) / 1000,
      loss: Math.max(0, lost) / Math.max(1, packets + lost),
      frames: now.decodedFrames - from.decodedFrames,
    };
    const met = isSo(window);
    if (met || waited > PATIENCE_S) return { ...window, met };
  }
}

async function statsOf(page: Page) {
  return await page.evaluate(async () => {
    const stats = await window.benchPeers.videoStats();
    if (stats === undefined) throw new Error('no picture is received');
    return { ...stats, at: performance.now() };
  });
}
