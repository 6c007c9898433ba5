import { sql } from 'drizzle-orm';
import { settleDown } from '#edge/play/announce.ts';
import { endLeftovers, leaveGoneNode } from '#edge/play/endings.ts';
import type { Services } from '#edge/services.ts';
import { nodes } from '#edge/store/schema.ts';
import { NODE_TABLE } from '#shared/lifecycles.ts';
import { statesThatTake } from '#shared/state-machine.ts';
import { graceAfterAbsence, isSilent } from './watch.ts';

/**
 * Returns what was left behind, in one transaction: nodes whose lease ran out are lost, their sessions have failed or wait for
 * another node, reservations nobody used and places in the queue nobody kept have ended, and slots and seats of what is over are
 * free. What came free goes to who waits.
 */
export async function reconcile(services: Services): Promise<void> {
  const { db } = services;
  await graceAfterAbsence(db);
  const results = await db.batch([
    db.execute(sql`
      update ${nodes} set state = 'lost' where id in (
        select id from ${nodes}
        where ${isSilent} and state in ${statesThatTake(NODE_TABLE, 'lose_lease')}
        order by id for update skip locked)`),
    ...endLeftovers(db),
  ]);
  await settleDown(services, results);
}

/** The same for one node, whose lease may have run out: whoever watches it calls this then. Does nothing while its lease, or the grace after it, holds. */
export async function nodeLost(services: Services, nodeId: string): Promise<void> {
  const { db } = services;
  await graceAfterAbsence(db);
  const results = await db.batch([
    db.execute(sql`
      update ${nodes} set state = 'lost'
      where id = ${nodeId} and ${isSilent} and state in ${statesThatTake(NODE_TABLE, 'lose_lease')}`),
    ...leaveGoneNode(db, nodeId),
  ]);
  await settleDown(services, results);
}
