import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import { percentile, seededRandom } from '../stats.ts';
import { listen } from './hear.ts';
import { runPart, withSession } from './session.ts';

const HOLD_MS = 60;
const PAUSE_MS = [300, 500] as const;
/** A beep that is not heard for so long is missed. */
const MISS_MS = 1000;

const { values } = parseArgs({
  options: { presses: { type: 'string', default: '40' }, seconds: { type: 'string', default: '600' } },
});

/**
 * The probe beeps with each press: from the press to the frame that shows it, and to the sound of it; then how much of so many seconds of
 * sound had to be made up by the browser since nothing was there.
 */
await runPart(signal =>
  withSession('still', signal, async ({ page, site }) => {
    await page.evaluate(listen, '[data-testid=player-audio]');
    await sleep(2000);
    const pressed = await press(page, site.key, Number(values.presses), signal);
    const gaps = await listenFor(page, Number(values.seconds), signal);
    return { ...pressed, ...gaps };
  }),
);

async function press(page: Page, key: string, presses: number, signal: AbortSignal) {
  const random = seededRandom(1);
  const [least, most] = PAUSE_MS;
  await page.evaluate(() => window.benchObserver.begin());
  for (let i = 0; i < presses; i++) {
    signal.throwIfAborted();
    await page.keyboard.down(key);
    await sleep(HOLD_MS);
    await page.keyboard.up(key);
    await sleep(least + random() * (most - least));
  }
  const seen = await page.evaluate(() => window.benchObserver.observation());
  const { beeps } = await page.evaluate(() => window.benchEar);
  const pixel = seen.presses.map(({ at, changedAt }) => (changedAt ?? Number.POSITIVE_INFINITY) - at);
  const beep = seen.presses.map(({ at }) => {
    const heard = beeps.find(one => one >= at && one < at + MISS_MS);
    return heard === undefined ? Number.POSITIVE_INFINITY : heard - at;
  });
  return {
    presses,
    pixelP50: percentile(pixel, 0.5),
    beepP50: percentile(beep, 0.5),
    beepP90: percentile(beep, 0.9),
    missedBeeps: beep.filter(one => one === Number.POSITIVE_INFINITY).length,
  };
}

/** Sums of the inbound sound (W3C webrtc-stats), in samples: of these, what the decoder made up, but for stretches that were silent anyhow. */
async function listenFor(page: Page, seconds: number, signal: AbortSignal) {
  const read = () =>
    page.evaluate(async () => {
      const sums = { samples: 0, concealed: 0, events: 0 };
      for (const report of await window.benchObserver.inbound()) {
        if (report.kind !== 'audio') continue;
        sums.samples += report.totalSamplesReceived ?? 0;
        sums.concealed += (report.concealedSamples ?? 0) - (report.silentConcealedSamples ?? 0);
        sums.events += report.concealmentEvents ?? 0;
      }
      return sums;
    });
  const before = await read();
  await sleep(seconds * 1000, undefined, { signal });
  const after = await read();
  const made = after.concealed - before.concealed;
  return {
    seconds,
    gaps: after.events - before.events,
    concealedMs: made / 48,
    concealedPart: made / Math.max(1, after.samples - before.samples),
  };
}
