import { createApp } from './app.ts';
import { runChores } from './chores.ts';
import type { Bindings, QueuedEvent } from './env.ts';
import { consumeEvents } from './fleet/events.ts';
import { openServices } from './services.ts';

export { NodeChannel } from './fleet/node-channel.ts';
export { PlayerHub } from './live/player-hub.ts';
export { GroupClock } from './social/clock/group-clock.ts';

const app = createApp();

export default {
  fetch: app.fetch,

  async queue(batch, bindings) {
    await consumeEvents(await openServices(bindings), batch);
  },

  async scheduled(_controller, bindings) {
    await runChores(await openServices(bindings));
  },
} satisfies ExportedHandler<Bindings, QueuedEvent>;
