import type { OpenAPIHono } from '@hono/zod-openapi';
import { clientAddress } from '#edge/http/client-address.ts';
import type { AppEnv } from '#edge/http/context.ts';
import { serve } from '#edge/http/serve.ts';
import { accountsApi } from '#shared/api/accounts.ts';
import { NearcadeError } from '#shared/errors.ts';
import { login, refresh, register, validate } from './accounts.ts';
import { answerSignIn, forgetRefreshCookie, refreshCookie } from './cookies.ts';
import { deviceOf } from './devices.ts';
import { countSignInTry } from './sign-in-limit.ts';
import { endOneSignIn, endSignInOfToken, endSignIns, listSignIns } from './sign-ins.ts';

/** /v1/accounts */
export function serveAccounts(app: OpenAPIHono<AppEnv>): void {
  serve(app, accountsApi.register, async ({ c, services, body }) => {
    await countSignInTry(services, clientAddress(c), body.email);
    return answerSignIn(c, await register(services, body, deviceOf(c)));
  });

  serve(app, accountsApi.login, async ({ c, services, body }) => {
    await countSignInTry(services, clientAddress(c), body.email);
    return answerSignIn(c, await login(services, body, deviceOf(c)));
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

  serve(app, accountsApi.validate, async ({ services, player }) => {
    const user = await validate(services, player);
    const expiresIn = Math.max(0, player.exp - Math.floor(services.now().getTime() / 1000));
    return { user, expiresIn };
  });

  serve(app, accountsApi.signIns, async ({ services, player }) => ({
    items: await listSignIns(services, player),
  }));

  serve(app, accountsApi.endSignIn, async ({ services, player, params }) => {
    await endOneSignIn(services, player, params.id);
  });

  serve(app, accountsApi.endSignIns, async ({ c, services, player, query }) => {
    const ended = await endSignIns(services, player, query.which);
    if (query.which === 'all') forgetRefreshCookie(c);
    return { ended };
  });
}
