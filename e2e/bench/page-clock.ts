import type { Page } from 'playwright-core';

/**
 * What to add to performance.now() of the page for milliseconds of CLOCK_MONOTONIC, which is the machine's: Chromium's own clock is that
 * one, and the DevTools protocol tells when the page's navigation began by it (Performance.getMetrics).
 */
export async function pageClock(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  try {
    await session.send('Performance.enable');
    const { metrics } = await session.send('Performance.getMetrics');
    const started = metrics.find(({ name }) => name === 'NavigationStart');
    if (started === undefined) throw new Error('The browser does not tell when its page began.');
    return started.value * 1000;
  } finally {
    await session.detach();
  }
}

/** Milliseconds of CLOCK_MONOTONIC, now. */
export function monotonicNow(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
