import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Platform, startPlatform } from '#local/platform.ts';
import { DEMO_ACCOUNTS } from '#local/seed.ts';
import { accountsApi } from '#shared/api/accounts.ts';
import { adminPlayersApi } from '#shared/api/admin-players.ts';
import { callApi } from '#shared/api/client.ts';
import { myAccountApi } from '#shared/api/my-account.ts';
import { launchBrowser } from './support/browser.ts';

let platform: Platform;
let browser: Browser;

beforeAll(async () => {
  platform = await startPlatform({ name: 'e2e-console', slots: 1 });
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
  await platform?.close();
});

async function open(): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  await page.goto(platform.baseUrl);
  return page;
}

async function signIn(page: Page, email: string): Promise<void> {
  const account = DEMO_ACCOUNTS.find(one => one.email === email);
  await page.getByTestId('signin-email').fill(email);
  await page.getByTestId('signin-password').fill(account?.password ?? '');
  await page.getByTestId('signin-submit').click();
}

async function act(
  page: Page,
  name: string,
  reason: string,
  fields: Record<string, string> = {},
): Promise<void> {
  await page.getByTestId(name).click();
  for (const [field, value] of Object.entries(fields)) await page.getByTestId(field).fill(value);
  await page.getByTestId(`${name}-reason`).fill(reason);
  await page.getByTestId(`${name}-confirm`).click();
}

const [demo] = DEMO_ACCOUNTS;

it('an operator finds a player, tops them up and reads it in the audit log; a player sees no console', async () => {
  const player = await open();
  await signIn(player, demo.email);
  await player.getByTestId('game-card-probe').waitFor();
  expect(await player.getByTestId('admin-link').count()).toBe(0);
  await player.goto(`${platform.baseUrl}/admin`);
  await player.getByText('There is no such page').waitFor();

  const page = await open();
  await signIn(page, 'operator@nearcade.local');
  await page.getByTestId('admin-link').click();
  await page.getByTestId('tile-online').waitFor();
  expect(Number(await page.getByTestId('tile-active').textContent())).toBeGreaterThanOrEqual(2);
  await page.getByTestId('admin-players').click();
  await page.getByTestId('admin-player-search').fill(demo.email);
  await page.keyboard.press('Enter');
  await page.getByTestId('admin-player-list').getByText(demo.displayName).click();
  await page.getByTestId('admin-player').getByText('500 credits').waitFor();
  await act(page, 'act-top-up', 'A gift', { 'top-up-amount': '7' });
  await page.getByTestId('admin-player').getByText('507 credits').waitFor();
  await page.getByTestId('audit-entries').getByText('available: 500 → 507').waitFor();
  expect(await page.getByTestId('act-role').count()).toBe(0);
  await page.getByTestId('admin-nodes').click();
  await page.getByTestId('admin-node-list').getByText('ready').waitFor();
  await player.context().close();
  await page.context().close();
});

it('maintenance keeps players out with its text until it ends, and not operators', async () => {
  const page = await open();
  await signIn(page, 'operator@nearcade.local');
  await page.getByTestId('admin-link').click();
  await page.getByTestId('admin-platform').click();
  await act(page, 'act-maintenance', 'New disks', { 'maintenance-text': 'Back at ten' });
  await page.getByTestId('admin-platform-settings').getByText('On. Back at ten').waitFor();
  const player = await open();
  await signIn(player, demo.email);
  await player.getByText('Back at ten').waitFor();
  await act(page, 'act-maintenance', 'Disks are in');
  await page.getByTestId('admin-platform-settings').getByText('Off').waitFor();
  await signIn(player, demo.email);
  await player.getByTestId('game-card-probe').waitFor();
  await page.getByTestId('admin-audit').click();
  await page.getByTestId('audit-entries').getByText('New disks').waitFor();
  await player.context().close();
  await page.context().close();
});

it('there is always an admin: neither the last one goes, nor two at once', async () => {
  const signedIn = async (email: string) => {
    const account = DEMO_ACCOUNTS.find(one => one.email === email);
    const body = { email, password: account?.password ?? '' };
    const { accessToken, user } = await callApi(accountsApi.login, { body }, options());
    return { token: accessToken, userId: user.id };
  };
  const options = (token?: string) => ({
    fetch,
    origin: platform.baseUrl,
    token,
    idempotencyKey: crypto.randomUUID(),
  });
  const give = (by: { token: string }, { userId }: { userId: string }, role: 'admin' | 'player') =>
    callApi(
      adminPlayersApi.setRole,
      { params: { userId }, body: { reason: 'A try', role } },
      options(by.token),
    );
  const admin = await signedIn('admin@nearcade.local');
  await expect(give(admin, admin, 'player')).rejects.toMatchObject({ code: 'last_admin' });
  const ban = { params: admin, body: { reason: 'A try', until: null } };
  await expect(callApi(adminPlayersApi.ban, ban, options(admin.token))).rejects.toMatchObject({
    code: 'last_admin',
  });
  await give(admin, await signedIn('operator@nearcade.local'), 'admin');
  const second = await signedIn('operator@nearcade.local');
  const results = await Promise.allSettled([give(admin, second, 'player'), give(second, admin, 'player')]);
  expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  const last = results[0]?.status === 'fulfilled' ? admin : second;
  const goes = callApi(myAccountApi.delete, { body: {} }, options(last.token));
  await expect(goes).rejects.toMatchObject({ code: 'last_admin' });
});
