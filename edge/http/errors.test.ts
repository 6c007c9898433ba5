import { SELF } from 'cloudflare:test';
import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createApp } from '#edge/app.ts';
import type { Bindings } from '#edge/bindings.ts';
import { parseSettings } from '#edge/env.ts';
import { openDatabase } from '#edge/store/database.ts';
import {
  bindings,
  call,
  codeOf,
  newPlayer,
  ORIGIN,
  PASSWORD,
  problemOf,
  services,
} from '#edge/testing/platform.ts';
import { API_MAX_BYTES } from '#shared/limits.ts';
import { describeError } from './log.ts';
import { SigningKeys } from './signing-keys.ts';

const post = (path: string, body: string, headers: Record<string, string> = {}) =>
  SELF.fetch(`${ORIGIN}${path}`, {
    method: 'POST',
    body,
    headers: { 'Content-Type': 'application/json', ...headers },
  });

describe('errors', () => {
  it('are problem details with a stable code', async () => {
    const response = await call('GET', '/v1/nothing');
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(response.headers.get('x-request-id')).toMatch(/^[\w-]+$/);
    expect(await response.json()).toEqual({
      type: 'urn:nearcade:error:not_found',
      title: 'Not found',
      status: 404,
      detail: 'Nothing at /v1/nothing',
      code: 'not_found',
      instance: '/v1/nothing',
    });
  });

  it('name a method that a path does not take', async () => {
    const response = await call('DELETE', '/v1/games');
    expect(response.headers.get('allow')).toContain('GET');
    expect(await codeOf(response)).toBe('method_not_allowed');
  });

  it('name each wrong field', async () => {
    const response = call('POST', '/v1/accounts/register', { body: { email: 'x', password: 'short' } });
    const problem = await problemOf(response);
    expect(problem.code).toBe('invalid_request');
    const paths = (problem.details as { issues: Array<{ path: string }> }).issues.map(issue => issue.path);
    expect(paths).toEqual(['email', 'password', 'displayName']);
  });

  it.each(['{', '', 'null', '[]', '"text"'])('refuse the body %j', async body => {
    expect(await codeOf(post('/v1/accounts/login', body))).toBe('invalid_request');
  });

  it('refuse a body that is not JSON by its type', async () => {
    const body = JSON.stringify({ email: 'ada@nearcade.test', password: 'x' });
    expect(await codeOf(post('/v1/accounts/login', body, { 'Content-Type': 'text/plain' }))).toBe(
      'invalid_request',
    );
  });

  it('refuse a body that is too large, whether it says so or not', async () => {
    const large = JSON.stringify({ email: 'a'.repeat(API_MAX_BYTES) });
    expect(await codeOf(post('/v1/accounts/login', large))).toBe('payload_too_large');
    const stream = new Blob([large]).stream();
    const streamed = SELF.fetch(`${ORIGIN}/v1/accounts/login`, {
      method: 'POST',
      body: stream,
      headers: { 'Content-Type': 'application/json' },
    });
    expect(await codeOf(streamed)).toBe('payload_too_large');
  });

  it('of ours tell nothing of their cause', async () => {
    const cut = { ...bindings, NEON_FETCH_ENDPOINT: 'http://127.0.0.1:1/sql' };
    const app = createApp();
    const response = await app.request('/v1/games', {}, cut);
    const problem = await problemOf(response);
    expect(problem).toMatchObject({ code: 'unavailable', detail: 'Not available right now' });
    expect(response.headers.get('retry-after')).toBe('5');
    // The driver's endpoint is global: put it back for the tests that follow.
    openDatabase(parseSettings(bindings));
    const broken = await problemOf(
      app.request('/healthz', {}, { ...bindings, DATABASE_URL: 'secret-value' }),
    );
    expect(broken.code).toBe('config_invalid');
    expect(JSON.stringify(broken)).not.toContain('secret-value');
  });
});

