import { SELF } from 'cloudflare:test';
import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { hashSecret } from '#edge/http/secrets.ts';
import { openServices } from '#edge/services.ts';
import { issuer, type Login, locationOf, OidcBrowser } from '#edge/testing/oidc-browser.ts';
import {
  answerOf,
  api,
  bindings,
  call,
  codeOf,
  ORIGIN,
  registerPlayer,
  services,
  type TestPlayer,
  unique,
} from '#edge/testing/platform.ts';
import { type SignIn, signInSchema } from '#shared/api/accounts.ts';
import { oidcApi } from '#shared/api/oidc.ts';
import { endJourney } from './journeys.ts';

const HOUR_MS = 3_600_000;

function newLogin(options: Partial<Login> = {}): Login & { email: string } {
  const id = unique('ada');
  return { id, email: `${id}@nearcade.test`, nickname: 'Ada L', ...options } as Login & { email: string };
}

/** What the page does after the callback: takes an access token for the refresh cookie. */
function signedInAs(browser: OidcBrowser): Promise<SignIn> {
  return answerOf(
    signInSchema,
    call('POST', '/v1/accounts/refresh', { headers: { Cookie: browser.cookies } }),
  );
}

/** The code on the page that a callback leads to. */
function errorOf(response: Response, page = '/'): string | null {
  expect(response.status).toBe(302);
  const url = new URL(locationOf(response), ORIGIN);
  expect(url.origin + url.pathname).toBe(ORIGIN + page);
  expect(response.headers.getSetCookie().join()).not.toContain('nearcade_refresh=');
  return url.searchParams.get('sign_in_error');
}

/** Changes one parameter of an address. */
function withParameter(url: string, name: string, value: string): string {
  const changed = new URL(url);
  changed.searchParams.set(name, value);
  return changed.href;
}

async function verifyEmail(player: TestPlayer): Promise<void> {
  const { db } = await services();
  await db.execute(sql`update users set email_verified_at = now() where id = ${player.user.id}::uuid`);
}

/** How often an address was told that a sign-in service was linked. */
async function mailsOfLinking(email: string): Promise<number> {
  const { db } = await services();
  const { rows } = await db.execute(sql`
    select 1 from mails where recipient = ${email} and subject = 'A sign-in service was linked'`);
  return rows.length;
}

const usersWith = async (email: string) => {
  const { db } = await services();
  return (await db.execute<{ id: string }>(sql`select id from users where email = ${email}`)).rows;
};

