import type { TicketClaims } from '#shared/ticket.ts';
import type { WhepWayRequest } from '#shared/whep.ts';
import type { Slot } from '../agent/slot.ts';
import type { Logger } from '../log.ts';

export interface SendOnOptions {
  /** The node's own. */
  region: string;
  slotOf: (claims: Pick<TicketClaims, 'slot'>) => Slot;
  /** Asks the edge, which knows the relays. */
  ask: (request: WhepWayRequest) => Promise<string | null>;
  log: Logger;
}

/**
 * Where a standard player is sent to: to a relay when there is no room for it here, or when its link was made closer to another region.
 * The edge decides; while it cannot be asked the player stays, if there is room.
 */
export function sendOn({ region, slotOf, ask, log }: SendOnOptions) {
  return async (claims: TicketClaims, player: string): Promise<string | null> => {
    const full = slotOf(claims).session?.isCrowded ?? false;
    const isNear = claims.region === undefined || claims.region === region;
    if (isNear && !full) return null;
    const { sessionId, sub: userId, displayName } = claims;
    const from = claims.region === undefined ? {} : { region: claims.region };
    try {
      return await ask({ sessionId, userId, displayName, ...from, full, player });
    } catch (error) {
      log.warn({ err: error, sessionId }, 'a WHEP player cannot be sent to a relay');
      return null;
    }
  };
}
