import type { Slot } from '../agent/slot.ts';
import type { Membership } from '../fleet/membership.ts';
import type { Outbox } from '../fleet/outbox.ts';
import type { Capacity } from '../load/capacity.ts';
import type { Recordings } from '../record/recordings.ts';
import type { SaveDesk } from '../saves/save-desk.ts';
import type { ServingNode } from './fleet-life.ts';

export interface ServingParts {
  slots: readonly Pick<Slot, 'session'>[];
  saves: Pick<SaveDesk, 'isIdle'>;
  recordings: Pick<Recordings, 'isIdle'>;
  outbox: Pick<Outbox, 'size'>;
  capacity: Pick<Capacity, 'report'>;
  membership: Pick<Membership, 'reservedUntil'>;
  /** The edge's clock, milliseconds since 1970. */
  now: () => number;
  /** How many games the node has. */
  games: number;
  takesSessions: () => boolean;
}

/** What the node's fleet has to know, read where it arises. */
export function servingNode(parts: ServingParts): ServingNode {
  const { slots, saves, recordings, outbox, capacity, membership, now, games, takesSessions } = parts;
  return {
    // A host is on their way to a slot that is reserved. Until the edge and the store have it, what a session has left lies on this
    // machine's disk alone.
    isHeld: () =>
      slots.some(({ session }) => session !== undefined) ||
      now() < (membership.reservedUntil ?? 0) ||
      !saves.isIdle ||
      !recordings.isIdle ||
      outbox.size > 0,
    slotsInUse: () => {
      if (!takesSessions()) return undefined;
      const { fullFor = [] } = capacity.report();
      // Whose processors are used up is full, whatever slots it has left.
      if (games > 0 && fullFor.length >= games) return 100;
      return (100 * slots.filter(({ session }) => session !== undefined).length) / slots.length;
    },
  };
}
