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

/** From a click on Play, in milliseconds. */
export interface ClickTimes {
  /** To the first frame that the browser shows. */
  frameMs: number;
  /** To the first that shows something of the game: until then the screen is black. */
  gameMs: number;
}

export interface WarmOptions {
  game: string;
  runs: number;
  /** Games wait at their title; else only display, sound, encoder and room are ready. */
  prestart: boolean;
  signal?: AbortSignal;
}

/** Clicks in one page that stays, on a slot that is warm: the whole platform with a real Chromium. */
export async function clickWarm({ game, runs, prestart, signal }: WarmOptions): Promise<ClickTimes[]> {
  await using owned = new AsyncDisposableStack();
  const platform = await startPlatform({
    name: `bench-click-${prestart ? 'ahead' : 'warm'}`,
    slots: SLOTS,
    nodeConfig: prestart ? { prestart: { games: [game], ...RESERVE } } : {},
    ...(signal && { signal }),
  });
  owned.defer(() => platform.close());
  const browser = await launchBrowser();
  owned.defer(() => browser.close());
  const player = await Player.open(browser, platform.baseUrl);
  await player.register('Clicker');
  const log = join(platform.paths.logs, 'media-node.log');
  const times: ClickTimes[] = [];
  for (let run = 0; run < runs; run++) {
    signal?.throwIfAborted();
    await player.page.goto(platform.baseUrl);
    await player.page.getByTestId(`play-${game}`).waitFor();
    if (prestart) await until('games wait at their title', () => waiting(log) >= SLOTS + run);
    else await player.page.waitForTimeout(BETWEEN_SESSIONS_MS);
    times.push(await clickOnce(player.page, game));
    await player.quit();
  }
  return times;
}

/**
 * Clicks in a browser that has never been there, the moment somebody else has left the node's only slot: its display, sound, sandbox,
 * encoder and room are made anew meanwhile.
 */
export async function clickCold(game: string, runs: number, signal?: AbortSignal): Promise<ClickTimes[]> {
  await using owned = new AsyncDisposableStack();
  const platform = await startPlatform({ name: 'bench-click-cold', slots: 1, ...(signal && { signal }) });
  owned.defer(() => platform.close());
  const browser = await launchBrowser();
  owned.defer(() => browser.close());
  const before = await Player.open(browser, platform.baseUrl);
  await before.register('Leaver');
  const times: ClickTimes[] = [];
  for (let run = 0; run < runs; run++) {
    signal?.throwIfAborted();
    await before.page.goto(platform.baseUrl);
    await before.play(game);
    const fresh = await launchBrowser();
    try {
      const newcomer = await Player.open(fresh, platform.baseUrl);
      await newcomer.register('Newcomer');
      await before.quit();
      times.push(await clickOnce(newcomer.page, game));
      await newcomer.quit();
    } finally {
      await fresh.close();
    }
  }
  return times;
}

/** Games that have come to wait at their title so far. */
function waiting(log: string): number {
  return readFileSync(log, 'utf8').split('a game waits at its title').length - 1;
}

/** The page itself takes all times: from the click as it heard it to frames that were put on the screen. */
async function clickOnce(page: Page, game: string): Promise<ClickTimes> {
  const shown = page.evaluate(
    () =>
      new Promise<{ frameMs: number; gameMs: number }>(resolve => {
        /** Of the brightest channel of any pixel: far above what a codec makes of black. */
        const LIT = 64;
        const canvas = new OffscreenCanvas(64, 36);
        const context = canvas.getContext('2d', { willReadFrequently: true });
        let clickedAt = 0;
        let frameMs: number | undefined;
        const judge = (video: HTMLVideoElement, at: number) => {
          frameMs ??= at - clickedAt;
          context?.drawImage(video, 0, 0, canvas.width, canvas.height);
          const pixels = context?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
          if (pixels.some((value, i) => i % 4 !== 3 && value > LIT))
            resolve({ frameMs, gameMs: at - clickedAt });
          else video.requestVideoFrameCallback(now => judge(video, now));
        };
        const look = () => {
          const video = document.querySelector<HTMLVideoElement>('[data-testid=player-video]');
          if (video === null) requestAnimationFrame(look);
          else video.requestVideoFrameCallback(now => judge(video, now));
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
