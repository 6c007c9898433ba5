import type { OpenAPIHono } from '@hono/zod-openapi';
import { clientAddress } from '#edge/http/client-address.ts';
import type { AppEnv } from '#edge/http/context.ts';
import { serve } from '#edge/http/serve.ts';
import { sendDueMails } from '#edge/mail/outbox.ts';
import { myAccountApi } from '#shared/api/my-account.ts';
import { forgetRefreshCookie } from './cookies.ts';
import { deleteAccount } from './delete.ts';
import { mailChangeLink, mailVerificationLink } from './emails.ts';
import { claimGuest } from './guests.ts';
import { changePassword } from './password-change.ts';
import { proveByPassword } from './password-check.ts';
import { countSignInTry } from './sign-in-limit.ts';
import { endOneSignIn, endSignIns, listSignIns } from './sign-ins.ts';
import { rename } from './users.ts';

/** /v1/accounts/me and /v1/accounts/sign-ins. Whatever hashes a password or sends a mail is counted like a try of signing in. */
export function serveMyAccount(app: OpenAPIHono<AppEnv>): void {
  serve(app, myAccountApi.rename, ({ services, player, body }) =>
    rename(services.db, player.sub, body.displayName),
  );

  serve(app, myAccountApi.claim, async ({ c, services, player, body }) => {
    await countSignInTry(services, clientAddress(c), body.email);
    const user = await claimGuest(services, player, body);
    c.executionCtx.waitUntil(sendDueMails(services, { to: { userId: player.sub } }));
    return user;
  });

  serve(app, myAccountApi.prove, async ({ c, services, player, body }) => {
    await countSignInTry(services, clientAddress(c), player.sub);
    await proveByPassword(services, player, body.password);
  });

  serve(app, myAccountApi.changePassword, async ({ c, services, player, body }) => {
    await countSignInTry(services, clientAddress(c), player.sub);
    await changePassword(services, player, body);
    c.executionCtx.waitUntil(sendDueMails(services, { to: { userId: player.sub } }));
  });

  serve(app, myAccountApi.resendVerification, async ({ c, services, player }) => {
    await countSignInTry(services, clientAddress(c), player.sub);
    await mailVerificationLink(services, player);
    c.executionCtx.waitUntil(sendDueMails(services, { to: { userId: player.sub } }));
  });

  serve(app, myAccountApi.changeEmail, async ({ c, services, player, body }) => {
    await countSignInTry(services, clientAddress(c), player.sub);
    await mailChangeLink(services, player, body);
    c.executionCtx.waitUntil(sendDueMails(services, { to: { userId: player.sub } }));
  });

  serve(app, myAccountApi.delete, async ({ c, services, player, body }) => {
    await countSignInTry(services, clientAddress(c), player.sub);
    await deleteAccount(services, player, body.password);
    forgetRefreshCookie(c);
  });

  serve(app, myAccountApi.signIns, async ({ services, player }) => ({
    items: await listSignIns(services, player),
  }));

  serve(app, myAccountApi.endSignIn, async ({ services, player, params }) => {
    await endOneSignIn(services, player, params.id);
  });

  serve(app, myAccountApi.endSignIns, async ({ c, services, player, query }) => {
    const ended = await endSignIns(services, player, query.which);
    if (query.which === 'all') forgetRefreshCookie(c);
    return { ended };
  });
}
