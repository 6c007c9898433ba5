import type { PictureSample } from './sampler.ts';
import type { Watch } from './watch.ts';

/** Times are performance.now() of the page, in ms. */
export interface Press {
  /** The trusted keydown's timeStamp: when the browser got the press. */
  at: number;
  /** Start of the first rendering step (requestVideoFrameCallback or requestAnimationFrame) with another colour. */
  changedAt: number | null;
}

export interface Observation {
  presses: Press[];
  /** When the watched element first had a picture. */
  firstPictureAt: number | null;
  /** timeStamp of the last trusted click. */
  clickedAt: number | null;
  /** Pictures in which the counter strip had changed. */
  changedFrames: number;
  samples: number;
  /** Time that sampling took from the page's thread, and from begin to end with the copy elsewhere, sums in ms. */
  samplingMs: number;
  copyingMs: number;
}

/** What the observer answers to the bench through page.evaluate. */
export interface Observer {
  /** Forgets what was seen, so that the next picture counts as the first. */
  restart(): void;
  /** Forgets the presses and counts. */
  begin(): void;
  /** Resolves when the last press has shown, true, or has not within `timeoutMs` of it, false. */
  settled(timeoutMs: number): Promise<boolean>;
  observation(): Observation;
}

declare global {
  interface Window {
    benchObserver: Observer;
  }
}

/**
 * Runs in the page before its own scripts: looks at a few pixels of each picture that is shown (sampler.ts).
 *
 * A <video> is sampled in requestVideoFrameCallback, a <canvas> at the end of each requestAnimationFrame, after the
 * page's own callbacks. The moment that counts is taken before the copy.
 * The function must not refer to anything outside itself: its source is sent to the browser.
 */
export function installObserver(watch: Watch): void {
  if (window !== window.top) return;
  /** Sum of differences of the planes' means: far above what compression does to a flat block, far below a new colour. */
  const CHANGED = 30;
  /** An empty canvas is transparent or one dark grey; a picture is brighter than this somewhere in the block. */
  const DARK = 64;
  let element: HTMLVideoElement | HTMLCanvasElement | null = null;
  let presses: Press[] = [];
  let baseline: number[] | null = null;
  let latest: number[] | null = null;
  let latestCounter = '';
  let onSettled: (() => void) | null = null;
  let seen = { firstPictureAt: null as number | null, clickedAt: null as number | null };
  let counts = { changedFrames: 0, samples: 0, samplingMs: 0, copyingMs: 0 };

  addEventListener(
    'keydown',
    event => {
      if (!event.isTrusted || event.repeat) return;
      baseline = latest;
      presses.push({ at: event.timeStamp, changedAt: null });
    },
    { capture: true },
  );
  addEventListener(
    'click',
    event => {
      if (event.isTrusted) seen.clickedAt = event.timeStamp;
    },
    { capture: true },
  );

  async function look(source: HTMLVideoElement | HTMLCanvasElement, at: number): Promise<void> {
    const sample = await window.benchSampler.sample(source);
    if (sample === null) return;
    counts.samplingMs += sample.samplingMs;
    counts.copyingMs += sample.copyingMs;
    counts.samples++;
    if (source === element) judge(sample, at, source);
  }

  function judge({ block, strip }: PictureSample, at: number, source: Element): void {
    if (source instanceof HTMLVideoElement || block.some(value => value > DARK)) seen.firstPictureAt ??= at;
    if (strip !== undefined) {
      if (latestCounter !== '' && strip !== latestCounter) counts.changedFrames++;
      latestCounter = strip;
    }
    latest = block;
    const press = presses.at(-1);
    if (press === undefined || press.changedAt !== null || at < press.at) return;
    baseline ??= block;
    const difference = block.reduce((sum, value, i) => sum + Math.abs(value - (baseline?.[i] ?? value)), 0);
    if (difference < CHANGED) return;
    press.changedAt = at;
    onSettled?.();
  }

  function find(): HTMLVideoElement | HTMLCanvasElement | null {
    let best: HTMLVideoElement | HTMLCanvasElement | null = null;
    let bestArea = 0;
    for (const one of document.querySelectorAll(watch.selector)) {
      if (!(one instanceof HTMLVideoElement || one instanceof HTMLCanvasElement)) continue;
      const area =
        one instanceof HTMLVideoElement ? one.videoWidth * one.videoHeight + 1 : one.width * one.height;
      if (area > bestArea) [best, bestArea] = [one, area];
    }
    return best;
  }

  function onVideoFrame(video: HTMLVideoElement): void {
    const at = performance.now();
    if (video !== element) return;
    video.requestVideoFrameCallback(() => onVideoFrame(video));
    void look(video, at);
  }

  // The page's own callbacks of a frame run before ours, so that what they draw counts for the frame that shows it. What
  // they ask for while they run is for the next frame, for which we ask after them, when it is our turn.
  const nativeRequest = window.requestAnimationFrame.bind(window);
  let ours = 0;
  let inFrame = false;
  const goLast = () => {
    cancelAnimationFrame(ours);
    ours = nativeRequest(onFrame);
  };
  window.requestAnimationFrame = callback => {
    const id = nativeRequest(time => {
      inFrame = true;
      callback(time);
    });
    if (!inFrame) goLast();
    return id;
  };
  function onFrame(): void {
    const at = performance.now();
    inFrame = false;
    goLast();
    const found = find();
    if (found !== element) {
      element = found;
      latest = null;
      if (found instanceof HTMLVideoElement) found.requestVideoFrameCallback(() => onVideoFrame(found));
    }
    if (found instanceof HTMLCanvasElement) void look(found, at);
  }
  goLast();

  window.benchObserver = {
    restart() {
      element = null;
      latest = null;
      latestCounter = '';
      seen = { firstPictureAt: null, clickedAt: seen.clickedAt };
    },
    begin() {
      presses = [];
      counts = { changedFrames: 0, samples: 0, samplingMs: 0, copyingMs: 0 };
    },
    settled(timeoutMs) {
      const press = presses.at(-1);
      if (press === undefined || press.changedAt !== null) return Promise.resolve(press !== undefined);
      return new Promise(resolve => {
        const end = () => {
          clearTimeout(timer);
          onSettled = null;
          resolve(press.changedAt !== null);
        };
        const timer = setTimeout(end, Math.max(0, press.at + timeoutMs - performance.now()));
        onSettled = end;
      });
    },
    observation: () => ({ presses, ...seen, ...counts }),
  };
}
