import { createApp } from './app.ts';
import type { Bindings, QueuedEvent } from './bindings.ts';
import { runChores } from './chores.ts';
import { consumeEvents } from './fleet/events.ts';
import { keepDeadLetters } from './history/dead-letters.ts';
import { loggedAs } from './http/log.ts';
import { openServices } from './services.ts';

export { NodeChannel } from './fleet/node-channel.ts';
export { LiveDirectory } from './live/live-directory.ts';
export { PlayerHub } from './live/player-hub.ts';
export { GroupClock } from './social/clock/group-clock.ts';

const app = createApp();

/** How wrangler.toml calls it in the end; each environment's begins with the name of its Worker (deploy/wrangler/config.ts). */
const DEAD_LETTER_QUEUE = '-events-dead';

export default {
  fetch: app.fetch,

  queue(batch, bindings) {
    return loggedAs(undefined, async () => {
      const services = await openServices(bindings);
      if (batch.queue.endsWith(DEAD_LETTER_QUEUE)) await keepDeadLetters(services, batch);
      else await consumeEvents(services, batch);
    });
  },

  scheduled(_controller, bindings) {
    return loggedAs(undefined, async () => runChores(await openServices(bindings)));
  },
} satisfies ExportedHandler<Bindings, QueuedEvent>;
