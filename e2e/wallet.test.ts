import pg from 'pg';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Platform, startPlatform } from '#local/platform.ts';
import { DEMO_ACCOUNTS } from '#local/seed.ts';
import { launchBrowser } from './support/browser.ts';
import { Player } from './support/player.ts';

let platform: Platform;
let browser: Browser;
/** By the name that the platform calls itself: the payment page leads back there, where the player is signed in. */
let home: string;

beforeAll(async () => {
  platform = await startPlatform({ name: 'e2e-wallet', slots: 1 });
  await setPrice(5);
  home = platform.baseUrl.replace('127.0.0.1', 'localhost');
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
  await platform?.close();
});

async function setPrice(price: number): Promise<void> {
  const client = new pg.Client({ connectionString: platform.databaseUrl });
  await client.connect();
  try {
    await client.query(
      `update game_builds set price = $1,
        manifest = jsonb_set(manifest, '{price}', jsonb_build_object('credits', $1::int, 'per', 'session'))
      where game = 'probe'`,
      [price],
    );
  } finally {
    await client.end();
  }
}

async function signIn(page: Page): Promise<void> {
  const [demo] = DEMO_ACCOUNTS;
  await page.goto(home);
  await page.getByTestId('signin-email').fill(demo.email);
  await page.getByTestId('signin-password').fill(demo.password);
  await page.getByTestId('signin-submit').click();
  await page.getByTestId('game-card-probe').waitFor();
}

const available = (page: Page) => page.getByTestId('wallet-available').textContent();

it('a player buys credits, is asked before a game that costs some, and pays for it when it was played', async () => {
  const player = await Player.open(browser, home);
  const { page } = player;
  await signIn(page);
  await page.getByTestId('credits').click();
  expect(await available(page)).toBe('500 credits');
  await page.getByTestId('buy-small').click();
  await page.getByTestId('test-payment-pay').click();
  await page.getByTestId('transfer-payment').waitFor();
  expect(await available(page)).toBe('600 credits');

  await page.goto(home);
  await page.getByTestId('play-probe').click();
  expect(await page.getByTestId('price-question').textContent()).toBe('It costs 5 credits.');
  await page.getByText('You have 600 credits.').waitFor();
  await page.getByTestId('price-decline').click();
  await page.getByTestId('price-question').waitFor({ state: 'detached' });

  await page.getByTestId('play-probe').click();
  await page.getByTestId('price-accept').click();
  await player.waitForPicture();
  const other = await page.context().newPage();
  await other.goto(`${home}/wallet`);
  await other.getByTestId('wallet-held').waitFor();
  expect(await available(other)).toBe('595 credits');
  await page.getByTestId('quit').click();
  await page.getByTestId('end-reason').waitFor();
  await other.reload();
  await other.getByTestId('transfer-session_charge').waitFor();
  expect(await available(other)).toBe('595 credits');
  await page.context().close();
});

it('who has too few credits is told before the start', async () => {
  await setPrice(900);
  const { page } = await Player.open(browser, home);
  await signIn(page);
  await page.getByTestId('play-probe').click();
  await page.getByText('That is not enough').waitFor();
  expect(await page.getByTestId('price-accept').count()).toBe(0);
  await page.getByText('Get credits').click();
  await page.getByTestId('buy-large').waitFor();
  await page.context().close();
});
