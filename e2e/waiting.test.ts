import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Platform, startPlatform } from '#local/platform.ts';
import { launchBrowser } from './support/browser.ts';
import { Player } from './support/player.ts';
import { until } from './support/until.ts';

let platform: Platform;
let browser: Browser;

beforeAll(async () => {
  platform = await startPlatform({ name: 'e2e-waiting', slots: 1 });
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
  await platform?.close();
});

async function withPlayers(count: number, use: (...players: Player[]) => Promise<void>): Promise<void> {
  const players = await Promise.all(
    Array.from({ length: count }, () => Player.open(browser, platform.baseUrl)),
  );
  try {
    await use(...players);
  } finally {
    await Promise.all(players.map(player => player.close()));
  }
}

const place = async ({ page }: Player) => (await page.getByTestId('queue-place').textContent()) ?? '';

async function standInLine(player: Player, words: string): Promise<void> {
  await player.page.getByTestId('play-probe').click();
  await player.waitForState('queued');
  await player.page.getByTestId('queue-place').getByText(words).waitFor();
}

describe('the line', () => {
  it('says where one is, outlasts a reload and a look around, can be left, and ends in the game', () =>
    withPlayers(3, async (host, next, last) => {
      if (!host || !next || !last) return;
      await Promise.all([host.register('Hedda'), next.register('Nils'), last.register('Lou')]);
      await host.play('probe');
      await standInLine(next, 'You are next');
      await standInLine(last, 'You are number 2 in line');

      // The place is the same one after a reload, and on the way through the library.
      await next.page.reload();
      await next.waitForState('queued');
      expect(await place(next)).toContain('You are next');
      await last.page.goto(platform.baseUrl);
      await last.page.getByTestId('current-place').getByText('You are number 2 in line').waitFor();
      await last.page.getByTestId('continue-session').click();
      await last.waitForState('queued');

      // Who waits is let in by itself; who is behind moves up, and leaves.
      await host.quit();
      await next.waitForPicture();
      await last.page.getByTestId('queue-place').getByText('You are next').waitFor();
      await last.page.getByTestId('leave-queue').click();
      expect(await last.endReason()).toBe('queue_left');
      await last.page.getByTestId('back-to-library').click();
      await last.page.getByTestId('game-card-probe').waitFor();
      expect(await last.page.getByTestId('current-session').count()).toBe(0);
      await next.quit();
    }));
});

describe('two devices of one player', () => {
  it('take the game from each other, and the one that loses it says so', () =>
    withPlayers(2, async (first, second) => {
      if (!first || !second) return;
      const email = await first.register('Zoe');
      await first.play('probe');
      await second.signIn(email);
      await second.page.getByTestId('current-session').getByText('Probe is waiting for you').waitFor();
      await second.page.getByTestId('continue-session').click();
      await second.waitForPicture();
      await first.waitForState('ended');
      expect(await first.endReason()).toBe('replaced');

      await first.page.getByTestId('try-again').getByText('Play here instead').click();
      await first.waitForPicture();
      await second.waitForState('ended');
      expect(await second.endReason()).toBe('replaced');

      // What is ended on one device is gone from the other's library.
      await second.page.getByTestId('back-to-library').click();
      await second.page.getByTestId('current-session').waitFor();
      await first.quit();
      await second.page.getByTestId('current-session').waitFor({ state: 'detached' });
    }));

  it('wait in one place in line: the last that asked has it', () =>
    withPlayers(3, async (host, first, second) => {
      if (!host || !first || !second) return;
      const [, email] = await Promise.all([host.register('Holger'), first.register('Frida')]);
      await host.play('probe');
      await standInLine(first, 'You are next');
      await second.signIn(email);
      await second.page.getByTestId('continue-session').click();
      await second.waitForState('queued');
      await first.waitForState('ended');
      expect(await first.endReason()).toBe('replaced');
      await host.quit();
      await second.waitForPicture();
      await second.quit();
      await until('the place is free', async () => (await host.page.getByTestId('play-again').count()) === 1);
    }));
});
