import type { Page } from 'playwright-core';

declare global {
  interface Window {
    benchFrames: number[];
  }
}

/** Has the page note when it shows a picture, from now on: performance.now(), in ms. */
export async function watchFrames(page: Page): Promise<void> {
  await page.evaluate(() => {
    window.benchFrames = [];
    const video = document.querySelector<HTMLVideoElement>('[data-testid=player-video]');
    const note = (at: number) => {
      window.benchFrames.push(at);
      video?.requestVideoFrameCallback(note);
    };
    video?.requestVideoFrameCallback(note);
  });
}

export function shownFrames(page: Page): Promise<number[]> {
  return page.evaluate(() => window.benchFrames);
}

/** The longest time without a new picture from `from` to `to`, both of them counted as pictures; ms. */
export function longestFreeze(frames: readonly number[], from: number, to: number): number {
  const ends = [from, ...frames.filter(at => at > from && at < to), to];
  return Math.max(...ends.slice(1).map((at, i) => at - (ends[i] ?? at)));
}

/** A picture that then stands still is not back. */
const FLOWING_GAP_MS = 250;
const FLOWING_FOR_MS = 1000;

/** Milliseconds from `from` to the first picture after which they keep coming for a second; null when none does. */
export function backAfter(frames: readonly number[], from: number): number | null {
  const later = frames.filter(at => at >= from);
  const flows = (at: number) => longestFreeze(later, at, at + FLOWING_FOR_MS) <= FLOWING_GAP_MS;
  const back = later.find(flows);
  return back === undefined ? null : back - from;
}
