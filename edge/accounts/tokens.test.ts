import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { SigningKeys } from '#edge/http/signing-keys.ts';
import { newPlayerWithRole } from '#edge/testing/accounts.ts';
import {
  answerOf,
  call,
  claimsOf,
  codeOf,
  cookieOf,
  registerPlayer,
  services,
} from '#edge/testing/platform.ts';
import { signInSchema } from '#shared/api/accounts.ts';
import { ENDPOINTS } from '#shared/api/index.ts';
import { NearcadeError } from '#shared/errors.ts';
import { ACCESS_TOKEN_TTL_S } from '#shared/limits.ts';
import { PERMISSIONS } from '#shared/roles.ts';
import { signAccessToken, verifyAccessToken } from './access-tokens.ts';
import { login, refresh } from './accounts.ts';

const ACCESS = { type: 'at+jwt', issuer: 'nearcade', audience: 'nearcade-api' };
const validate = (token: string) => codeOf(call('GET', '/v1/accounts/validate', { token }));
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token's header and claims, to be signed in some other way. */
const unsigned = (token: string, header: object) => `${encode(header)}.${token.split('.')[1]}`;

async function privateJwk(kid: string) {
  const pair = (await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])) as CryptoKeyPair;
  return { ...(await crypto.subtle.exportKey('jwk', pair.privateKey)), kid };
}

const kidOf = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid as string;

/** Some route that asks for a permission; who may not call it is refused before anything of the request is read. */
const guarded = ENDPOINTS.find(spec => PERMISSIONS.some(name => name === spec.access));
const callGuarded = (token: string) =>
  call(guarded?.method.toUpperCase() ?? '', guarded?.path.replaceAll(/\{\w+\}/g, 'x') ?? '', { token });

describe('an access token', () => {
  it('is refused with alg none', async () => {
    const { token } = await registerPlayer();
    const header = { alg: 'none', typ: 'at+jwt' };
    expect(await validate(`${unsigned(token, header)}.`)).toBe('unauthenticated');
    expect(
      await validate(`${unsigned(token, { ...header, kid: kidOf(token) })}.${token.split('.')[2]}`),
    ).toBe('unauthenticated');
  });

  it('is refused when it is signed with our public key as a shared secret (HS256)', async () => {
    const { token } = await registerPlayer();
    const { keys } = await services();
    const [jwk] = keys.jwks.keys;
    const input = unsigned(token, { alg: 'HS256', typ: 'at+jwt', kid: jwk?.kid });
    const secret = Buffer.from(jwk?.x ?? '', 'base64url');
    const signature = createHmac('sha256', secret).update(input).digest('base64url');
    expect(await validate(`${input}.${signature}`)).toBe('unauthenticated');
  });

  it('is refused with a wrong kid, and with our kid from another key', async () => {
    const { user, token } = await registerPlayer();
    for (const kid of ['unknown', kidOf(token)]) {
      const forger = await SigningKeys.import(JSON.stringify([await privateJwk(kid)]));
      const forged = await signAccessToken(forger, user, crypto.randomUUID(), new Date());
      expect(kidOf(forged)).toBe(kid);
      expect(await validate(forged)).toBe('unauthenticated');
    }
  });

  it('is refused for a wrong audience, issuer or type', async () => {
    const { user } = await registerPlayer();
    const { keys } = await services();
    const claims = { sid: crypto.randomUUID(), name: 'Eve', role: 'admin' };
    const lifetime = { now: new Date(), seconds: 60 };
    const wrong = [{ audience: 'nearcade-node' }, { issuer: 'elsewhere' }, { type: 'JWT' }];
    for (const part of wrong) {
      const token = await keys.sign({ ...ACCESS, ...part }, user.id, claims, lifetime);
      expect(await validate(token)).toBe('unauthenticated');
    }
  });

  it('is refused without its claims, and with an unknown role', async () => {
    const { user } = await registerPlayer();
    const { keys } = await services();
    const lifetime = { now: new Date(), seconds: 60 };
    expect(await validate(await keys.sign(ACCESS, user.id, {}, lifetime))).toBe('unauthenticated');
    const claims = { sid: crypto.randomUUID(), name: 'Eve', role: 'root' };
    expect(await validate(await keys.sign(ACCESS, user.id, claims, lifetime))).toBe('unauthenticated');
  });

  it('is refused when expired', async () => {
    const { user } = await registerPlayer();
    const { keys } = await services();
    const then = new Date(Date.now() - (ACCESS_TOKEN_TTL_S + 1) * 1000);
    expect(await validate(await signAccessToken(keys, user, crypto.randomUUID(), then))).toBe(
      'token_expired',
    );
  });

  it('is refused when it is a replayed ticket or refresh token', async () => {
    const player = await registerPlayer();
    const { keys } = await services();
    const kind = { ...ACCESS, type: 'ticket+jwt' };
    const claims = { sid: crypto.randomUUID(), name: 'Ada', role: 'player' };
    const ticket = await keys.sign(kind, player.user.id, claims, { now: new Date(), seconds: 60 });
    expect(await validate(ticket)).toBe('unauthenticated');
    expect(await validate(player.cookie.split('=')[1] ?? '')).toBe('unauthenticated');
  });

  it('is refused on a route that asks for a permission when it is replayed after its sign-in ended', async () => {
    const admin = await newPlayerWithRole('admin');
    expect([401, 403]).not.toContain((await callGuarded(admin.token)).status);
    await call('POST', '/v1/accounts/logout', { headers: { Cookie: admin.cookie } });
    expect(await codeOf(callGuarded(admin.token))).toBe('unauthenticated');
  });

  it('opens nothing by the role that it once said', async () => {
    const admin = await newPlayerWithRole('admin');
    const { keys } = await services();
    const player = await registerPlayer();
    const sid = String(claimsOf(player.token).sid);
    const lying = await signAccessToken(keys, { ...player.user, role: 'admin' }, sid, new Date());
    expect(await codeOf(callGuarded(lying))).toBe('forbidden');
    expect(await codeOf(callGuarded(player.token))).toBe('forbidden');
    expect([401, 403]).not.toContain((await callGuarded(admin.token)).status);
  });
});

