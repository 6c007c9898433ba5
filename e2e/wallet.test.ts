import pg from 'pg';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Platform, startPlatform } from '#local/platform.ts';
import { DEMO_ACCOUNTS } from '#local/seed.ts';
import { launchBrowser } from './support/browser.ts';
import { Player } from './support/player.ts';
import { until } from './support/until.ts';

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

async function inDatabase(statement: string, values: unknown[] = []): Promise<void> {
  const client = new pg.Client({ connectionString: platform.databaseUrl });
  await client.connect();
  try {
    await client.query(statement, values);
  } finally {
    await client.end();
  }
}

function setPrice(price: number, per: 'session' | 'minute' = 'session'): Promise<void> {
  return inDatabase(
    `update game_builds set price = $1, price_unit = $2,
      manifest = jsonb_set(manifest, '{price}', jsonb_build_object('credits', $1::int, 'per', $2::text))
    where game = 'probe'`,
    [price, per],
  );
}

async function signIn(page: Page, demo: (typeof DEMO_ACCOUNTS)[number] = DEMO_ACCOUNTS[0]): Promise<void> {
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

it('who pays by the minute is warned, and told why the game has ended', async () => {
  await setPrice(300, 'minute');
  const player = await Player.open(browser, home);
  const { page } = player;
  await signIn(page, DEMO_ACCOUNTS[1]);
  await page.getByTestId('play-probe').click();
  await page.getByText('Each minute of play costs 300 credits.').waitFor();
  await page.getByTestId('price-accept').click();
  await player.waitForPicture();
  await until('the warning', async () => {
    await platform.runCrons();
    return (await page.getByTestId('notice').filter({ hasText: 'Your credits are used up' }).count()) === 1;
  });
  // Played is what the node has told of, not before the session was made.
  await inDatabase(
    `with live as (
      update sessions set created_at = created_at - interval '10 minutes', started_at = started_at - interval '10 minutes'
      where ended_at is null returning id
    )
    update node_events set at = at - interval '10 minutes', received_at = received_at - interval '10 minutes'
    where session_id in (select id from live)`,
  );
  await platform.runCrons();
  await player.waitForState('ended');
  expect(await player.endReason()).toBe('credits_exhausted');
  await page.getByRole('link', { name: 'Get credits' }).click();
  await page.getByTestId('wallet-available').waitFor();
  await page.context().close();
});