describe('signing in at the provider', () => {
  it('makes an account, and finds it again', async () => {
    const login = newLogin();
    const browser = new OidcBrowser();
    const response = await browser.journey(login, '/join/abc123?as=player');
    expect(response.status).toBe(302);
    expect(response.headers.get('location')).toBe('/join/abc123?as=player');
    const cookie = response.headers.getSetCookie().find(line => line.startsWith('nearcade_refresh='));
    expect(cookie).toMatch(/HttpOnly; SameSite=Strict/);
    const { user } = await signedInAs(browser);
    expect(user).toMatchObject({
      email: login.email,
      emailVerified: true,
      displayName: 'Ada L',
      guest: false,
    });

    const again = new OidcBrowser();
    expect((await again.journey({ ...login })).headers.get('location')).toBe('/');
    expect((await signedInAs(again)).user.id).toBe(user.id);
  });

  it('sends PKCE, state and nonce, each time anew', async () => {
    const browser = new OidcBrowser();
    const [first, second] = [new URL(await browser.start()), new URL(await browser.start())];
    expect(first.searchParams.get('code_challenge_method')).toBe('S256');
    expect(first.searchParams.get('redirect_uri')).toBe(`${ORIGIN}/v1/accounts/oidc/callback`);
    for (const name of ['state', 'nonce', 'code_challenge']) {
      expect(first.searchParams.get(name)).toMatch(/^[\w-]{43}$/);
      expect(first.searchParams.get(name)).not.toBe(second.searchParams.get(name));
    }
  });

  it('knows the browser again by a cookie that no script reads and no other site’s request brings', async () => {
    const response = await SELF.fetch(`${ORIGIN}/v1/accounts/oidc/start`, { redirect: 'manual' });
    expect(response.headers.get('set-cookie')).toMatch(
      /^nearcade_sign_in=[\w-]{43}; Max-Age=600; Path=\/v1\/accounts; HttpOnly; SameSite=Lax$/,
    );
  });

  it('lets two tabs of one browser be on their way at once', async () => {
    const browser = new OidcBrowser();
    const login = newLogin();
    const [first, second] = [await browser.start('/one'), await browser.start('/two')];
    const backs = [await browser.signIn(first, login), await browser.signIn(second, login)];
    expect(locationOf(await browser.get(backs[0] ?? ''))).toBe('/one');
    expect(locationOf(await browser.get(backs[1] ?? ''))).toBe('/two');
  });

  it('makes one account when two callbacks of a new person come at once', async () => {
    for (const login of [newLogin(), newLogin({ email: undefined })]) {
      const browsers = [new OidcBrowser(), new OidcBrowser(), new OidcBrowser()];
      const backs: string[] = [];
      for (const browser of browsers) backs.push(await browser.signIn(await browser.start(), login));
      const responses = await Promise.all(browsers.map((browser, index) => browser.get(backs[index] ?? '')));
      expect(responses.map(locationOf)).toEqual(['/', '/', '/']);
      const ids = await Promise.all(browsers.map(async browser => (await signedInAs(browser)).user.id));
      expect(new Set(ids).size).toBe(1);
    }
  });

  it('refuses a callback without the state it sent, with another browser’s, or with none', async () => {
    const browser = new OidcBrowser();
    const back = await browser.signIn(await browser.start(), newLogin());
    expect(errorOf(await browser.get(withParameter(back, 'state', 'another')))).toBe('oidc_state_invalid');
    expect(errorOf(await browser.get(`${ORIGIN}/v1/accounts/oidc/callback`))).toBe('oidc_state_invalid');
    expect(errorOf(await new OidcBrowser().get(back))).toBe('oidc_state_invalid');
    const victim = new OidcBrowser();
    await victim.start();
    expect(errorOf(await victim.get(back))).toBe('oidc_state_invalid');
    expect(locationOf(await browser.get(back))).toBe('/');
  });

  it('refuses a replayed callback, and a replayed code', async () => {
    const browser = new OidcBrowser();
    const back = await browser.signIn(await browser.start(), newLogin());
    expect(locationOf(await browser.get(back))).toBe('/');
    expect(errorOf(await browser.get(back))).toBe('oidc_state_invalid');
    const state = new URL(await browser.start()).searchParams.get('state') ?? '';
    expect(errorOf(await browser.get(withParameter(back, 'state', state)))).toBe('oidc_failed');
  });

  it('refuses a journey that took too long, and forgets it', async () => {
    const browser = new OidcBrowser();
    const back = await browser.signIn(await browser.start(), newLogin());
    const { db } = await services();
    await db.execute(sql`update oidc_requests set expires_at = now() - interval '1 s'`);
    expect(errorOf(await browser.get(back))).toBe('oidc_state_invalid');
  });

  it('refuses an ID token with another nonce', async () => {
    const browser = new OidcBrowser();
    const start = await browser.start('/here');
    const back = await browser.signIn(withParameter(start, 'nonce', 'another'), newLogin());
    expect(errorOf(await browser.get(back), '/here')).toBe('oidc_failed');
  });

  it('refuses a code that was got for another verifier (PKCE)', async () => {
    const browser = new OidcBrowser();
    const other = new URL(await browser.start()).searchParams.get('code_challenge') ?? '';
    const start = await browser.start();
    const back = await browser.signIn(withParameter(start, 'code_challenge', other), newLogin());
    expect(errorOf(await browser.get(back))).toBe('oidc_failed');
  });

  it('refuses the answer of another issuer', async () => {
    const browser = new OidcBrowser();
    const back = await browser.signIn(await browser.start(), newLogin());
    expect(errorOf(await browser.get(withParameter(back, 'iss', 'https://evil.example')))).toBe(
      'oidc_failed',
    );
  });

  it('says when the player or the provider said no', async () => {
    const browser = new OidcBrowser();
    const back = await browser.cancel(await browser.start('/here'));
    expect(errorOf(await browser.get(back), '/here')).toBe('oidc_refused');
    const broken = await browser.signIn(
      withParameter(await browser.start(), 'response_type', 'nonsense'),
      newLogin(),
    );
    expect(errorOf(await browser.get(broken))).toBe('oidc_failed');
  });

  it.each([
    ['another site', 'https://evil.example/'],
    ['another host', '//evil.example/'],
    ['what browsers take for another host', '/\\evil.example/'],
    ['a relative path', 'play'],
    ['a path with a line end', '/a\n/b'],
    ['a path without end', `/${'a'.repeat(512)}`],
  ])('refuses to go back to %s', async (_, target) => {
    const path = `/v1/accounts/oidc/start?returnTo=${encodeURIComponent(target)}`;
    expect(await codeOf(call('GET', path))).toBe('invalid_request');
    const { token } = await registerPlayer();
    const body = { returnTo: target };
    expect(await codeOf(call('POST', '/v1/accounts/oidc/link', { token, body }))).toBe('invalid_request');
  });

  it('takes clocks that are a minute apart, and no more', async () => {
    const at = async (skewMs: number) => {
      const browser = new OidcBrowser();
      const back = new URL(await browser.signIn(await browser.start(), newLogin()));
      const shifted = { ...(await services()), now: () => new Date(Date.now() + skewMs) };
      const holder = hashSecret(/nearcade_sign_in=([\w-]+)/.exec(browser.cookies)?.[1] ?? '');
      const state = back.searchParams.get('state') ?? '';
      const { journey } = await endJourney(shifted.db, ORIGIN, holder, state);
      return shifted.oidc?.personOf(back.searchParams, journey, shifted.now());
    };
    expect(await at(-50_000)).toMatchObject({ emailVerified: true });
    expect(await at(HOUR_MS + 50_000)).toMatchObject({ emailVerified: true });
    await expect(at(HOUR_MS + 90_000)).rejects.toMatchObject({ code: 'oidc_failed' });
  });
});