describe('a clock skew of 60 s between two machines of the edge', () => {
  const machine = async (skewSeconds: number) => ({
    ...(await services()),
    now: () => new Date(Date.now() + skewSeconds * 1000),
  });
  const codeOn = async (skewSeconds: number, token: string) =>
    verifyAccessToken(await machine(skewSeconds), token).then(
      () => 'good',
      (error: unknown) => (error instanceof NearcadeError ? error.code : String(error)),
    );

  it.each([-60, 60])('refuses no fresh token of a machine that is %i s off', async skew => {
    const { user } = await registerPlayer();
    const { keys, now } = await machine(skew);
    const token = await signAccessToken(keys, user, crypto.randomUUID(), now());
    expect(await codeOn(0, token)).toBe('good');
  });

  it('makes a token live that much longer or shorter, with nothing added at its end', async () => {
    const { user } = await registerPlayer();
    const { keys } = await services();
    const age = ACCESS_TOKEN_TTL_S - 30;
    const old = await signAccessToken(keys, user, crypto.randomUUID(), new Date(Date.now() - age * 1000));
    expect(await codeOn(0, old)).toBe('good');
    expect(await codeOn(60, old)).toBe('token_expired');
    const over = await signAccessToken(
      keys,
      user,
      crypto.randomUUID(),
      new Date(Date.now() - (ACCESS_TOKEN_TTL_S + 1) * 1000),
    );
    expect(await codeOn(0, over)).toBe('token_expired');
    expect(await codeOn(-60, over)).toBe('good');
  });

  it.each([-60, 60])('leaves refresh tokens alone, which go by the clock of Postgres (%i s)', async skew => {
    const { cookie } = await registerPlayer();
    const refreshed = await refresh(await machine(skew), cookie.split('=')[1] ?? '');
    expect(await codeOn(0, refreshed.signIn.accessToken)).toBe('good');
  });
});

