import { createRoute } from '@hono/zod-openapi';
import type { Context, MiddlewareHandler } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { requirePlayer } from '#edge/http/auth.ts';
import type { AppEnv, PlayerEnv } from '#edge/http/context.ts';
import { jsonBody, jsonResponse, openApiApp, problems, security } from '#edge/http/openapi.ts';
import {
  loginRequestSchema,
  registerRequestSchema,
  signInSchema,
  validateResponseSchema,
} from '#shared/api/accounts.ts';
import { NearcadeError } from '#shared/errors.ts';
import { REFRESH_TOKEN_TTL_S } from '#shared/limits.ts';
import { verifyAccessToken } from './access-tokens.ts';
import { login, refresh, register, type SignedIn, validate } from './accounts.ts';
import { endSignIn } from './refresh-tokens.ts';
import { countSignInTry } from './sign-in-limit.ts';

export const REFRESH_COOKIE = 'nearcade_refresh';
const COOKIE_PATH = '/v1/accounts';

const registerRoute = createRoute({
  method: 'post',
  path: '/register',
  tags: ['Accounts'],
  summary: 'Make an account and sign in',
  request: { body: jsonBody(registerRequestSchema) },
  responses: {
    201: jsonResponse('Signed in; the refresh token is in the cookie', signInSchema),
    ...problems,
  },
});

const loginRoute = createRoute({
  method: 'post',
  path: '/login',
  tags: ['Accounts'],
  summary: 'Sign in',
  request: { body: jsonBody(loginRequestSchema) },
  responses: {
    200: jsonResponse('Signed in; the refresh token is in the cookie', signInSchema),
    ...problems,
  },
});

const refreshRoute = createRoute({
  method: 'post',
  path: '/refresh',
  tags: ['Accounts'],
  summary: 'A new access token for the refresh cookie, which is rotated',
  security: security.refresh,
  responses: { 200: jsonResponse('Still signed in', signInSchema), ...problems },
});

const logoutRoute = createRoute({
  method: 'post',
  path: '/logout',
  tags: ['Accounts'],
  summary: 'End this sign-in on this device',
  security: security.refresh,
  responses: { 204: { description: 'Signed out, or was not signed in' }, ...problems },
});

const validateRoute = createRoute({
  method: 'get',
  path: '/validate',
  tags: ['Accounts'],
  summary: 'Who the access token belongs to, if its sign-in has not ended',
  security: security.player,
  middleware: requirePlayer(verifyAccessToken),
  responses: { 200: jsonResponse('Signed in', validateResponseSchema), ...problems },
});

/** /v1/accounts */
export function accountsRoutes() {
  const app = openApiApp<PlayerEnv>();
  app.use(refuseOtherSites);

  app.openapi(registerRoute, async c => {
    const request = c.req.valid('json');
    await countSignInTry(c.get('services'), clientAddress(c), request.email);
    return c.json(answer(c, await register(c.get('services'), request)), 201);
  });

  app.openapi(loginRoute, async c => {
    const request = c.req.valid('json');
    await countSignInTry(c.get('services'), clientAddress(c), request.email);
    return c.json(answer(c, await login(c.get('services'), request)), 200);
  });

  app.openapi(refreshRoute, async c => {
    const token = getCookie(c, REFRESH_COOKIE);
    if (token === undefined) throw new NearcadeError('unauthenticated');
    return c.json(answer(c, await refresh(c.get('services'), token)), 200);
  });

  app.openapi(logoutRoute, async c => {
    const token = getCookie(c, REFRESH_COOKIE);
    if (token !== undefined) await endSignIn(c.get('services').db, token);
    deleteCookie(c, REFRESH_COOKIE, { path: COOKIE_PATH });
    return c.body(null, 204);
  });

  app.openapi(validateRoute, async c => {
    const claims = c.get('player');
    const user = await validate(c.get('services'), claims);
    const expiresIn = Math.max(0, claims.exp - Math.floor(c.get('services').now().getTime() / 1000));
    return c.json({ user, expiresIn }, 200);
  });

  return app;
}

function answer(c: Context<PlayerEnv>, { signIn, refreshToken }: SignedIn) {
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
function clientAddress(c: Context<PlayerEnv>): string {
  return c.req.header('cf-connecting-ip') ?? 'unknown';
}

/** SameSite keeps the cookie from other sites; this keeps it from other origins of our own site too. */
const refuseOtherSites: MiddlewareHandler<AppEnv> = async (c, next) => {
  const site = c.req.header('sec-fetch-site');
  if (c.req.method === 'POST' && site !== undefined && site !== 'same-origin' && site !== 'none') {
    throw new NearcadeError('forbidden', 'Sign in from the site itself');
  }
  await next();
};
