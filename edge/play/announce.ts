import type { Services } from '#edge/services.ts';
import { tablesOf } from '#edge/social/clubs/tables.ts';
import { tellTables } from '#edge/social/clubs/tell.ts';
import type { ProcedureResults } from '#edge/store/stored-procedure.ts';
import { tellWallets } from '#edge/wallet/balance.ts';
import { type Affected, affectedIn, type Results, walletsIn } from './endings.ts';
import { advanceQueue, advanceQueueIfAwaited, promotedIn, tellPromoted } from './queue.ts';

/** Tells members what has become of their sessions. */
export async function announce({ live }: Services, affected: readonly Affected[]): Promise<void> {
  const bySession = Map.groupBy(affected, change => change.sessionId);
  await Promise.all(
    [...bySession].map(async ([sessionId, changes]) => {
      const [first] = changes;
      if (first === undefined) return;
      const { state, endReason } = first;
      const userIds = changes.map(change => change.affectedUserId);
      await live.send(userIds, { type: 'session_changed', sessionId, state, endReason });
    }),
  );
}

/** After a transaction with statements of endings.ts is committed: tells whom it affected, and gives what came free to who waits. */
export async function settleDown(services: Services, results: Results): Promise<void> {
  await Promise.all([tell(services, results), advanceQueue(services)]);
}

/** The same after a procedure that has `askWhetherAwaited` afterwards. */
export async function settleDownAfter(services: Services, results: ProcedureResults): Promise<void> {
  await Promise.all([tell(services, results), advanceQueueIfAwaited(services, results)]);
}

async function tell(services: Services, results: Results): Promise<void> {
  const affected = affectedIn(results);
  await Promise.all([
    announce(services, affected).then(() => tellPromoted(services, promotedIn(results))),
    tellTables(services, tablesLeft(affected)),
    tellWallets(services, walletsIn(results)),
  ]);
}

/** Club tables at which nothing is played any more. */
const tablesLeft = (affected: readonly Affected[]): string[] =>
  tablesOf(affected.flatMap(({ groupKey, endReason }) => (endReason === null ? [] : [groupKey])));
