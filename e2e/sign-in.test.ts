import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Platform, startPlatform } from '#local/platform.ts';
import { freePort } from '#local/supervise/ports.ts';
import { startOidcProvider, type TestOidcProvider } from '#local/test/oidc-provider.ts';
import { launchBrowser } from './support/browser.ts';

let platform: Platform;
let provider: TestOidcProvider;
let browser: Browser;
/** By its name: an address that is no domain has no passkeys. */
let home: string;

beforeAll(async () => {
  const web = await freePort();
  home = `http://localhost:${web}`;
  provider = await startOidcProvider(home);
  platform = await startPlatform({
    name: 'e2e-sign-in',
    slots: 1,
    ports: { web },
    workerSettings: provider.settings,
  });
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
  await platform?.close();
  await provider?.close();
});

async function openPage(): Promise<{ page: Page; context: BrowserContext }> {
  const context = await browser.newContext();
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  await page.goto(home);
  return { page, context };
}

/** An authenticator of Chromium's own that agrees to everything, as a finger on a sensor would. */
async function addAuthenticator(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('WebAuthn.enable');
  await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
}

async function register(page: Page, name: string): Promise<void> {
  await page.getByTestId('register-toggle').click();
  await page.getByTestId('register-name').fill(name);
  await page.getByTestId('signin-email').fill(`${crypto.randomUUID().slice(0, 8)}@example.test`);
  await page.getByTestId('signin-password').fill('correct horse battery');
  await page.getByTestId('signin-submit').click();
  await page.getByTestId('signout').waitFor();
}

const displayName = (page: Page) => page.getByTestId('display-name').textContent();

/** Fills in the provider's pages: who it is, and that Nearcade may know. */
async function signInAtProvider(page: Page, login: string): Promise<void> {
  await page.locator('input[name=login]').fill(login);
  await page.locator('input[name=password]').fill('any');
  await page.locator('button[type=submit]').click();
  await page.locator('input[name=prompt][value=consent]').waitFor({ state: 'attached' });
  await page.locator('button[type=submit]').click();
}

describe('a passkey', () => {
  it('is added on the account page, signs in, and is removed', async () => {
    const { page, context } = await openPage();
    await addAuthenticator(page);
    await register(page, 'Petra');
    await page.getByTestId('display-name').click();
    await page.getByTestId('passkey-add').click();
    expect(await page.getByTestId('passkey-name').textContent()).toBe('Chrome on Linux');

    await page.getByTestId('signout').click();
    await page.getByTestId('signin-passkey').click();
    await page.getByTestId('signout').waitFor();
    expect(await displayName(page)).toBe('Petra');

    await page.getByTestId('passkey-remove').click();
    await page.getByTestId('passkey-name').waitFor({ state: 'detached' });
    await page.getByTestId('signout').click();
    await page.getByTestId('signin-passkey').click();
    await page.getByText('no passkey was used, or it is not known here').waitFor();
    await context.close();
  });
});

describe('the sign-in service', () => {
  it('signs in, comes back to the same page, and stays signed in', async () => {
    const { page, context } = await openPage();
    await page.goto(`${home}/account`);
    await page.getByTestId('signin-oidc').click();
    await signInAtProvider(page, 'olga?email=olga@example.test&email_verified=true&nickname=Olga');
    await page.getByTestId('identities').waitFor();
    expect(page.url()).toBe(`${home}/account`);
    expect(await displayName(page)).toBe('Olga');
    await page.reload();
    await page.getByTestId('identity-unlink').click();
    await page.getByTestId('account-error').getByText('your last way to sign in').waitFor();
    await context.close();
  });

  it('is linked on the account page, and unlinked', async () => {
    const { page, context } = await openPage();
    await register(page, 'Linus');
    await page.getByTestId('display-name').click();
    await page.getByTestId('identity-link').click();
    await signInAtProvider(page, 'linus?email=linus@example.test&email_verified=true');
    await page.getByTestId('identity-unlink').click();
    await page.getByTestId('identity-link').waitFor();
    await context.close();
  });

  it('is said to have been left when the player cancels there', async () => {
    const { page, context } = await openPage();
    await page.getByTestId('signin-oidc').click();
    await page.getByText('Cancel').click();
    await page.getByTestId('signin-error').getByText('The sign-in was cancelled').waitFor();
    expect(page.url()).toBe(`${home}/`);
    await context.close();
  });
});
