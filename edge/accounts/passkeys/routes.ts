import type { OpenAPIHono } from '@hono/zod-openapi';
import { beginInBrowser, browserOf } from '#edge/accounts/browser-cookie.ts';
import { answerSignIn } from '#edge/accounts/cookies.ts';
import { deviceOf } from '#edge/accounts/devices.ts';
import { countSignInTry } from '#edge/accounts/sign-in-limit.ts';
import { beginSignIn, noteProof } from '#edge/accounts/sign-ins.ts';
import { requireProofIfPossible } from '#edge/accounts/ways-in.ts';
import { clientAddress } from '#edge/http/client-address.ts';
import type { AppEnv } from '#edge/http/context.ts';
import { serve } from '#edge/http/serve.ts';
import { sendDueMails } from '#edge/mail/outbox.ts';
import { passkeysApi } from '#shared/api/passkeys.ts';
import { NearcadeError } from '#shared/errors.ts';
import { listPasskeys, removePasskey, renamePasskey } from './passkeys.ts';
import { beginRegistration, registerPasskey } from './register.ts';
import { requireRelyingParty } from './relying-party.ts';
import { beginPasskeySignIn, userOfPasskey } from './sign-in.ts';

/** /v1/accounts/passkeys */
export function servePasskeys(app: OpenAPIHono<AppEnv>): void {
  serve(app, passkeysApi.beginRegistration, async ({ c, services, player }) => {
    await countSignInTry(services, clientAddress(c));
    const party = requireRelyingParty(services.settings, c.req.url);
    await requireProofIfPossible(services.db, player);
    return beginRegistration(services, party, player);
  });

  serve(app, passkeysApi.register, async ({ c, services, player, body, idempotency }) => {
    const party = requireRelyingParty(services.settings, c.req.url);
    const name = body.name ?? deviceOf(c).name;
    const passkey = await registerPasskey(services, party, player, { ...body, name, idempotency });
    c.executionCtx.waitUntil(sendDueMails(services));
    return passkey;
  });

  serve(app, passkeysApi.list, async ({ services, player }) => ({
    passkeys: await listPasskeys(services.db, player.sub),
  }));

  serve(app, passkeysApi.rename, async ({ services, player, params, body }) =>
    renamePasskey(services.db, player.sub, params.id, body.name),
  );

  serve(app, passkeysApi.remove, async ({ services, player, params }) => {
    await requireProofIfPossible(services.db, player);
    await removePasskey(services.db, player.sub, params.id);
  });

  serve(app, passkeysApi.beginSignIn, async ({ c, services }) => {
    await countSignInTry(services, clientAddress(c));
    const party = requireRelyingParty(services.settings, c.req.url);
    return beginPasskeySignIn(services, party, beginInBrowser(c));
  });

  serve(app, passkeysApi.signIn, async ({ c, services, body }) => {
    const party = requireRelyingParty(services.settings, c.req.url);
    const id = await userOfPasskey(services, party, browserOf(c), body.credential);
    return answerSignIn(c, await beginSignIn(services, { id }, deviceOf(c)));
  });

  serve(app, passkeysApi.prove, async ({ c, services, player, body }) => {
    const party = requireRelyingParty(services.settings, c.req.url);
    const userId = await userOfPasskey(services, party, browserOf(c), body.credential);
    if (userId !== player.sub)
      throw new NearcadeError('passkey_invalid', 'This passkey is of another account');
    await noteProof(services, player);
  });
}
