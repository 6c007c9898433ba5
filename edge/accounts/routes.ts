import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { bearerToken } from '#edge/http/authorize.ts';
import { clientAddress } from '#edge/http/client-address.ts';
import type { AppEnv } from '#edge/http/context.ts';
import { serve } from '#edge/http/serve.ts';
import { sendDueMails } from '#edge/mail/outbox.ts';
import type { Services } from '#edge/services.ts';
import { type AccessClaims, accountsApi } from '#shared/api/accounts.ts';
import { NearcadeError } from '#shared/errors.ts';
import { verifyAccessToken } from './access-tokens.ts';
import { login, refresh, register, validate } from './accounts.ts';
import { answerSignIn, forgetRefreshCookie, refreshCookie } from './cookies.ts';
import { broughtDevice, deviceOf } from './devices.ts';
import { verifyEmail } from './emails.ts';
import { newGuest } from './guests.ts';
import { serveMyAccount } from './my-account-routes.ts';
import { mailResetLink, resetPassword } from './password-change.ts';
import { countSignInTry } from './sign-in-limit.ts';
import { endSignInOfToken } from './sign-ins.ts';

/** /v1/accounts: coming in and going out. */
export function serveAccounts(app: OpenAPIHono<AppEnv>): void {
  serve(app, accountsApi.register, async ({ c, services, body }) => {
    await countSignInTry(services, clientAddress(c), body.email);
    const made = await register(services, body, deviceOf(c));
    c.executionCtx.waitUntil(sendDueMails(services, { to: { userId: made.signIn.user.id } }));
    return answerSignIn(c, made);
  });

  serve(app, accountsApi.login, async ({ c, services, body }) => {
    await countSignInTry(services, clientAddress(c), body.email, broughtDevice(c));
    return answerSignIn(c, await login(services, body, clientOf(c)));
  });

  serve(app, accountsApi.guest, async ({ c, services, body }) => {
    await countSignInTry(services, clientAddress(c));
    return answerSignIn(c, await newGuest(services, body.displayName, deviceOf(c)));
  });

  serve(app, accountsApi.refresh, async ({ c, services }) => {
    const token = refreshCookie(c);
    if (token === undefined) throw new NearcadeError('unauthenticated');
    return answerSignIn(c, await refresh(services, token));
  });

  serve(app, accountsApi.logout, async ({ c, services }) => {
    const token = refreshCookie(c);
    if (token !== undefined) await endSignInOfToken(services, token);
    forgetRefreshCookie(c);
  });

  serve(app, accountsApi.whoami, async ({ services, player }) => ({
    id: player.sub,
    displayName: player.name,
    role: player.role,
    expiresIn: secondsLeft(services, player),
  }));

  serve(app, accountsApi.validate, async ({ services, player }) => ({
    user: await validate(services, player),
    expiresIn: secondsLeft(services, player),
  }));

  serve(app, accountsApi.verifyEmail, async ({ c, services, body }) => {
    await countSignInTry(services, clientAddress(c));
    return verifyEmail(services, body.token, await readerOf(c, services));
  });

  serve(app, accountsApi.forgotPassword, async ({ c, services, body }) => {
    await countSignInTry(services, clientAddress(c), body.email, broughtDevice(c));
    await mailResetLink(services, body.email);
    c.executionCtx.waitUntil(sendDueMails(services, { to: { recipient: body.email } }));
  });

  serve(app, accountsApi.resetPassword, async ({ c, services, body }) => {
    await countSignInTry(services, clientAddress(c));
    return answerSignIn(c, await resetPassword(services, body, deviceOf(c)));
  });

  serveMyAccount(app);
}

/** Who is signed in where a mailed link is followed, if anybody is: the link itself is enough for what it is for. */
async function readerOf(c: Context<AppEnv>, services: Services): Promise<AccessClaims | undefined> {
  const token = bearerToken(c);
  return token === undefined ? undefined : verifyAccessToken(services, token).catch(() => undefined);
}

const clientOf = (c: Context<AppEnv>) => ({ address: clientAddress(c), device: deviceOf(c) });

function secondsLeft({ now }: Services, { exp }: AccessClaims): number {
  return Math.max(0, exp - Math.floor(now().getTime() / 1000));
}
