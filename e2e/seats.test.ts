import pg from 'pg';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

async function openSeats({ page }: Player): Promise<void> {
  await page.mouse.move(640, 300);
  await page.mouse.move(640, 4);
  await page.getByTestId('seats-toggle').click();
  await page.getByTestId('seats-panel').waitFor();
}

/** Presses at the picture until the probe has counted a press of that seat. */
async function playsAt(player: Player, seat: number): Promise<void> {
  const presses = async () => (await readProbe(player)).presses[seat - 1] ?? 0;
  const before = await presses();
  await player.page.mouse.click(100, 400);
  await player.focus();
  await player.press('Space');
  await until(`seat ${seat} counted the press`, async () => (await presses()) > before);
}

const socketsOf = (player: Player) => player.page.evaluate(() => window.testSockets.length);

describe('seats', () => {
  it('are claimed, stripped of a right, given back and taken in turns, without a new connection', async () => {
    const host = await Player.open(browser, platform.baseUrl);
    const guest = await Player.open(browser, platform.baseUrl);
    try {
      await host.register('Harriet');
      await host.play('probe');
      await guest.joinByLink(await host.shareLink(), 'Gus', 'spectator');
      const sockets = await socketsOf(guest);
      await openSeats(host);
      await host.page.getByTestId('seats-open').click();
      await openSeats(guest);
      await guest.page.getByRole('button', { name: 'Ask to play: seat 2' }).click();
      await host.page.getByTestId('seat-request').getByText('Gus asks to play').waitFor();
      await host.page.getByTestId('seat-approve').click();
      await openSeats(host);
      await guest.page.getByTestId('spectator-badge').waitFor({ state: 'detached' });
      await playsAt(guest, 2);

      // Without the keyboard nothing of the seat reaches the game, and what it held is let go.
      const held = async () => (await readProbe(host)).presses[1];
      const before = await held();
      await host.page.getByTestId('seat-more-2').click();
      await host.page.getByTestId('right-keyboard-2').click();
      await host.page.getByTestId('seat-2').getByText('Without keyboard').waitFor();
      await guest.page.getByTestId('rights-chip').getByText('taken the keyboard').waitFor();
      await guest.press('Space');
      await playsAt(host, 1);
      expect(await held()).toBe(before);
      await openSeats(host);
      await host.page.getByTestId('seat-more-2').click();
      await host.page.getByTestId('right-keyboard-2').click();
      await host.page.getByTestId('seat-2').getByText('Without keyboard').waitFor({ state: 'detached' });
      await playsAt(guest, 2);

      // Given back, the picture goes on; the first seat is then had in turns.
      await openSeats(guest);
      await guest.page.getByTestId('seat-release').click();
      await guest.page.getByTestId('spectator-badge').waitFor();
      const frames = await guest.decodedFrames();
      await host.page.getByTestId('seat-more-1').click();
      await host.page.getByTestId('turns-1').selectOption('30');
      // Either page's own view of it: what was not done is another fault than what was not told.
      await host.page.getByTestId('seat-1').getByText('Turns of').waitFor();
      await guest.page.getByTestId('seat-1').getByText('Turns of').waitFor();
      await guest.page.getByTestId('seat-claim-1').click();
      await host.page.getByTestId('turn-chips').getByText('Your turn').waitFor();
      await guest.page.getByTestId('turn-chips').getByText('you are next').waitFor();
      await until('the picture goes on', async () => (await guest.decodedFrames()) > frames);
      await endTurn();
      // Whatever happens to the seats, what is due is done with it; else the clock does it.
      await host.page.getByTestId('right-voice-1').click();
      await guest.page.getByTestId('spectator-badge').waitFor({ state: 'detached' });
      await host.page.getByTestId('spectator-badge').waitFor();
      await playsAt(guest, 1);
      expect(await socketsOf(guest)).toBe(sockets);
    } finally {
      await host.close();
      await guest.close();
    }
  });
});

/** Has the turn that goes on be up in a moment. */
async function endTurn(): Promise<void> {
  const client = new pg.Client({ connectionString: platform.databaseUrl });
  await client.connect();
  try {
    await client.query(`update session_seats set turn_until = now() where turn_until is not null`);
  } finally {
    await client.end();
  }
}