describe('key rotation', () => {
  it('signs nobody out: the old key still verifies while the new one signs', async () => {
    const [older, newer] = [await privateJwk('older'), await privateJwk('newer')];
    const before = { ...(await services()), keys: await SigningKeys.import(JSON.stringify([older])) };
    const after = { ...before, keys: await SigningKeys.import(JSON.stringify([newer, older])) };
    const player = await registerPlayer();
    const first = await refresh(before, player.cookie.split('=')[1] ?? '');
    expect(kidOf(first.signIn.accessToken)).toBe('older');
    expect(await verifyAccessToken(after, first.signIn.accessToken)).toMatchObject({ sub: player.user.id });
    const second = await refresh(after, first.refreshToken);
    expect(kidOf(second.signIn.accessToken)).toBe('newer');
    expect(await verifyAccessToken(after, second.signIn.accessToken)).toMatchObject({ sub: player.user.id });
    // And when the old key is gone, its last tokens have run out: what they get is a refresh, not the sign-in page.
    const later = { ...after, keys: await SigningKeys.import(JSON.stringify([newer])) };
    await expect(verifyAccessToken(later, first.signIn.accessToken)).rejects.toMatchObject({
      code: 'unauthenticated',
    });
    expect((await refresh(later, second.refreshToken)).signIn.user.id).toBe(player.user.id);
  });
});

describe('refresh tokens in a race', () => {
  const send = (cookie: string) => call('POST', '/v1/accounts/refresh', { headers: { Cookie: cookie } });

  it('two sign-ins racing with one refresh token both go on, as one family', async () => {
    const player = await registerPlayer();
    for (let round = 0; round < 5; round++) {
      const answers = await Promise.all(Array.from({ length: 8 }, () => send(player.cookie)));
      expect(new Set(answers.map(answer => answer.status))).toEqual(new Set([200]));
      const tokens = await Promise.all(answers.map(answer => answerOf(signInSchema, answer.clone())));
      const families = tokens.map(({ accessToken }) => claimsOf(accessToken).sid);
      expect(new Set(families)).toEqual(new Set([claimsOf(player.token).sid]));
      const cookies = answers.map(cookieOf);
      expect(new Set(cookies).size).toBe(8);
      // All of them at once again: brothers retire each other, and nobody waits for ever.
      const again = await Promise.all(cookies.map(send));
      expect(again.map(answer => answer.status)).not.toContain(500);
      player.cookie = cookieOf(again.find(answer => answer.status === 200) as Response);
    }
  });

  it('a sign-out that races with refreshes leaves none of them signed in', async () => {
    const player = await registerPlayer();
    const cookies = [player.cookie];
    const refreshing = async () => {
      for (let turn = 0; turn < 6; turn++) {
        const answer = await send(cookies.at(-1) ?? '');
        if (answer.status !== 200) return;
        cookies.push(cookieOf(answer));
      }
    };
    await Promise.all([
      refreshing(),
      call('DELETE', '/v1/accounts/sign-ins?which=all', { token: player.token }),
    ]);
    for (const cookie of cookies) expect((await send(cookie)).status).toBe(401);
  });

  it('a password that is changed while somebody signs in with the old one leaves nobody in', async () => {
    const player = await registerPlayer();
    const all = await services();
    const body = { currentPassword: 'correct horse battery', newPassword: 'another horse battery' };
    const device = { secret: 's', hash: 'h', name: 'Test' };
    const [changed, ...racing] = await Promise.allSettled([
      call('POST', '/v1/accounts/me/password', { token: player.token, body }),
      ...Array.from({ length: 6 }, () =>
        login(all, { email: player.user.email, password: body.currentPassword }, { address: 'x', device }),
      ),
    ]);
    expect(changed.status === 'fulfilled' && changed.value.status).toBe(204);
    for (const result of racing) {
      if (result.status === 'rejected') continue;
      await expect(refresh(all, result.value.refreshToken)).rejects.toMatchObject({
        code: 'unauthenticated',
      });
    }
    expect((await send(player.cookie)).status).toBe(200);
  });
});
