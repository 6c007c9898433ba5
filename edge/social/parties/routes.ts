import type { OpenAPIHono } from '@hono/zod-openapi';
import type { AppEnv } from '#edge/http/context.ts';
import { serve } from '#edge/http/serve.ts';
import { partiesApi } from '#shared/api/parties.ts';
import { allowRate } from '../rate.ts';
import { declineInvite, inviteToParty, listInvites } from './invites.ts';
import {
  acceptInvite,
  createParty,
  joinByCode,
  kickMember,
  leaveParty,
  promoteMember,
} from './membership.ts';
import { partyIdOf, viewParty } from './parties.ts';
import { answerReadyCheck, startParty, startReadyCheck } from './ready-check.ts';

/** Enough for any evening, too few to try codes or to pester. */
const ACTS_A_MINUTE = 40;

/** /v1/parties */
export function serveParties(app: OpenAPIHono<AppEnv>): void {
  serve(app, partiesApi.create, async ({ services, player, body, idempotency }) => {
    const id = await createParty(services, player.sub, body.maxMembers, idempotency);
    return viewParty(services, id, player.sub);
  });

  serve(app, partiesApi.current, async ({ services, player }) => {
    const id = await partyIdOf(services.db, player.sub);
    return { party: id === undefined ? null : await viewParty(services, id, player.sub) };
  });

  serve(app, partiesApi.invites, async ({ services, player }) => ({
    items: await listInvites(services, player.sub),
  }));

  serve(app, partiesApi.join, async ({ services, player, body }) => {
    await allowRate(services, 'party-acts', player.sub, ACTS_A_MINUTE);
    return viewParty(services, await joinByCode(services, player.sub, body.code), player.sub);
  });

  serve(app, partiesApi.get, async ({ services, player, params }) =>
    viewParty(services, params.id, player.sub),
  );

  serve(app, partiesApi.invite, async ({ services, player, params }) => {
    await allowRate(services, 'party-acts', player.sub, ACTS_A_MINUTE);
    await inviteToParty(services, params.id, { id: player.sub, displayName: player.name }, params.userId);
  });

  serve(app, partiesApi.accept, async ({ services, player, params }) => {
    await acceptInvite(services, player.sub, params.id);
    return viewParty(services, params.id, player.sub);
  });

  serve(app, partiesApi.decline, async ({ services, player, params }) =>
    declineInvite(services, params.id, player.sub),
  );

  serve(app, partiesApi.leave, async ({ services, player, params }) =>
    leaveParty(services, params.id, player.sub),
  );

  serve(app, partiesApi.kick, async ({ services, player, params }) => {
    await kickMember(services, params.id, player.sub, params.userId);
    return viewParty(services, params.id, player.sub);
  });

  serve(app, partiesApi.promote, async ({ services, player, params, body }) => {
    await promoteMember(services, params.id, player.sub, body.userId);
    return viewParty(services, params.id, player.sub);
  });

  serve(app, partiesApi.check, async ({ services, player, params }) => {
    await allowRate(services, 'party-acts', player.sub, ACTS_A_MINUTE);
    await startReadyCheck(services, params.id, player.sub);
    return viewParty(services, params.id, player.sub);
  });

  serve(app, partiesApi.answer, async ({ services, player, params: { id, round }, body }) => {
    await answerReadyCheck(services, id, player.sub, { round, ready: body.ready });
    return viewParty(services, id, player.sub);
  });

  serve(app, partiesApi.start, async ({ services, player, params, body }) => {
    await startParty(services, params.id, player.sub, body.game);
    return viewParty(services, params.id, player.sub);
  });
}
