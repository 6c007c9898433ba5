import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { until } from '../support/until.ts';
import { launchBenchBrowser } from './browser.ts';
import { CpuMeter } from './cpu.ts';
import { type Floor, floorOf } from './floor/floor.ts';
import { observe } from './observer/observe.ts';
import type { Observation } from './observer/observer.ts';
import type { VideoStats } from './observer/peers.ts';
import { pageClock } from './page-clock.ts';
import { percentile } from './stats.ts';
import type { Site } from './targets/target.ts';

/** A press that shows nothing for so long is a miss. */
export const MISS_MS = 1_000;
/** So long a missed press is still waited for, so that it does not count as the answer to the next one. */
const LATE_MS = 3_000;
/** Before the first press: what follows the first frame (bandwidth estimate, fonts, caches) settles. */
const SETTLE_MS = 2_000;
/** Games that look at the keyboard once a frame lose shorter presses. */
const HOLD_MS = [50, 90] as const;
/** Between the end of one press and the next, at random so that no phase of any clock is met more than another. */
const PAUSE_MS = [120, 320] as const;
/** Rendering steps by which the length of one is told. */
const REFRESHES = 60;
const FIRST_FRAME_TIMEOUT_MS = 30_000;

export interface MeasureOptions {
  /** Presses. */
  n: number;
  /** 0 up to 1. */
  random: () => number;
  /** Network namespace for the browser; the bench's own without. */
  namespace?: string | undefined;
  /** Ends the measurement between two presses. */
  signal?: AbortSignal;
  /** Where to put a screenshot of the page (PNG): at the end, or when something failed. */
  screenshot?: string;
}

/** What was measured of one target in one scene over one link. Times in ms. */
export interface Measurement {
  n: number;
  p50: number;
  p90: number;
  p99: number;
  /** Presses that had not shown 1 s later. */
  misses: number;
  /** Every press: to the frame that showed it; null for one that never did. */
  pressesMs: (number | null)[];
  /** Different pictures a second that the page showed, by the program's frame counter. */
  fps: number | null;
  /** Mean a frame, by getStats; null where no WebRTC video is. */
  jitterBufferMs: number | null;
  decodeMs: number | null;
  mbit: number | null;
  packetsLost: number | null;
  droppedFrames: number | null;
  codec: string | null;
  /** Seconds of processor time that the server needs for a minute of stream. */
  serverCpuPerMinute: number;
  /** From a click (or, where none is needed, the load of the page) in a fresh browser to the first picture. */
  firstFrameColdMs: number;
  /** The same a second time in that browser. */
  firstFrameWarmMs: number;
  /** What press to pixel can't be less than; null where the server's parts can't be watched. */
  floor: Floor | null;
  /** What looking costs: time of the page's thread, and from begin to end, a picture. */
  samplingMs: number;
  copyingMs: number;
}

/** Opens the site in a browser of its own, presses `n` times and says what was seen. */
export async function measure(site: Site, options: MeasureOptions): Promise<Measurement> {
  const { browser, close } = await launchBenchBrowser(options.namespace, site.origins);
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    page.setDefaultTimeout(FIRST_FRAME_TIMEOUT_MS);
    try {
      await observe(page, site.watch);
      await site.open(page);
      const firstFrameColdMs = await firstFrame(page, site);
      await site.leave(page);
      await page.evaluate(() => window.benchObserver.restart());
      await site.reopen(page);
      const firstFrameWarmMs = await firstFrame(page, site);
      await site.focus(page);
      await sleep(SETTLE_MS);
      const pressed = await pressAll(page, site, options);
      if (options.screenshot !== undefined) await page.screenshot({ path: options.screenshot });
      await site.leave(page);
      return { ...pressed, firstFrameColdMs, firstFrameWarmMs };
    } catch (error) {
      options.signal?.throwIfAborted();
      if (options.screenshot !== undefined) await page.screenshot({ path: options.screenshot });
      // Else the next one would find its player in a session still.
      await site.leave(page).catch(() => undefined);
      throw error;
    }
  } finally {
    await close();
  }
}

