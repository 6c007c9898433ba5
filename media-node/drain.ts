import type { Slot } from './agent/slot.ts';
import type { OrderedDrain } from './fleet/ordered-drain.ts';
import type { Departure } from './life/departure.ts';
import type { Logger } from './log.ts';
import { occupancyOf } from './report.ts';

/** Milliseconds for saves of sessions that are over to be put up: the edge takes none from a node that has left. */
const SAVES_FLUSH_MS = 10_000;

/** Milliseconds for the last events to reach the edge; what is left then stays on disk. */
const FLUSH_MS = 3000;

/** The same for all of it when the disk goes with the machine: an outage of edge or store that is worth waiting for. */
const FLUSH_WHOLE_MS = 15 * 60_000;

/** Milliseconds before the machine is gone after which nothing more is waited for: the edge should hear that the node leaves. */
const LEAVE_MS = 5000;

interface Flushable {
  flush: (timeoutMs: number, isWhole?: boolean) => Promise<void>;
}

export interface DrainedNode {
  slots: readonly Pick<Slot, 'drain' | 'stop' | 'ended' | 'session'>[];
  orderedDrain: Pick<OrderedDrain, 'deadline'>;
  membership: { beatNow: () => void; close: () => Promise<void> };
  outbox: Flushable;
  saves: Flushable;
  recordings: Flushable;
  /** Tells the edge that nobody is here any more. */
  leave: () => Promise<void>;
  log: Logger;
}

/**
 * Drains in the order below, whoever has asked for it: nobody who plays is cut off before the announced deadline. Health and readiness
 * have said no since the notice came (`departure.isOn`); sockets close after this, with the node.
 */
export async function drain(node: DrainedNode, departure: Departure): Promise<void> {
  const { slots, orderedDrain, membership, outbox, saves, recordings, log } = node;

  // 1. No new session: the edge hears of it at once, the slots refuse by themselves.
  membership.beatNow();

  // 2. Free slots and those without players end now, players are told the deadline, and again when it comes nearer.
  departure.onDeadline(deadline => {
    const first = Math.min(deadline, orderedDrain.deadline ?? deadline);
    log.info({ deadline: new Date(first).toISOString(), ...occupancyOf(slots) }, 'draining');
    for (const slot of slots) slot.drain(first);
  });
  const ended = Promise.all(slots.map(slot => slot.ended()));
  await Promise.race([ended, departure.timeUp]);

  // 3. Time is up: what still plays ends, with its reason, and its save is made.
  for (const slot of slots) slot.stop('node_draining');
  await ended;
  log.info('every session has ended');

  // 4. The edge learns how everything ended, and that nobody is here any more.
  const { takesDisk, goneAt } = departure;
  const mostMs = Math.min(FLUSH_WHOLE_MS, (goneAt ?? Number.POSITIVE_INFINITY) - LEAVE_MS - Date.now());
  const within = (ms: number) => (takesDisk ? Math.max(ms, mostMs) : ms);
  const all = Promise.all([
    outbox.flush(within(FLUSH_MS)),
    saves.flush(within(SAVES_FLUSH_MS), takesDisk),
    ...(takesDisk ? [recordings.flush(within(0))] : []),
  ]);
  const briefly = Promise.all([outbox.flush(FLUSH_MS), saves.flush(SAVES_FLUSH_MS)]);
  await Promise.race([all, departure.hurried.then(() => briefly)]);
  await membership.close();
  await node.leave().catch((err: unknown) => log.warn({ err }, 'could not say that the node leaves'));
}
