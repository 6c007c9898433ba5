import pg from 'pg';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problemSchema } from '#shared/errors.ts';
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

/** Gives the probe a leaderboard, and whoever plays it a score: no game of ours keeps any. */
async function keepScore(email: string, value: number): Promise<void> {
  const client = new pg.Client({ connectionString: platform.databaseUrl });
  await client.connect();
  try {
    await client.query(
      `update game_builds set manifest = jsonb_set(manifest, '{leaderboards}', $1) where game = 'probe'`,
      [JSON.stringify([{ id: 'presses', title: 'Presses', keep: 'best', better: 'higher' }])],
    );
    await client.query(
      `insert into leaderboard_entries (game, board, period, user_id, rule, value, at)
      select 'probe', 'presses', 'all', id, 'highest', $2, now() from users where email = $1`,
      [email, value],
    );
  } finally {
    await client.end();
  }
}

async function openRoom({ page }: Player): Promise<void> {
  await page.mouse.move(640, 300);
  await page.mouse.move(640, 4);
  await page.getByTestId('room-toggle').click();
  await page.getByTestId('chat-input').waitFor();
}

describe('the room', () => {
  it('talks without touching the game, and its host gives a seat to who watches', async () => {
    const host = await Player.open(browser, platform.baseUrl);
    const watcher = await Player.open(browser, platform.baseUrl);
    try {
      const email = await host.register('Harry');
      await host.play('probe');
      await watcher.joinByLink(await host.shareLink(), 'Wilma', 'spectator');
      const before = await readProbe(host);
      await openRoom(host);
      await openRoom(watcher);
      await host.page.getByTestId('chat-input').pressSequentially('now and then');
      await host.page.keyboard.press('Enter');
      await watcher.page.getByTestId('chat-log').getByText('now and then').waitFor();
      await watcher.page.getByTestId('chat-input').pressSequentially('all right');
      await watcher.page.keyboard.press('Enter');
      await host.page.getByTestId('chat-log').getByText('all right').waitFor();
      expect((await readProbe(host)).presses).toEqual(before.presses);

      await host.page.getByRole('button', { name: 'Offer Wilma a seat' }).click();
      await watcher.page.getByTestId('seat-offer').getByText('offers you seat 2').waitFor();
      await watcher.page.getByTestId('take-seat').click();
      await watcher.page.getByTestId('spectator-badge').waitFor({ state: 'detached' });
      await watcher.waitForPicture();
      await watcher.focus();
      await watcher.press('Space');
      await until('seat 2 counted the press', async () => {
        const now = await readProbe(host);
        return now.presses[1] === (before.presses[1] ?? 0) + 1;
      });
      await host.page.getByRole('button', { name: 'Let Wilma watch' }).click();
      await watcher.page.getByTestId('spectator-badge').waitFor();

      // What was played is in the history, and how well on the game's page.
      await keepScore(email, 1234);
      await host.page.mouse.click(640, 600);
      await host.page.evaluate(() => document.exitPointerLock());
      await host.quit();
      await host.page.getByTestId('back-to-library').click();
      await host.page.getByTestId('history-link').click();
      await host.page.getByTestId('plays').getByText('Probe').click();
      const board = host.page.getByTestId('board-presses');
      await board.getByText('Harry').waitFor();
      await board.getByText('1,234').waitFor();
      await board.getByRole('button', { name: 'Today' }).click();
      await board.getByText('Nobody is on it yet.').waitFor();
    } finally {
      await host.close();
      await watcher.close();
    }
  });
});

describe('a link for standard players (WHEP)', () => {
  it('is made in the share panel, lets players in, and is void when its maker says so', async () => {
    const host = await Player.open(browser, platform.baseUrl);
    try {
      await host.register('Wes');
      await host.play('probe');
      await host.page.mouse.move(640, 300);
      await host.page.mouse.move(640, 4);
      await host.page.getByTestId('share-link').click();
      await host.page.getByTestId('whep-make').click();
      const url = await host.page.getByTestId('whep-url').inputValue();
      const token = await host.page.getByTestId('whep-token').inputValue();
      await host.page.getByTestId('whep-expiry').getByText('more minutes').waitFor();
      // An offer that says nothing: who gets as far as that was let in.
      const knock = async () => {
        const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/sdp' };
        const answer = await fetch(url, { method: 'POST', headers, body: 'v=0' });
        return problemSchema.parse(await answer.json()).code;
      };
      expect(await knock()).toBe('whep_offer_invalid');
      await host.page.getByTestId('whep-void').click();
      await host.page.getByTestId('whep-make').waitFor();
      await until('the node has voided it', async () => (await knock()) === 'ticket_expired');
      await host.quit();
    } finally {
      await host.close();
    }
  });
});

describe('the account page', () => {
  it('changes the name and the password, and deletes the account', async () => {
    const player = await Player.open(browser, platform.baseUrl);
    const other = await Player.open(browser, platform.baseUrl);
    const { page } = player;
    const email = await player.register('Nora');
    await other.signIn(email);
    await page.getByTestId('display-name').click();
    await page.getByTestId('rename-name').fill('Nora the Second');
    await page.getByTestId('rename-submit').click();
    await page.getByTestId('display-name').getByText('Nora the Second').waitFor();

    await page.getByTestId('change-password-current').fill('not my password');
    await page.getByTestId('change-password-new').fill('another horse battery');
    await page.getByTestId('change-password-submit').click();
    await page.getByTestId('change-password-error').getByText('This is not your password').waitFor();
    await page.getByTestId('change-password-current').fill('correct horse battery');
    await page.getByTestId('change-password-submit').click();
    await page.getByTestId('change-password-done').getByText('Changed.').waitFor();
    await other.page.getByTestId('notice').getByText('Your password was changed').waitFor();

    await page.getByTestId('delete-open').click();
    await page.getByTestId('delete-password').fill('another horse battery');
    await page.getByTestId('delete-submit').click();
    await page.getByTestId('notice').getByText('Your account was deleted.').waitFor();
    await page.getByTestId('signin-email').fill(email);
    await page.getByTestId('signin-password').fill('another horse battery');
    await page.getByTestId('signin-submit').click();
    await page.getByTestId('signin-error').getByText('do not belong together').waitFor();
    await player.close();
    await other.close();
  });
});
