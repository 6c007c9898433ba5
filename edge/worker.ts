import { deleteOldRefreshTokens } from './accounts/refresh-tokens.ts';
import { createApp } from './app.ts';
import type { Bindings, QueuedEvent } from './env.ts';
import { consumeEvents } from './fleet/events.ts';
import { reconcile } from './fleet/reconcile.ts';
import { deleteOldReports } from './play/session-state.ts';
import { openServices } from './services.ts';
import { deleteOldIdempotencyKeys } from './store/requests.ts';

export { PlayerHub } from './live/player-hub.ts';
export { GroupClock } from './social/clock/group-clock.ts';

const app = createApp();

export default {
  fetch: app.fetch,

  async queue(batch, bindings) {
    await consumeEvents(await openServices(bindings), batch);
  },

  async scheduled(_controller, bindings) {
    const services = await openServices(bindings);
    const { db } = services;
    await reconcile(services);
    await deleteOldIdempotencyKeys(db);
    await deleteOldRefreshTokens(db);
    await deleteOldReports(db);
  },
} satisfies ExportedHandler<Bindings, QueuedEvent>;
