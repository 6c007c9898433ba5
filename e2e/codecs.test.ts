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

async function codecOf(player: Player): Promise<string> {
  const figure = player.page.locator('[data-figure=codec]');
  if (!(await figure.isVisible())) {
    await player.page.mouse.move(640, 10);
    await player.page.getByTestId('stats-toggle').click();
  }
  const said = async () => ((await figure.textContent()) ?? '').trim();
  await until('the codec', async () => !['', '–'].includes(await said()));
  return said();
}

/** Plays the probe for one press and answers the codec of its picture. */
async function play(prepare: (player: Player) => Promise<unknown>): Promise<string> {
  const player = await Player.open(browser, platform.baseUrl);
  try {
    await prepare(player);
    await player.register('Vera');
    await player.play('probe');
    await player.focus();
    const before = await readProbe(player);
    await player.press('Space');
    await until('the press shows', async () => {
      const now = await readProbe(player);
      return now.presses[0] === (before.presses[0] ?? 0) + 1;
    });
    const codec = await codecOf(player);
    await player.quit();
    return codec;
  } finally {
    await player.close();
  }
}

/** A browser that has these codecs alone. */
const having =
  (...names: string[]) =>
  (player: Player) =>
    player.page.addInitScript(kept => {
      const send = WebSocket.prototype.send;
      WebSocket.prototype.send = function (data) {
        if (typeof data !== 'string' || !data.includes('"consume"')) return send.call(this, data);
        const message = JSON.parse(data);
        const codecs = message.rtpCapabilities.codecs.filter(({ mimeType }: { mimeType: string }) =>
          kept.some(name => mimeType.toLowerCase() === `video/${name}` || !mimeType.startsWith('video/')),
        );
        return send.call(
          this,
          JSON.stringify({ ...message, rtpCapabilities: { ...message.rtpCapabilities, codecs } }),
        );
      };
    }, names);

it('plays in H.264 by itself, in VP8 for a browser that has no H.264, and in what a browser decodes by hardware', async () => {
  expect((await play(async () => {})).toLowerCase()).toContain('h264');
  expect((await play(having('vp8', 'vp9', 'av1', 'rtx'))).toLowerCase()).toContain('vp8');
  const withVp8Chip = (player: Player) =>
    player.page.addInitScript(() => {
      const ask = MediaCapabilities.prototype.decodingInfo;
      MediaCapabilities.prototype.decodingInfo = async function (configuration: MediaDecodingConfiguration) {
        const info = await ask.call(this, configuration);
        return { ...info, powerEfficient: configuration.video?.contentType.includes('VP8') ?? false };
      };
    });
  expect((await play(withVp8Chip)).toLowerCase()).toContain('vp8');
});

it('plays in VP9 and in AV1 for browsers that have nothing else', async () => {
  expect((await play(having('vp9', 'rtx'))).toLowerCase()).toContain('vp9');
  expect((await play(having('av1', 'rtx'))).toLowerCase()).toContain('av1');
});
