import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchBrowser } from './support/browser.ts';
import { Player } from './support/player.ts';
import { SharedPlatform } from './support/shared-platform.ts';

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

/** Founds a club with a table for the probe and answers the link into it. */
async function foundClub(page: Page): Promise<string> {
  await page.getByTestId('clubs-link').click();
  await page.getByTestId('club-name').fill('Night owls');
  await page.getByTestId('found-club-button').click();
  await page.getByTestId('edit-notice').click();
  await page.getByLabel('Notice to the members').fill('Every evening at nine.\nBe kind.');
  await page.getByTestId('save-notice').click();
  await page.getByTestId('new-table-game').selectOption('probe');
  await page.getByTestId('new-table').click();
  await page.getByTestId('club-table').waitFor();
  await page.getByTestId('invite-to-club').click();
  await page.getByTestId('make-invite').click();
  const link = await page.getByTestId('invite-link').inputValue();
  await page.getByRole('button', { name: 'Done' }).click();
  return link;
}

it('a club: founded, joined by a link, played in at a table, and the room dissolved by a vote', async () => {
  const [owner, guest] = [
    await Player.open(browser, platform.baseUrl),
    await Player.open(browser, platform.baseUrl),
  ];
  try {
    await owner.register('Olga');
    const link = await foundClub(owner.page);

    await guest.register('Gus');
    await guest.page.goto(link);
    await guest.page.getByText('Olga invites you.').waitFor();
    await guest.page.getByTestId('use-invite').click();
    await guest.page.getByText('Every evening at nine.').waitFor();
    // The owner's page hears of it.
    await owner.page.getByTestId('club-members').getByText('Gus').waitFor();

    await owner.page.getByTestId('sit-down').click();
    await owner.waitForPicture();
    await guest.page.getByTestId('club-table').getByText('Olga').waitFor();
    await guest.page.getByTestId('sit-down').click();
    await guest.waitForPicture();
    expect(guest.page.url()).toBe(owner.page.url());

    await guest.page.mouse.move(640, 360);
    await guest.page.mouse.move(640, 4);
    await guest.page.getByTestId('room-toggle').click();
    await guest.page.getByTestId('start-vote').click();
    await owner.page.getByTestId('vote-banner').getByText('Gus wants').waitFor();
    await guest.page.getByText('You agreed').waitFor();
    await owner.page.getByTestId('vote-yes').click();
    await Promise.all([owner.waitForState('ended'), guest.waitForState('ended')]);
    await owner.page.getByText('The room was dissolved').waitFor();
  } finally {
    await owner.close();
    await guest.close();
  }
});
