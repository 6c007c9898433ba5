import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accountsApi } from '#shared/api/accounts.ts';
import { callApi } from '#shared/api/client.ts';
import type { CallInput, CallOutput, EndpointSpec } from '#shared/api/endpoint.ts';
import { myAccountApi } from '#shared/api/my-account.ts';
import { presenceApi } from '#shared/api/presence.ts';
import { launchBrowser } from './support/browser.ts';
import { SharedPlatform } from './support/shared-platform.ts';

const PASSWORD = 'correct horse battery';

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

interface Player {
  id: string;
  email: string;
  call<S extends EndpointSpec>(spec: S, input: CallInput<S>): Promise<CallOutput<S>>;
}

/** Signed in by a program, as another device of the player's. */
async function newPlayer(): Promise<Player> {
  const origin = platform.baseUrl;
  const email = `ada-${crypto.randomUUID().slice(0, 8)}@example.test`;
  const body = { email, password: PASSWORD, displayName: 'Ada' };
  const { user, accessToken: token } = await callApi(accountsApi.register, { body }, { fetch, origin });
  return { id: user.id, email, call: (spec, input) => callApi(spec, input, { fetch, origin, token }) };
}

async function signIn({ email }: Player): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  page.setDefaultTimeout(30_000);
  await page.goto(platform.baseUrl);
  await page.getByTestId('signin-email').fill(email);
  await page.getByTestId('signin-password').fill(PASSWORD);
  await page.getByTestId('signin-submit').click();
  await page.getByTestId('signout').waitFor();
  return page;
}

async function statusOf({ id, call }: Player): Promise<string | undefined> {
  return (await call(presenceApi.list, { query: { ids: id } })).presences[0]?.status;
}

describe('a page that is open', () => {
  it('is seen, through a reload and until a moment after it has closed', async () => {
    const player = await newPlayer();
    expect(await statusOf(player)).toBe('offline');
    const page = await signIn(player);
    await expect.poll(() => statusOf(player), { timeout: 20_000 }).toBe('online');
    await page.reload();
    await page.getByTestId('signout').waitFor();
    expect(await statusOf(player)).toBe('online');
    await page.context().close();
    await expect.poll(() => statusOf(player), { timeout: 30_000 }).toBe('offline');
  });

  it('is on the sign-in page as soon as the player signs it out from elsewhere', async () => {
    const player = await newPlayer();
    const page = await signIn(player);
    await expect.poll(() => statusOf(player), { timeout: 20_000 }).toBe('online');
    await player.call(myAccountApi.endSignIns, { query: { which: 'others' } });
    await page.getByTestId('signin-submit').waitFor({ timeout: 10_000 });
    await page.context().close();
  });
});
