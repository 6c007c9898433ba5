import { sql } from 'drizzle-orm';
import { endLeftovers, endSessionsOfGoneNode } from '#edge/play/session-state.ts';
import type { Services } from '#edge/services.ts';
import { nodes } from '#edge/store/schema.ts';
import { NODE_TABLE } from '#shared/lifecycles.ts';
import { statesThatTake } from '#shared/state-machine.ts';

/**
 * Returns what was left behind, in one transaction: nodes whose lease ran out are lost, their sessions have failed,
 * reservations nobody used have ended, and slots and seats of what is over are free.
 */
export async function reconcile({ db }: Services): Promise<void> {
  await db.batch([
    db.execute(sql`
      update ${nodes} set state = 'lost' where id in (
        select id from ${nodes}
        where lease_expires_at < now() and state in ${statesThatTake(NODE_TABLE, 'lose_lease')}
        order by id for update skip locked)`),
    ...endLeftovers(db),
  ]);
}

/** The same for one node, whose lease may have run out: whoever watches it calls this then. Does nothing while its lease holds. */
export async function nodeLost({ db }: Services, nodeId: string): Promise<void> {
  await db.batch([
    db.execute(sql`
      update ${nodes} set state = 'lost'
      where id = ${nodeId} and lease_expires_at < now() and state in ${statesThatTake(NODE_TABLE, 'lose_lease')}`),
    ...endSessionsOfGoneNode(db, nodeId),
  ]);
}