describe('headers', () => {
  it('keep browsers strict and other origins out', async () => {
    const { token } = await newPlayer();
    const response = await call('GET', '/v1/sessions/current', {
      token,
      headers: { Origin: 'https://evil.test' },
    });
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
    const preflight = await call('OPTIONS', '/v1/sessions', { headers: { Origin: 'https://evil.test' } });
    expect(preflight.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('are on every kind of answer: JSON, nothing, one with a cookie, an error, a page', async () => {
    const { token, user } = await newPlayer();
    const headers = { 'X-Request-Id': 'asked-for_1' };
    const body = { email: user.email, password: PASSWORD };
    const login = await call('POST', '/v1/accounts/login', { headers, body });
    const answers = [
      await call('GET', '/v1/accounts/whoami', { token, headers }),
      login,
      await call('POST', '/v1/accounts/logout', { headers }),
      await call('GET', '/v1/games', { headers }),
      await call('GET', '/v1/nothing', { headers }),
      await call('GET', '/docs', { headers }),
    ];
    for (const answer of answers) {
      const { headers: given } = answer;
      expect(given.get('x-request-id'), answer.url).toBe('asked-for_1');
      expect(given.get('x-content-type-options'), answer.url).toBe('nosniff');
      expect(given.get('x-frame-options'), answer.url).toBe('SAMEORIGIN');
      expect(given.get('strict-transport-security'), answer.url).toContain('max-age');
      expect(given.get('cross-origin-resource-policy'), answer.url).toBe('same-origin');
    }
    expect(login.headers.get('set-cookie')).toContain('nearcade_refresh=');
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 204, 200, 404, 200]);
    expect(answers.at(-1)?.headers.get('cross-origin-opener-policy')).toBe('same-origin');
    const odd = await call('GET', '/v1/games', { headers: { 'X-Request-Id': 'not one' } });
    expect(odd.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('settings', () => {
  it('are refused by name when missing', () => {
    for (const wrong of ['short', '', ',', `${'k'.repeat(32)},short`, `${'k'.repeat(32)},`.repeat(5)]) {
      const parse = () => parseSettings({ ...bindings, NODE_REGISTRATION_KEY: wrong } as Bindings);
      expect(parse).toThrow('NODE_REGISTRATION_KEY');
    }
  });

  it.each(['', '[]', '{}', '[{"kty":"OKP","crv":"Ed25519","x":"x","d":"d","kid":"1"}]'])(
    'refuse the signing keys %j',
    async json => {
      await expect(SigningKeys.import(json)).rejects.toMatchObject({ code: 'config_invalid' });
    },
  );

  it('publish every key and sign with the first', async () => {
    const jwk = async (kid: string) => {
      const pair = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify']);
      const { privateKey } = pair as CryptoKeyPair;
      return { ...(await crypto.subtle.exportKey('jwk', privateKey)), kid };
    };
    const [older, newer] = [await jwk('older'), await jwk('newer')];
    const before = await SigningKeys.import(JSON.stringify([older, newer]));
    const after = await SigningKeys.import(JSON.stringify([newer, older]));
    const kind = { type: 'test', issuer: 'nearcade', audience: 'test' };
    const token = await before.sign(kind, 'ada', {}, { now: new Date(), seconds: 60 });
    expect(
      await after.verify(kind, token, new Date(), z.object({ sub: z.string(), exp: z.int() })),
    ).toMatchObject({ sub: 'ada' });
    expect(after.jwks.keys.map(key => key.kid)).toEqual(['newer', 'older']);
  });
});

describe('the log', () => {
  it('tells a failed query without its parameters', async () => {
    const { db } = await services();
    const failure = await db
      .execute(sql`select ${'secret-value'}::text, 1 / 0`)
      .then(() => undefined)
      .catch((error: unknown) => error);
    const described = JSON.stringify(describeError(failure));
    expect(described).toContain('Failed query: select $1::text');
    expect(described).toContain('division by zero');
    expect(described).not.toContain('secret-value');
  });
});
