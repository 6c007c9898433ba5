import { DurableObject } from 'cloudflare:workers';
import type { Bindings } from '#edge/env.ts';
import type { CutReason, LiveEvent } from '#shared/live.ts';

/** The live sockets of one player, whose id is its name. */
export class PlayerHub extends DurableObject<Bindings> {
  /** Sends an event to every device of the player. */
  async deliver(event: LiveEvent): Promise<void> {
    for (const socket of this.ctx.getWebSockets()) socket.send(JSON.stringify({ type: 'event', event }));
  }

  /** Closes the sockets of these sign-ins. */
  async cut(_signInIds: readonly string[] | 'all', reason: CutReason): Promise<void> {
    for (const socket of this.ctx.getWebSockets()) socket.close(4001, reason);
  }
}
