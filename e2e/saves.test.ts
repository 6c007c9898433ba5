import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Platform, startPlatform } from '#local/platform.ts';
import { launchBrowser } from './support/browser.ts';
import { Player } from './support/player.ts';
import { readProbe } from './support/probe.ts';
import { SecondNode } from './support/second-node.ts';
import { until } from './support/until.ts';

let platform: Platform;
let browser: Browser;

beforeAll(async () => {
  platform = await startPlatform({
    name: 'e2e-saves',
    slots: 2,
    nodeConfig: { saves: { quietSeconds: 0.5, intervalSeconds: 1 } },
  });
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
  await platform?.close();
});

const presses = async (player: Player) => (await readProbe(player)).presses[0];

/** Opens the panel of saves; answers what it says of the newest one. */
async function lastSave(player: Player): Promise<string> {
  await player.page.mouse.move(640, 300);
  await player.page.mouse.move(640, 2);
  if (!(await player.page.getByTestId('last-save').isVisible())) {
    await player.page.getByTestId('saves-toggle').click();
  }
  return (await player.page.getByTestId('last-save').textContent()) ?? '';
}

/** Presses so often, and has the probe save it. */
async function playAndSave(player: Player, times: number): Promise<void> {
  await player.focus();
  for (let time = 0; time < times; time++) await player.press('Space');
  await until('the presses are there', async () => (await presses(player)) === times);
  await player.press('Digit9');
}

it('a moment is shared while it is played, and another player starts a game of their own from there', async () => {
  const host = await Player.open(browser, platform.baseUrl);
  const guest = await Player.open(browser, platform.baseUrl);
  try {
    await host.register('Selma');
    await host.play('probe');
    await playAndSave(host, 2);
    await until('it was saved by itself', async () => (await lastSave(host)).startsWith('Saved'));
    await host.page.getByTestId('share-save').click();
    const link = await host.page.getByTestId('moment-link').inputValue();
    await guest.register('Gustav');
    await guest.page.goto(link.replace(/^https?:\/\/[^/]+/, platform.baseUrl));
    expect(await guest.page.getByTestId('moment-from').textContent()).toContain('Selma');
    await guest.page.getByTestId('start-moment').click();
    await guest.waitForPicture();
    await until('the guest has the presses', async () => (await presses(guest)) === 2);
    await guest.quit();
    // The host goes on, keeps it under a name of its own, and finds it on the game's page.
    await lastSave(host);
    await host.page.getByTestId('save-slot').fill('Before the boss');
    await host.page.getByTestId('save-as').click();
    await until('it was kept', async () => (await lastSave(host)).endsWith('Before the boss'));
    await host.quit();
    await host.page.goto(`${platform.baseUrl}/game/probe`);
    const kept = host.page.getByTestId('save-before-the-boss');
    await kept.getByTestId('start-save').click();
    await host.waitForPicture();
    await until('the save is back', async () => (await presses(host)) === 2);
    await host.quit();
    await host.page.goto(`${platform.baseUrl}/game/probe`);
    await host.page.getByTestId('new-game').click();
    await host.waitForPicture();
    expect(await presses(host)).toBe(0);
    await host.quit();
  } finally {
    await host.close();
    await guest.close();
  }
});

it('the node dies in mid-game: the session resumes on another node from its last save', async () => {
  const player = await Player.open(browser, platform.baseUrl);
  let second: SecondNode | undefined;
  try {
    await player.register('Rhea');
    await player.play('probe');
    await playAndSave(player, 3);
    await until('it was saved by itself', async () => (await lastSave(player)).startsWith('Saved'));
    const address = player.page.url();
    second = await SecondNode.start(platform);
    await platform.stopNode('SIGKILL');
    await player.waitForState('reconnecting');
    await player.waitForPicture();
    expect(player.page.url()).toBe(address);
    await until('the presses are back', async () => (await presses(player)) === 3);
    await player.focus();
    await player.press('Space');
    await until('it goes on', async () => (await presses(player)) === 4);
    await player.quit();
    expect(await player.endReason()).toBe('player_quit');
  } finally {
    await player.close();
    await second?.close();
  }
});
