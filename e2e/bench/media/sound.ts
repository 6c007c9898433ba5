import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import { percentile, seededRandom } from '../stats.ts';
import { listen } from './hear.ts';
import { runPart, withSession } from './session.ts';

const HOLD_MS = 60;
/** Between two presses: while the way to the beep is measured, and while gaps are listened for. */
const PAUSE_MS = [300, 500] as const;
const SLOW_PAUSE_MS = [1000, 2000] as const;
/** A beep that is not heard for so long is missed. */
const MISS_MS = 1000;
const SETTLE_MS = 2000;

const { values } = parseArgs({
  options: { presses: { type: 'string', default: '40' }, seconds: { type: 'string', default: '600' } },
});

/**
 * The probe beeps with each press: from the press to the frame that shows it, and to the sound of it. Then the game is played on, slower,
 * and the browser asked how much of that time's sound it had to make up since nothing was there.
 */
await runPart(signal =>
  withSession('still', signal, async ({ page, site }) => {
    await page.evaluate(listen, '[data-testid=player-audio]');
    await sleep(SETTLE_MS);
    const random = seededRandom(1);
    const presses = Number(values.presses);
    const quick = { pauseMs: PAUSE_MS, isOver: (count: number) => count >= presses };
    const begun = await decoded(page);
    const { pixel, beep } = await play(page, site.key, quick, random, signal);
    const before = await decoded(page);
    const end = performance.now() + Number(values.seconds) * 1000;
    const slow = { pauseMs: SLOW_PAUSE_MS, isOver: () => performance.now() >= end };
    const listened = await play(page, site.key, slow, random, signal);
    const after = await decoded(page);
    return {
      presses,
      pixelP50: percentile(pixel, 0.5),
      beepP50: percentile(beep, 0.5),
      beepP90: percentile(beep, 0.9),
      missedBeeps: missed(beep),
      jitterBufferMs: ((before.delayS - begun.delayS) * 1000) / (before.emitted - begun.emitted),
      seconds: Number(values.seconds),
      gaps: after.events - before.events,
      concealedMs: (after.concealed - before.concealed) / 48,
      beepsThen: listened.beep.length,
      missedBeepsThen: missed(listened.beep),
    };
  }),
);

interface Pace {
  pauseMs: readonly [number, number];
  isOver: (presses: number) => boolean;
}

/** Milliseconds from each press to its frame and to its beep; Infinity for what never came. */
async function play(
  page: Page,
  key: string,
  { pauseMs, isOver }: Pace,
  random: () => number,
  signal: AbortSignal,
) {
  const [least, most] = pauseMs;
  await page.evaluate(() => window.benchObserver.begin());
  for (let count = 0; !isOver(count); count++) {
    signal.throwIfAborted();
    await page.keyboard.down(key);
    await sleep(HOLD_MS);
    await page.keyboard.up(key);
    await sleep(least + random() * (most - least));
  }
  await sleep(MISS_MS);
  const { presses } = await page.evaluate(() => window.benchObserver.observation());
  const { beeps } = await page.evaluate(() => window.benchEar);
  return {
    pixel: presses.map(({ at, changedAt }) => (changedAt ?? Number.POSITIVE_INFINITY) - at),
    beep: presses.map(
      ({ at }) => (beeps.find(one => one >= at && one < at + MISS_MS) ?? Number.POSITIVE_INFINITY) - at,
    ),
  };
}

function missed(beep: readonly number[]): number {
  return beep.filter(one => one === Number.POSITIVE_INFINITY).length;
}

/**
 * Sums of the inbound sound (W3C webrtc-stats): samples that the decoder made up, and how often it began to; seconds that samples have
 * waited in the jitter buffer, and how many.
 */
function decoded(
  page: Page,
): Promise<{ concealed: number; events: number; delayS: number; emitted: number }> {
  return page.evaluate(async () => {
    const sums = { concealed: 0, events: 0, delayS: 0, emitted: 0 };
    for (const report of await window.benchPeers.inbound()) {
      if (report.kind !== 'audio') continue;
      sums.concealed += report.concealedSamples ?? 0;
      sums.events += report.concealmentEvents ?? 0;
      sums.delayS += report.jitterBufferDelay ?? 0;
      sums.emitted += report.jitterBufferEmittedCount ?? 0;
    }
    return sums;
  });
}
