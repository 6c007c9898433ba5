import type { OpenAPIHono } from '@hono/zod-openapi';
import type { AppEnv } from '#edge/http/context.ts';
import { serve } from '#edge/http/serve.ts';
import { seatsApi } from '#shared/api/seats.ts';
import { acceptSeat, changePlace, declineSeat, offerSeat } from './places.ts';

/** /v1/sessions/{id}: who has which place. */
export function serveSeats(app: OpenAPIHono<AppEnv>): void {
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
