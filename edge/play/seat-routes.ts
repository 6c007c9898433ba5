import type { OpenAPIHono } from '@hono/zod-openapi';
import type { AppEnv } from '#edge/http/context.ts';
import { serve } from '#edge/http/serve.ts';
import { allowRate } from '#edge/social/rate.ts';
import { seatsApi } from '#shared/api/seats.ts';
import { acceptSeat, changePlace, declineSeat, offerSeat } from './places.ts';
import { approveClaim, claimSeat, denyClaim, withdrawClaim } from './seats/claims.ts';
import { handOverHost } from './seats/host.ts';
import { handOverSeat, releaseSeat } from './seats/pass.ts';
import { setPolicy, setSeat } from './seats/rules.ts';
import { readSeating } from './seats/view.ts';

/** Each may tell the host: enough for who changes their mind, too few to pester. */
const CLAIMS_A_MINUTE = 20;

/** /v1/sessions/{id}: who has which place. */
export function serveSeats(app: OpenAPIHono<AppEnv>): void {
  serve(app, seatsApi.seating, async ({ services, player, params }) =>
    readSeating(services, player.sub, params.id),
  );
  serve(app, seatsApi.setPolicy, async ({ services, player, params, body }) =>
    setPolicy(services, player.sub, params.id, body.policy),
  );
  serve(app, seatsApi.setSeat, async ({ services, player, params, body }) =>
    setSeat(services, player.sub, params.id, params.seat, body),
  );
  serve(app, seatsApi.claim, async ({ services, player, params, body }) => {
    await allowRate(services, 'seat-claims', player.sub, CLAIMS_A_MINUTE);
    return claimSeat(services, player, params.id, body.seat);
  });
  serve(app, seatsApi.withdraw, async ({ services, player, params }) =>
    withdrawClaim(services, player.sub, params.id),
  );
  serve(app, seatsApi.approve, async ({ services, player, params }) =>
    approveClaim(services, player.sub, params.id, params.userId),
  );
  serve(app, seatsApi.deny, async ({ services, player, params }) =>
    denyClaim(services, player.sub, params.id, params.userId),
  );
  serve(app, seatsApi.release, async ({ services, player, params }) =>
    releaseSeat(services, player.sub, params.id),
  );
  serve(app, seatsApi.handOver, async ({ services, player, params, body }) =>
    handOverSeat(services, player.sub, params.id, params.seat, body.userId),
  );
  serve(app, seatsApi.setHost, async ({ services, player, params, body }) =>
    handOverHost(services, player.sub, params.id, body.userId),
  );
  serve(app, seatsApi.place, async ({ services, player, params, body }) =>
    changePlace(services, player.sub, params.id, params.userId, body),
  );
  serve(app, seatsApi.offer, async ({ services, player, params, body }) =>
    offerSeat(services, player, params.id, params.userId, body.seat),
  );
  serve(app, seatsApi.accept, async ({ services, player, params }) =>
    acceptSeat(services, player, params.id),
  );
  serve(app, seatsApi.decline, async ({ services, player, params }) =>
    declineSeat(services, player.sub, params.id),
  );
}