async function firstFrame(page: Page, site: Site): Promise<number> {
  let found = 0;
  await until(
    'a first picture',
    async () => {
      const { firstPictureAt, clickedAt } = await page.evaluate(() => window.benchObserver.observation());
      if (firstPictureAt === null) return false;
      found = firstPictureAt - (site.firstFrameFrom === 'click' ? (clickedAt ?? 0) : 0);
      return true;
    },
    FIRST_FRAME_TIMEOUT_MS,
  );
  return found;
}

async function pressAll(page: Page, site: Site, { n, random, signal }: MeasureOptions) {
  const between = ([least, most]: readonly [number, number]) => least + random() * (most - least);
  const clock = await pageClock(page);
  const refreshMs = await refreshOf(page);
  const parts = await site.watchParts?.();
  const cpu = new CpuMeter(site.pids());
  cpu.watch();
  try {
    await page.evaluate(() => window.benchObserver.begin());
    const before = await page.evaluate(() => window.benchPeers.videoStats());
    const begun = performance.now();
    for (let i = 0; i < n; i++) {
      signal?.throwIfAborted();
      await page.keyboard.down(site.key);
      await sleep(between(HOLD_MS));
      await page.keyboard.up(site.key);
      await page.evaluate(timeout => window.benchObserver.settled(timeout), LATE_MS);
      await sleep(between(PAUSE_MS));
    }
    const seconds = (performance.now() - begun) / 1e3;
    const cpuSeconds = cpu.seconds();
    const after = await page.evaluate(() => window.benchPeers.videoStats());
    const seen = await page.evaluate(() => window.benchObserver.observation());
    if (seen.presses.length !== n) {
      throw new Error(`The page got ${seen.presses.length} of ${n} presses: it has not the keyboard.`);
    }
    const video = videoFigures(before, after, seconds);
    const server = parts?.end();
    const pressedAt = seen.presses.map(({ at }) => at + clock);
    return {
      ...latencies(seen),
      ...video,
      floor:
        server === undefined ? null : floorOf({ pressedAt, server, decodeMs: video.decodeMs, refreshMs }),
      n,
      fps: site.watch.counter === undefined ? null : seen.changedFrames / seconds,
      serverCpuPerMinute: (cpuSeconds * 60) / seconds,
      samplingMs: seen.samplingMs / seen.samples,
      copyingMs: seen.copyingMs / seen.samples,
    };
  } finally {
    cpu.stop();
    parts?.end();
  }
}

/** Milliseconds between two rendering steps of the page. */
function refreshOf(page: Page): Promise<number> {
  return page.evaluate(
    count =>
      new Promise<number>(resolve => {
        const steps: number[] = [];
        const step = (at: number) => {
          if (steps.push(at) <= count) requestAnimationFrame(step);
          else resolve((at - (steps[0] ?? at)) / count);
        };
        requestAnimationFrame(step);
      }),
    REFRESHES,
  );
}

function latencies({ presses }: Observation) {
  const pressesMs = presses.map(({ at, changedAt }) => (changedAt === null ? null : changedAt - at));
  const times = pressesMs.map(ms => ms ?? Number.POSITIVE_INFINITY);
  return {
    pressesMs,
    p50: percentile(times, 0.5),
    p90: percentile(times, 0.9),
    p99: percentile(times, 0.99),
    misses: times.filter(ms => ms > MISS_MS).length,
  };
}

function videoFigures(before: VideoStats | undefined, after: VideoStats | undefined, seconds: number) {
  if (before === undefined || after === undefined) {
    return {
      jitterBufferMs: null,
      decodeMs: null,
      mbit: null,
      packetsLost: null,
      droppedFrames: null,
      codec: null,
    };
  }
  const buffered = after.jitterBufferFrames - before.jitterBufferFrames;
  const decoded = after.decodedFrames - before.decodedFrames;
  return {
    jitterBufferMs: buffered > 0 ? ((after.jitterBufferS - before.jitterBufferS) * 1e3) / buffered : null,
    decodeMs: decoded > 0 ? ((after.decodeS - before.decodeS) * 1e3) / decoded : null,
    mbit: ((after.bytes - before.bytes) * 8) / seconds / 1e6,
    packetsLost: after.packetsLost - before.packetsLost,
    droppedFrames: after.droppedFrames - before.droppedFrames,
    codec: after.codec,
  };
}
