import { DurableObject } from 'cloudflare:workers';
import type { Bindings } from '#edge/env.ts';
import type { LiveEvent } from '#shared/live.ts';

/** The live sockets of one player, whose id is its name. */
export class PlayerHub extends DurableObject<Bindings> {
  /** Sends an event to every device of the player. */
  async deliver(event: LiveEvent): Promise<void> {
    for (const socket of this.ctx.getWebSockets()) socket.send(JSON.stringify({ type: 'event', event }));
  }
}
