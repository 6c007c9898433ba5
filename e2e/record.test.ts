import { readFile } from 'node:fs/promises';
import { ALL_FORMATS, BlobSource, Input } from 'mediabunny';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchBrowser } from './support/browser.ts';
import { Player } from './support/player.ts';
import { readProbe } from './support/probe.ts';
import { SharedPlatform } from './support/shared-platform.ts';
import { until } from './support/until.ts';

let platform: SharedPlatform;
let browser: Browser;

beforeAll(async () => {
  platform = await SharedPlatform.enter();
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
  await platform?.close();
});

it('a host records a session before the eyes of all, and fetches from their page a film that plays', async () => {
  const host = await Player.open(browser, platform.baseUrl);
  const spectator = await Player.open(browser, platform.baseUrl);
  try {
    await host.register('Runa');
    await host.play('probe');
    await spectator.joinByLink(await host.shareLink(), 'Vito', 'spectator');
    const { page } = host;
    await page.mouse.move(640, 300);
    await page.mouse.move(640, 2);
    await page.getByTestId('record-toggle').click();
    const notice = spectator.page.getByTestId('recording-notice');
    await notice.waitFor();
    expect(await notice.textContent()).toContain('Runa records');
    await host.focus();
    for (let press = 1; press <= 5; press++) {
      await host.press('Space');
      await until('the press counts', async () => (await readProbe(host)).presses[0] === press);
    }
    await page.getByTestId('recording-stop').click();
    await notice.waitFor({ state: 'detached' });
    await host.quit();

    await until('the recording is on the page', async () => {
      await page.goto(`${platform.baseUrl}/recordings`);
      await page.getByTestId('recordings').waitFor({ state: 'attached' });
      await page.waitForTimeout(300);
      return (await page.getByTestId('recording').count()) === 1;
    });
    const download = page.waitForEvent('download');
    await page.getByTestId('download-recording').click();
    const file = await readFile(await (await download).path());
    expect(await playsIn(spectator, file)).toEqual({ plays: true, ratio: 16 / 9 });
    expect(await soundOf(file)).toBeGreaterThan(0.5);
    await page.getByTestId('delete-recording').click();
    await page.getByTestId('delete-recording').click();
    await page.getByTestId('recording').waitFor({ state: 'detached' });
  } finally {
    await host.close();
    await spectator.close();
  }
});

/** What a browser makes of a film. */
async function playsIn(player: Player, film: Buffer) {
  const page = await player.page.context().newPage();
  await page.goto('about:blank');
  return page.evaluate(async base64 => {
    const bytes = Uint8Array.from(atob(base64), character => character.charCodeAt(0));
    const video = document.createElement('video');
    video.muted = true;
    video.src = URL.createObjectURL(new Blob([bytes], { type: 'video/mp4' }));
    document.body.append(video);
    await video.play();
    // To its end, or it does not play through.
    await new Promise((resolve, reject) => {
      video.addEventListener('ended', resolve);
      video.addEventListener('error', () => reject(new Error(video.error?.message)));
      video.playbackRate = 4;
    });
    return {
      plays: video.duration > 0.5 && video.getVideoPlaybackQuality().totalVideoFrames > 5,
      // Its size follows the network and the processor.
      ratio: video.videoWidth / video.videoHeight,
    };
  }, film.toString('base64'));
}

/** Seconds of sound in a film. */
async function soundOf(film: Buffer): Promise<number> {
  const source = new BlobSource(new Blob([new Uint8Array(film)]));
  using input = new Input({ source, formats: ALL_FORMATS });
  return (await (await input.getPrimaryAudioTrack())?.computeDuration()) ?? 0;
}
