import type { HeartbeatRequest } from '#shared/api/fleet.ts';
import type { Slot } from './agent/slot.ts';
import type { Capacity } from './load/capacity.ts';

/** Sessions that play on these slots, and who is connected to them. */
export function occupancyOf(slots: readonly Pick<Slot, 'session'>[]): { sessions: number; viewers: number } {
  const sessions = slots.flatMap(slot => slot.session ?? []);
  return {
    sessions: sessions.length,
    viewers: sessions.reduce((sum, session) => sum + session.viewers, 0),
  };
}

/** What a heartbeat says. */
export function reportOf(node: {
  slots: readonly Slot[];
  /** Who watches sessions of other nodes here. */
  relayed: number;
  draining: boolean;
  capacity: Pick<Capacity, 'report'>;
  orders: { unsaid: string[] };
}): HeartbeatRequest {
  const { sessions, viewers } = occupancyOf(node.slots);
  const { cpu, freeCores, fullFor, turnedAway } = node.capacity.report();
  return {
    state: node.draining ? 'draining' : 'ready',
    load: { cpu, freeCores, sessions, viewers: viewers + node.relayed },
    fullFor,
    turnedAway,
    sessions: node.slots
      .flatMap(slot => slot.session ?? [])
      .map(({ id, epoch }) => ({ sessionId: id, epoch })),
    doneOrders: node.orders.unsaid,
  };
}
