import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { startPlatform } from '#local/platform.ts';
import { launchBrowser } from '../support/browser.ts';
import { Player } from '../support/player.ts';
import { until } from '../support/until.ts';

/** One that plays, one that is warm meanwhile. */
const SLOTS = 2;

/** Room for any game in both slots. */
const RESERVE = { memoryMb: 2000, cpu: 4 };

/** Until the slot that was left is warm again. */
const BETWEEN_SESSIONS_MS = 1500;

export interface ClickToFrameOptions {
  /** Games wait at their title; else only display, sound, encoder and room are ready. */
  prestart: boolean;
  runs: number;
  /** Default: the probe. */
  game?: string;
}

/**
 * Milliseconds from the click on Play to the first frame that the browser shows, in each run, in one page that stays: the whole platform
 * with a real Chromium.
 */
export async function measureClickToFrame({
  prestart,
  runs,
  game = 'probe',
}: ClickToFrameOptions): Promise<number[]> {
  await using owned = new AsyncDisposableStack();
  const platform = await startPlatform({
    name: `bench-click-${prestart ? 'ahead' : 'warm'}`,
    slots: SLOTS,
    nodeConfig: prestart ? { prestart: { games: [game], ...RESERVE } } : {},
  });
  owned.defer(() => platform.close());
  const browser = await launchBrowser();
  owned.defer(() => browser.close());
  const player = await Player.open(browser, platform.baseUrl);
  owned.defer(() => player.close());
  await player.register('Clicker');
  const log = join(platform.paths.logs, 'media-node.log');
  const times: number[] = [];
  for (let run = 0; run < runs; run++) {
    await player.page.goto(platform.baseUrl);
    await player.page.getByTestId(`play-${game}`).waitFor();
    if (prestart) await until('games wait at their title', () => waiting(log) >= SLOTS + run);
    else await player.page.waitForTimeout(BETWEEN_SESSIONS_MS);
    times.push(await clickOnce(player.page, game));
    await player.quit();
  }
  return times;
}

/** Games that have come to wait at their title so far. */
function waiting(log: string): number {
  return readFileSync(log, 'utf8').split('a game waits at its title').length - 1;
}

/** The page itself takes both times: from the click as it heard it to the first frame that was put on the screen. */
async function clickOnce(page: Page, game: string): Promise<number> {
  const shown = page.evaluate(
    () =>
      new Promise<number>(resolve => {
        let clickedAt = 0;
        const look = () => {
          const video = document.querySelector<HTMLVideoElement>('[data-testid=player-video]');
          if (video === null) requestAnimationFrame(look);
          else video.requestVideoFrameCallback(now => resolve(now - clickedAt));
        };
        addEventListener(
          'click',
          event => {
            clickedAt = event.timeStamp;
            look();
          },
          { capture: true, once: true },
        );
      }),
  );
  await page.getByTestId(`play-${game}`).click();
  return shown;
}