describe('the address of a person at the provider', () => {
  it('leads to the account that has verified it too', async () => {
    const player = await registerPlayer();
    await verifyEmail(player);
    const browser = new OidcBrowser();
    await browser.journey(newLogin({ email: player.user.email.toUpperCase() }));
    expect((await signedInAs(browser)).user.id).toBe(player.user.id);
    const { identities } = await api(oidcApi.identities, {}, player);
    expect(identities).toMatchObject([{ issuer: await issuer(), email: player.user.email }]);
    expect(await mailsOfLinking(player.user.email)).toBe(1);
  });

  it('never leads to an account that has not verified it: whoever made that could be anybody', async () => {
    const player = await registerPlayer();
    const browser = new OidcBrowser();
    const response = await browser.journey(newLogin({ email: player.user.email }), '/here');
    expect(errorOf(response, '/here')).toBe('oidc_email_in_use');
    expect((await api(oidcApi.identities, {}, player)).identities).toEqual([]);
  });

  it('counts only when the provider has verified it', async () => {
    const player = await registerPlayer();
    await verifyEmail(player);
    const login = newLogin({ email: player.user.email, emailVerified: false });
    expect(errorOf(await new OidcBrowser().journey(login))).toBe('oidc_email_unverified');

    const alone = newLogin({ emailVerified: false });
    const browser = new OidcBrowser();
    expect(locationOf(await browser.journey(alone))).toBe('/');
    expect((await signedInAs(browser)).user).toMatchObject({ email: null, emailVerified: false });
    expect(await usersWith(alone.email)).toEqual([]);
  });

  it('never leads to an operator’s account, nor to one that knows another person there', async () => {
    const operator = await registerPlayer();
    await verifyEmail(operator);
    const { db } = await services();
    await db.execute(sql`update users set role = 'operator' where id = ${operator.user.id}::uuid`);
    const asOperator = newLogin({ email: operator.user.email });
    expect(errorOf(await new OidcBrowser().journey(asOperator))).toBe('oidc_email_in_use');

    const first = newLogin();
    await new OidcBrowser().journey(first);
    const successor = newLogin({ email: first.email });
    expect(errorOf(await new OidcBrowser().journey(successor))).toBe('oidc_email_in_use');
  });
});

