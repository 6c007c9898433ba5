import { scryptSync } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { openServices } from '#edge/services.ts';
import {
  answerOf,
  bindings,
  call,
  codeOf,
  cookieOf,
  PASSWORD,
  registerPlayer,
  services,
  type TestPlayer,
  unique,
} from '#edge/testing/platform.ts';
import { signInSchema, validateResponseSchema } from '#shared/api/accounts.ts';
import { ACCESS_TOKEN_TTL_S } from '#shared/limits.ts';
import { signAccessToken } from './access-tokens.ts';
import { hashPassword, UNKNOWN_USER_HASH, verifyPassword } from './passwords.ts';
import { deleteOldRefreshTokens } from './refresh-tokens.ts';
import { countSignInTry } from './sign-in-limit.ts';

const login = (email: string, password: string) =>
  call('POST', '/v1/accounts/login', { body: { email, password } });
const refresh = (cookie: string) => call('POST', '/v1/accounts/refresh', { headers: { Cookie: cookie } });
const validate = (token: string) => call('GET', '/v1/accounts/validate', { token });

/** Puts what has been rotated out of the grace period. */
async function passGrace(player: TestPlayer): Promise<void> {
  const { db } = await services();
  await db.execute(sql`
    update refresh_tokens set rotated_at = rotated_at - interval '1 minute'
    where sign_in_id in (select id from sign_ins where user_id = ${player.user.id}::uuid)`);
}

describe('accounts', () => {
  it('registers, validates and signs in again, whatever the letters of the address', async () => {
    const email = `${unique('ada')}@nearcade.test`;
    const registered = await call('POST', '/v1/accounts/register', {
      body: { email: email.toUpperCase(), password: PASSWORD, displayName: '  Ada  ' },
    });
    expect(registered.status).toBe(201);
    const cookie = registered.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/^nearcade_refresh=[\w-]{43};/);
    expect(cookie).toContain('HttpOnly');
    expect(cookie).toContain('SameSite=Strict');
    expect(cookie).toContain('Path=/v1/accounts');
    expect(cookie).not.toContain('Secure');
    const { user, accessToken } = await answerOf(signInSchema, registered);
    expect(user).toMatchObject({ email, displayName: 'Ada' });

    const valid = await answerOf(validateResponseSchema, validate(accessToken));
    expect(valid.user).toEqual(user);
    expect(valid.expiresIn).toBeGreaterThan(ACCESS_TOKEN_TTL_S - 20);

    expect((await answerOf(signInSchema, login(email, PASSWORD))).user).toEqual(user);
  });

  it('refuses a wrong password and an unknown address alike', async () => {
    const { user } = await registerPlayer();
    expect(await codeOf(login(user.email, 'not the password'))).toBe('credentials_wrong');
    expect(await codeOf(login(`${unique('nobody')}@nearcade.test`, PASSWORD))).toBe('credentials_wrong');
  });

  it('gives an address to one account only, also when asked twice at once', async () => {
    const body = { email: `${unique('twin')}@nearcade.test`, password: PASSWORD, displayName: 'Twin' };
    const answers = await Promise.all([1, 2].map(() => call('POST', '/v1/accounts/register', { body })));
    expect(answers.map(answer => answer.status).sort()).toEqual([201, 409]);
  });

  it('keeps passwords as scrypt with their own salt and parameters', async () => {
    const hash = await hashPassword(PASSWORD);
    expect(hash).toMatch(/^scrypt\$16384\$8\$1\$/);
    expect(await hashPassword(PASSWORD)).not.toBe(hash);
    expect(await verifyPassword(PASSWORD, hash)).toBe(true);
    expect(await verifyPassword(`${PASSWORD}.`, hash)).toBe(false);
    expect(await verifyPassword(PASSWORD, UNKNOWN_USER_HASH)).toBe(false);
    // Made with less: still checked with what it was made with.
    const salt = Buffer.alloc(16, 7);
    const cheap = scryptSync(PASSWORD, salt, 32, { N: 1024, r: 8, p: 1 }).toString('base64url');
    const older = `scrypt$1024$8$1$${salt.toString('base64url')}$${cheap}`;
    expect(await verifyPassword(PASSWORD, older)).toBe(true);
    expect(await verifyPassword('another', older)).toBe(false);
  });

  it('refuses a token that is expired, altered, or of another kind', async () => {
    const player = await registerPlayer();
    const { keys } = await services();
    const old = await signAccessToken(
      keys,
      player.user,
      crypto.randomUUID(),
      new Date(Date.now() - 3_600_000),
    );
    expect(await codeOf(validate(old))).toBe('token_expired');
    expect(await codeOf(validate(`${player.token.slice(0, -4)}AAAA`))).toBe('unauthenticated');
    expect(await codeOf(call('GET', '/v1/accounts/validate'))).toBe('unauthenticated');
    const kind = { type: 'ticket+jwt', issuer: 'nearcade', audience: 'nearcade-api' };
    const claims = { sid: crypto.randomUUID(), name: 'Eve' };
    const ticket = await keys.sign(kind, player.user.id, claims, { now: new Date(), seconds: 60 });
    expect(await codeOf(validate(ticket))).toBe('unauthenticated');
  });
});

