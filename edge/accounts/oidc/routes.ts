import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { beginInBrowser, browserOf } from '#edge/accounts/browser-cookie.ts';
import { answerSignIn } from '#edge/accounts/cookies.ts';
import { deviceOf } from '#edge/accounts/devices.ts';
import { relyingParty } from '#edge/accounts/passkeys/relying-party.ts';
import { countSignInTry } from '#edge/accounts/sign-in-limit.ts';
import { beginSignIn } from '#edge/accounts/sign-ins.ts';
import { requireProofIfPossible } from '#edge/accounts/ways-in.ts';
import { clientAddress } from '#edge/http/client-address.ts';
import type { AppEnv } from '#edge/http/context.ts';
import { noteProblem } from '#edge/http/errors.ts';
import { publicOrigin } from '#edge/http/public-origin.ts';
import { serve } from '#edge/http/serve.ts';
import { sendDueMails } from '#edge/mail/outbox.ts';
import { oidcApi, SIGN_IN_ERROR_PARAMETER } from '#shared/api/oidc.ts';
import { linkPerson, listIdentities, unlinkIdentity, userOfPerson } from './identities.ts';
import { beginJourney, endJourney, requireProvider } from './journeys.ts';

/** /v1/accounts/methods, /v1/accounts/oidc and /v1/accounts/identities */
export function serveOidc(app: OpenAPIHono<AppEnv>): void {
  serve(app, oidcApi.methods, async ({ c, services: { settings, oidc } }) => ({
    password: true,
    passkey: relyingParty(settings, c.req.url) !== undefined,
    oidc: oidc === undefined ? null : { name: oidc.name },
  }));

  serve(app, oidcApi.start, ({ c, services, query: { returnTo } }) =>
    orBackTo(c, returnTo, async () => {
      await countSignInTry(services, clientAddress(c));
      const origin = publicOrigin(services.settings, c.req.url);
      return beginJourney(services, origin, beginInBrowser(c), { returnTo, linkSignInId: null });
    }),
  );

  serve(app, oidcApi.link, async ({ c, services, player, body: { returnTo } }) => {
    await countSignInTry(services, clientAddress(c));
    await requireProofIfPossible(services.db, player);
    const origin = publicOrigin(services.settings, c.req.url);
    const begun = { returnTo, linkSignInId: player.sid };
    return { location: await beginJourney(services, origin, beginInBrowser(c), begun) };
  });

  serve(app, oidcApi.callback, ({ c, services, query }) =>
    orBackTo(c, '/', async () => {
      const origin = publicOrigin(services.settings, c.req.url);
      const { journey, returnTo, linkSignInId } = await endJourney(
        services.db,
        origin,
        browserOf(c),
        query.state ?? '',
      );
      return orBackTo(c, returnTo, async () => {
        const answer = new URL(c.req.url).searchParams;
        const person = await requireProvider(services).personOf(answer, journey, services.now());
        if (linkSignInId === null) {
          const id = await userOfPerson(services.db, person);
          answerSignIn(c, await beginSignIn(services, { id }, deviceOf(c)));
        } else {
          await linkPerson(services.db, linkSignInId, person);
        }
        c.executionCtx.waitUntil(sendDueMails(services));
        return returnTo;
      });
    }),
  );

  serve(app, oidcApi.identities, async ({ services, player }) => ({
    identities: await listIdentities(services.db, player.sub),
  }));

  serve(app, oidcApi.unlink, async ({ services, player, params }) => {
    await requireProofIfPossible(services.db, player);
    await unlinkIdentity(services.db, player.sub, params.id);
  });
}

/** Where `go` leads; when it fails, back to `path` with the code of what went wrong: a page, not JSON, is in front of the player. */
async function orBackTo(c: Context<AppEnv>, path: string, go: () => Promise<string>): Promise<string> {
  try {
    return await go();
  } catch (error) {
    const url = new URL(path, 'http://localhost');
    url.searchParams.set(SIGN_IN_ERROR_PARAMETER, noteProblem(error, c).code);
    return url.pathname + url.search + url.hash;
  }
}
