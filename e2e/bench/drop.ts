import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import type { LinkConditions } from './link/profiles.ts';
import { type LinkedSession, runOverLink } from './link/session.ts';

import { longestFreeze, shownFrames, watchFrames } from './shown-frames.ts';
import { percentile, seededRandom } from './stats.ts';

const WIDE: LinkConditions = { delayMs: 10, jitterMs: 3, loss: 0, rateMbit: 20, queueMs: 100 };
const NARROW: LinkConditions = { ...WIDE, rateMbit: 3 };
/** Seconds of each phase; the first lets the estimate settle. */
const SECONDS = [10, 14, 16] as const;
/** From then on the narrow link counts as got used to. */
const SETTLED_S = 3;
const HOLD_MS = 60;
const PAUSE_MS = [90, 200] as const;

interface Sample {
  at: number;
  /** Of the picture, as it left the packets. */
  bytes: number;
  /** Of all that came, with its headers. */
  linkBytes: number;
}

/**
 * `bench:drop`: the probe's scrolling scene over a link that narrows from 20 to 3 Mbit/s and widens again, with presses all
 * along. Longest freeze, press to pixel before and from three seconds after the drop, part of the narrow link that is used.
 */
await runOverLink('scroll', WIDE, measure);

async function measure({ page, site, emulator }: LinkedSession): Promise<object> {
  const given = (process.argv[2] ?? '').split(',').map(Number);
  const [wideS, narrowS, afterS] = SECONDS.map((usual, i) => given[i] || usual) as [number, number, number];
  await watchFrames(page);
  const random = seededRandom(1);
  const phase = (seconds: number) => play(page, site.key, seconds, random);
  await page.evaluate(() => window.benchObserver.begin());
  const before = await phase(wideS);
  emulator.set(NARROW);
  const narrow = await phase(narrowS);
  emulator.set(WIDE);
  const after = await phase(afterS);
  const { presses } = await page.evaluate(() => window.benchObserver.observation());
  const latency = (from: number, to: number) => {
    const times = presses
      .filter(({ at }) => at >= from && at < to)
      .map(({ at, changedAt }) => (changedAt === null ? Number.POSITIVE_INFINITY : changedAt - at));
    return {
      n: times.length,
      p50: Math.round(percentile(times, 0.5)),
      p90: Math.round(percentile(times, 0.9)),
    };
  };
  const frames = await shownFrames(page);
  const begin = narrow.from;
  const settledAt = begin + SETTLED_S * 1000;
  const settled = narrow.samples.filter(({ at }) => at >= settledAt);
  return {
    before: { ...latency(before.from, before.to), mbit: mbit(before.samples) },
    drop: {
      ...latency(begin, settledAt),
      longestFreezeMs: Math.round(longestFreeze(frames, begin, narrow.to)),
    },
    settled: {
      ...latency(settledAt, narrow.to),
      mbit: mbit(settled),
      linkMbit: mbit(settled.map(({ at, linkBytes }) => ({ at, bytes: linkBytes }))),
    },
    recovered: {
      ...latency(after.to - 5000, after.to),
      mbit: mbit(after.samples.filter(({ at }) => at >= after.to - 4000)),
    },
    seconds: narrow.samples.map((_, i) => mbit(narrow.samples.slice(Math.max(0, i - 1), i + 1))),
    secondsAfter: after.samples.map((_, i) => mbit(after.samples.slice(Math.max(0, i - 1), i + 1))),
    fpsSettled: Math.round(
      frames.filter(at => at >= settledAt && at < narrow.to).length / (narrowS - SETTLED_S),
    ),
  };
}

/** Presses at random moments and notes each second what came. Times are of the page's clock. */
async function play(page: Page, key: string, seconds: number, random: () => number) {
  const now = () =>
    page.evaluate(async () => {
      const stats = await window.benchPeers.videoStats();
      const linkBytes = await window.benchPeers.linkBytes();
      return { at: performance.now(), bytes: stats?.bytes ?? 0, linkBytes };
    });
  const samples: Sample[] = [await now()];
  const from = samples[0]?.at ?? 0;
  for (let last = from; last < from + seconds * 1000; ) {
    await page.keyboard.down(key);
    await sleep(HOLD_MS);
    await page.keyboard.up(key);
    await page.evaluate(() => window.benchObserver.settled(700));
    await sleep(PAUSE_MS[0] + random() * (PAUSE_MS[1] - PAUSE_MS[0]));
    const sample = await now();
    if (sample.at - (samples.at(-1)?.at ?? 0) >= 1000) samples.push(sample);
    last = sample.at;
  }
  return { from, to: samples.at(-1)?.at ?? from, samples };
}

function mbit(samples: Pick<Sample, 'at' | 'bytes'>[]): number {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined || last.at === first.at) return 0;
  return Math.round(((last.bytes - first.bytes) * 8) / (last.at - first.at) / 10) / 100;
}
