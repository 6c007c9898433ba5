import type { OpenAPIHono } from '@hono/zod-openapi';
import { beginInBrowser, browserOf } from '#edge/accounts/browser-cookie.ts';
import type { AppEnv } from '#edge/http/context.ts';
import { serve } from '#edge/http/serve.ts';
import { passkeysApi } from '#shared/api/passkeys.ts';
import { listPasskeys, removePasskey, renamePasskey } from './passkeys.ts';
import { beginRegistration, registerPasskey } from './register.ts';
import { requireRelyingParty } from './relying-party.ts';
import { beginPasskeySignIn, userOfPasskey } from './sign-in.ts';

/** /v1/accounts/passkeys */
export function servePasskeys(app: OpenAPIHono<AppEnv>): void {
  serve(app, passkeysApi.beginRegistration, async ({ c, services, player }) =>
    beginRegistration(services, requireRelyingParty(services.settings, c.req.url), player),
  );

  serve(app, passkeysApi.register, async ({ c, services, player, body, idempotency }) =>
    registerPasskey(services, requireRelyingParty(services.settings, c.req.url), player, {
      ...body,
      idempotency,
    }),
  );

  serve(app, passkeysApi.list, async ({ services, player }) => ({
    passkeys: await listPasskeys(services.db, player.sub),
  }));

  serve(app, passkeysApi.rename, async ({ services, player, params, body }) =>
    renamePasskey(services.db, player.sub, params.id, body.name),
  );

  serve(app, passkeysApi.remove, async ({ services, player, params }) =>
    removePasskey(services.db, player.sub, params.id),
  );
}
