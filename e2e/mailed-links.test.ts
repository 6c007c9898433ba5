import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callApi } from '#shared/api/client.ts';
import { mailApi } from '#shared/api/mail.ts';
import { launchBrowser } from './support/browser.ts';
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

/** The path of the link in the last mail to `recipient` whose subject holds `subject`. */
async function mailedPath(recipient: string, subject: string): Promise<string> {
  const { items } = await callApi(
    mailApi.outbox,
    { query: { recipient } },
    { fetch, origin: platform.baseUrl },
  );
  const text = items.find(mail => mail.subject.includes(subject))?.text ?? '';
  const link = /https?:\/\/\S+/.exec(text)?.[0];
  if (link === undefined) throw new Error(`no link in ${JSON.stringify(items)}`);
  const { pathname, search } = new URL(link);
  return pathname + search;
}

const displayName = (page: Page) => page.getByTestId('display-name').textContent();

describe('a guest', () => {
  it('plays at once, claims the account, verifies the address, and gets back in without the password', async () => {
    const page = await browser.newPage();
    page.setDefaultTimeout(30_000);
    const open = (path: string) => page.goto(platform.baseUrl + path);
    const email = `${crypto.randomUUID().slice(0, 8)}@example.test`;

    await open('/');
    await page.getByTestId('signin-guest').click();
    await page.getByTestId('display-name').waitFor();
    const name = await displayName(page);
    expect(name).toMatch(/^Guest \d{4}$/);
    await page.getByTestId('display-name').click();
    await page.getByTestId('claim-email').fill(email);
    await page.getByTestId('claim-password').fill('correct horse battery');
    await page.getByTestId('claim-submit').click();
    await page.getByTestId('verify-notice').waitFor();

    await open(await mailedPath(email, 'Verify'));
    await page.getByTestId('verify-submit').click();
    await page.getByTestId('verify-done').getByText(email).waitFor();
    await open('/account');
    await page.getByTestId('devices').waitFor();
    expect(await page.getByTestId('verify-notice').count()).toBe(0);

    await page.getByTestId('signout').click();
    await page.getByText('Forgotten your password?').click();
    await page.getByTestId('forgotten-email').fill(email);
    await page.getByTestId('forgotten-submit').click();
    await page.getByTestId('forgotten-done').waitFor();
    const reset = await mailedPath(email, 'new password');
    await open(reset);
    await page.getByTestId('reset-password').fill('another horse battery');
    await page.getByTestId('reset-submit').click();
    await page.getByTestId('signout').waitFor();
    expect(await displayName(page)).toBe(name);
    await until('the link is gone from the address bar', () => new URL(page.url()).pathname === '/');

    // The link has worked once.
    await open(reset);
    await page.getByTestId('reset-password').fill('yet another battery');
    await page.getByTestId('reset-submit').click();
    await page.getByTestId('reset-error').getByText('has been used or has expired').waitFor();
    await page.close();
  });

  it('reads the mails on the page that the platform names', async () => {
    const page = await browser.newPage();
    await page.goto(`${platform.baseUrl}/outbox`);
    expect(await page.locator('article').count()).toBeGreaterThan(0);
    expect(await page.locator('article a').first().getAttribute('href')).toContain('http://localhost:');
    await page.close();
  });
});
