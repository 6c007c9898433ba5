import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import type { AppEnv } from '#edge/http/context.ts';
import { serve } from '#edge/http/serve.ts';
import { accountsApi } from '#shared/api/accounts.ts';
import { NearcadeError } from '#shared/errors.ts';
import { REFRESH_TOKEN_TTL_S } from '#shared/limits.ts';
import { login, refresh, register, type SignedIn, validate } from './accounts.ts';
import { endSignIn } from './refresh-tokens.ts';
import { countSignInTry } from './sign-in-limit.ts';

export const REFRESH_COOKIE = 'nearcade_refresh';
const COOKIE_PATH = '/v1/accounts';

/** /v1/accounts */
export function serveAccounts(app: OpenAPIHono<AppEnv>): void {
  serve(app, accountsApi.register, async ({ c, services, body }) => {
    await countSignInTry(services, clientAddress(c), body.email);
    return answer(c, await register(services, body));
  });

  serve(app, accountsApi.login, async ({ c, services, body }) => {
    await countSignInTry(services, clientAddress(c), body.email);
    return answer(c, await login(services, body));
  });

  serve(app, accountsApi.refresh, async ({ c, services }) => {
    const token = getCookie(c, REFRESH_COOKIE);
    if (token === undefined) throw new NearcadeError('unauthenticated');
    return answer(c, await refresh(services, token));
  });

  serve(app, accountsApi.logout, async ({ c, services }) => {
    const token = getCookie(c, REFRESH_COOKIE);
    if (token !== undefined) await endSignIn(services.db, token);
    deleteCookie(c, REFRESH_COOKIE, { path: COOKIE_PATH });
  });

  serve(app, accountsApi.validate, async ({ services, player }) => {
    const user = await validate(services, player);
    const expiresIn = Math.max(0, player.exp - Math.floor(services.now().getTime() / 1000));
    return { user, expiresIn };
  });
}

function answer(c: Context<AppEnv>, { signIn, refreshToken }: SignedIn) {
  setCookie(c, REFRESH_COOKIE, refreshToken, {
    httpOnly: true,
    sameSite: 'Strict',
    path: COOKIE_PATH,
    secure: new URL(c.req.url).protocol === 'https:',
    maxAge: REFRESH_TOKEN_TTL_S,
  });
  return signIn;
}

/** The client as Cloudflare saw it; the header can't be sent through Cloudflare by a client. */
function clientAddress(c: Context<AppEnv>): string {
  return c.req.header('cf-connecting-ip') ?? 'unknown';
}