describe('refresh tokens', () => {
  it('rotates: each cookie gives the next', async () => {
    let { cookie } = await registerPlayer();
    for (let turn = 0; turn < 3; turn++) {
      const response = await refresh(cookie);
      expect(response.status).toBe(200);
      expect(cookieOf(response)).not.toBe(cookie);
      cookie = cookieOf(response);
    }
  });

  it('is not kept in the clear', async () => {
    const { cookie } = await registerPlayer();
    const { db } = await services();
    const { rows } = await db.execute(sql`
      select 1 from refresh_tokens where token_hash = ${cookie.split('=')[1]}`);
    expect(rows).toHaveLength(0);
  });

  it('lets two tabs refresh at the same moment', async () => {
    const player = await registerPlayer();
    const answers = await Promise.all([1, 2, 3, 4].map(() => refresh(player.cookie)));
    expect(answers.map(answer => answer.status)).toEqual([200, 200, 200, 200]);
    const cookies = answers.map(cookieOf);
    expect(new Set(cookies).size).toBe(4);
    expect((await refresh(cookies[2] ?? '')).status).toBe(200);
  });

  it('ends the whole family when a rotated token is used after the grace period', async () => {
    const player = await registerPlayer();
    const next = cookieOf(await refresh(player.cookie));
    await passGrace(player);
    expect(await codeOf(refresh(player.cookie))).toBe('refresh_reused');
    expect(await codeOf(refresh(next))).toBe('refresh_reused');
    expect(await codeOf(validate(player.token))).toBe('unauthenticated');
  });

  it('gives grace to the token exchanged last only', async () => {
    const player = await registerPlayer();
    const second = cookieOf(await refresh(player.cookie));
    await refresh(second);
    expect(await codeOf(refresh(player.cookie))).toBe('refresh_reused');
  });

  it('notices the second holder of one family, although it slipped in during the grace period', async () => {
    const player = await registerPlayer();
    const mine = cookieOf(await refresh(player.cookie));
    const copied = cookieOf(await refresh(player.cookie));
    expect((await refresh(mine)).status).toBe(200);
    await passGrace(player);
    expect(await codeOf(refresh(copied))).toBe('refresh_reused');
  });

  it('leaves other sign-ins alone', async () => {
    const player = await registerPlayer();
    const other = cookieOf(await login(player.user.email, PASSWORD));
    await call('POST', '/v1/accounts/logout', { headers: { Cookie: player.cookie } });
    expect(await codeOf(refresh(player.cookie))).toBe('unauthenticated');
    expect(await codeOf(validate(player.token))).toBe('unauthenticated');
    expect((await refresh(other)).status).toBe(200);
  });

  it('logs out without a cookie too, and refuses an unknown or absent one', async () => {
    expect((await call('POST', '/v1/accounts/logout')).status).toBe(204);
    expect(await codeOf(refresh('nearcade_refresh=unknown'))).toBe('unauthenticated');
    expect(await codeOf(call('POST', '/v1/accounts/refresh'))).toBe('unauthenticated');
  });

  it('refuses another origin that brings the cookie', async () => {
    const { cookie } = await registerPlayer();
    const headers = { Cookie: cookie, 'Sec-Fetch-Site': 'same-site' };
    expect(await codeOf(call('POST', '/v1/accounts/refresh', { headers }))).toBe('forbidden');
  });

  it('refuses an expired one, and deletes it in time', async () => {
    const player = await registerPlayer();
    const { db } = await services();
    const mine = sql`(select id from sign_ins where user_id = ${player.user.id}::uuid)`;
    await db.execute(
      sql`update refresh_tokens set expires_at = now() - interval '1 s' where sign_in_id in ${mine}`,
    );
    await db.execute(sql`update sign_ins set created_at = now() - interval '1 day' where id in ${mine}`);
    expect(await codeOf(refresh(player.cookie))).toBe('unauthenticated');
    await deleteOldRefreshTokens(db);
    expect((await db.execute(sql`select 1 from sign_ins where id in ${mine}`)).rows).toHaveLength(0);
  });
});

describe('tries of signing in', () => {
  it('are limited by account', async () => {
    const { user } = await registerPlayer();
    const limited = await openServices({ ...bindings, SIGN_IN_LIMIT_PER_ACCOUNT: '3' });
    // Registering was the first.
    for (let attempt = 0; attempt < 2; attempt++) await countSignInTry(limited, 'address', user.email);
    await expect(countSignInTry(limited, 'address', user.email)).rejects.toMatchObject({
      code: 'rate_limited',
    });
  });

  it('are limited by client address', async () => {
    const limited = { ...bindings, SIGN_IN_LIMIT_PER_ADDRESS: '2' };
    const client = unique('address');
    const attempt = async () => countSignInTry(await openServices(limited), client, unique('email'));
    await attempt();
    await attempt();
    await expect(attempt()).rejects.toMatchObject({ code: 'rate_limited' });
  });

  it('are denied when nobody can count them', async () => {
    const cut = await openServices({ ...bindings, UPSTASH_REDIS_REST_URL: 'http://127.0.0.1:1' });
    await expect(countSignInTry(cut, 'address', 'email')).rejects.toMatchObject({ code: 'unavailable' });
  });
});