describe('an account that is signed in', () => {
  async function link(player: TestPlayer, login: Login): Promise<Response> {
    const browser = new OidcBrowser();
    const begun = await call('POST', '/v1/accounts/oidc/link', {
      token: player.token,
      body: { returnTo: '/account' },
    });
    const { location } = await answerOf(oidcApi.link.response, begun.clone());
    browser.keep(begun);
    return browser.get(await browser.signIn(location, login));
  }

  it('links the provider, signs in with it, and unlinks it', async () => {
    const player = await registerPlayer();
    const login = newLogin();
    const response = await link(player, login);
    expect(response.headers.get('location')).toBe('/account');
    expect(response.headers.getSetCookie().join()).not.toContain('nearcade_refresh=');
    const browser = new OidcBrowser();
    await browser.journey(login);
    expect((await signedInAs(browser)).user.id).toBe(player.user.id);

    expect((await link(player, login)).headers.get('location')).toBe('/account');
    const { identities } = await api(oidcApi.identities, {}, player);
    expect(identities).toMatchObject([{ email: login.email }]);
    expect(await mailsOfLinking(player.user.email)).toBe(1);
    const params = { id: identities[0]?.id ?? '' };
    await expect(api(oidcApi.unlink, { params }, await registerPlayer())).rejects.toMatchObject({
      code: 'identity_not_found',
    });
    await api(oidcApi.unlink, { params }, player);
    expect((await api(oidcApi.identities, {}, player)).identities).toEqual([]);
  });

  it('links nobody who has another account, and nobody beside the one it has', async () => {
    const taken = newLogin();
    await new OidcBrowser().journey(taken);
    const player = await registerPlayer();
    expect(errorOf(await link(player, taken), '/account')).toBe('identity_taken');
    await link(player, newLogin());
    expect(errorOf(await link(player, newLogin()), '/account')).toBe('identity_taken');
  });

  it('links nothing for a sign-in that ended on the way', async () => {
    const player = await registerPlayer();
    const begun = await call('POST', '/v1/accounts/oidc/link', { token: player.token, body: {} });
    const { location } = await answerOf(oidcApi.link.response, begun.clone());
    const browser = new OidcBrowser();
    browser.keep(begun);
    const back = await browser.signIn(location, newLogin());
    await call('POST', '/v1/accounts/logout', { headers: { Cookie: player.cookie } });
    expect(errorOf(await browser.get(back))).toBe('unauthenticated');
    const late = call('POST', '/v1/accounts/oidc/link', { token: player.token, body: {} });
    expect(await codeOf(late)).toBe('unauthenticated');
  });

  it('keeps its last way to sign in', async () => {
    const browser = new OidcBrowser();
    await browser.journey(newLogin());
    const { accessToken: token } = await signedInAs(browser);
    const { identities } = await api(oidcApi.identities, {}, { token });
    const params = { id: identities[0]?.id ?? '' };
    await expect(api(oidcApi.unlink, { params }, { token })).rejects.toMatchObject({
      code: 'last_sign_in_method',
    });
  });
});

describe('the ways to sign in', () => {
  it('are those that are set up', async () => {
    expect(await api(oidcApi.methods, {})).toEqual({
      password: true,
      passkey: true,
      oidc: { name: 'Test ID' },
    });
  });

  it('need no secret of the platform’s: PKCE alone protects the code of a public client', async () => {
    const open = await openServices({
      ...bindings,
      OIDC_CLIENT_ID: 'nearcade-public',
      OIDC_CLIENT_SECRET: undefined,
    });
    const journey = {
      redirectUri: `${ORIGIN}/v1/accounts/oidc/callback`,
      state: 's'.repeat(43),
      nonce: 'n'.repeat(43),
      codeVerifier: 'v'.repeat(43),
    };
    const browser = new OidcBrowser();
    const login = newLogin();
    const begun = await open.oidc?.authorizationUrl(journey, open.now());
    const back = new URL(await browser.signIn(begun ?? '', login));
    const person = await open.oidc?.personOf(back.searchParams, journey, open.now());
    expect(person).toMatchObject({ issuer: await issuer(), email: login.email, emailVerified: true });
  });

  it('need a provider that is there, that is who it says, and that is not reached in the clear', async () => {
    const journey = { redirectUri: ORIGIN, state: 's', nonce: 'n', codeVerifier: 'v'.repeat(43) };
    const startAt = async (OIDC_ISSUER: string) => {
      const { oidc, now } = await openServices({ ...bindings, OIDC_ISSUER });
      return oidc?.authorizationUrl(journey, now());
    };
    await expect(startAt('http://127.0.0.1:1')).rejects.toMatchObject({ code: 'oidc_failed' });
    const other = (await issuer()).replace('127.0.0.1', 'localhost');
    await expect(startAt(other)).rejects.toMatchObject({ code: 'oidc_failed' });
    await expect(startAt('http://sign-in.example')).rejects.toMatchObject({ code: 'config_invalid' });
  });
});
