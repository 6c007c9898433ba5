import type { RevokeReason } from '#shared/api/orders.ts';
import { type ErrorCode, NearcadeError } from '#shared/errors.ts';
import type { Slot } from '../agent/slot.ts';
import type { VoidedTickets } from '../signal/voided-tickets.ts';
import type { OrderHandlers } from './order-desk.ts';
import type { OrderedDrain } from './ordered-drain.ts';

export interface OrderTargets {
  slots: readonly Slot[];
  voided: VoidedTickets;
  /** The same for links to standard players alone. */
  voidedLinks: VoidedTickets;
  drain: OrderedDrain;
  /** The edge should hear at once what state the node is in. */
  onStateChanged: () => void;
}

const CODE_OF_REASON: Readonly<Record<RevokeReason, ErrorCode>> = {
  kicked: 'kicked',
  banned: 'forbidden',
  access_denied: 'access_denied',
  signed_out: 'unauthenticated',
  left: 'forbidden',
};

/** What each order does on this node. */
export function orderHandlers(targets: OrderTargets): OrderHandlers {
  const { slots, voided, voidedLinks, drain, onStateChanged } = targets;
  return {
    drain({ deadline }) {
      drain.begin(deadline === null ? null : Date.parse(deadline));
      onStateChanged();
    },
    undrain() {
      drain.cancel();
      onStateChanged();
    },
    end_session({ sessionId, epoch, reason }) {
      const slot = slots.find(({ session }) => session?.id === sessionId && session.epoch === epoch);
      slot?.stop(reason);
    },
    revoke({ userId, sessionId, reason, at }) {
      voided.add(userId, Date.parse(at), sessionId);
      const error = new NearcadeError(CODE_OF_REASON[reason]);
      for (const slot of slots) {
        const isMeant = sessionId === null || slot.session?.id === sessionId;
        // Who was only signed out on a device keeps the seat, and may come back signed in.
        if (isMeant) slot.putOut(userId, error, reason !== 'signed_out');
      }
    },
    void_links({ sessionId, userId, at }) {
      voidedLinks.add(userId, Date.parse(at), sessionId);
      slots.find(({ session }) => session?.id === sessionId)?.putOutLinks(userId);
    },
    set_place({ sessionId, userId, role, seat, host, rights, seating, at }) {
      voided.add(userId, Date.parse(at), sessionId, { role, seat, seating });
      const slot = slots.find(({ session }) => session?.id === sessionId);
      if (seat !== null) slot?.setRights(seat, rights, seating);
      slot?.move(userId, { role, seat, host, seating });
    },
    set_rights({ sessionId, seat, rights, seating }) {
      slots.find(({ session }) => session?.id === sessionId)?.setRights(seat, rights, seating);
    },
  };
}
