import { and, eq, inArray, lte, sql } from 'drizzle-orm';
import type { Services } from '#edge/services.ts';
import { setGroupTimer } from '#edge/social/clock/clock.ts';
import { parties } from '#edge/store/schema.ts';
import { PARTY_TABLE } from '#shared/lifecycles/social.ts';
import { statesThatTake } from '#shared/state-machine.ts';
import { partyChanged } from './parties.ts';

/** Ends a ready check whose deadline has passed, or what it agreed when nobody has started. */
export async function settleReadyCheck(services: Services, partyId: string): Promise<void> {
  const { db } = services;
  const overdue = and(
    eq(parties.id, partyId),
    inArray(parties.state, statesThatTake(PARTY_TABLE, 'fail_check')),
    lte(parties.checkUntil, sql`now()`),
  );
  const settled = await db
    .update(parties)
    .set({ state: PARTY_TABLE.checking.fail_check, checkUntil: null })
    .where(overdue)
    .returning({ id: parties.id });
  if (settled.length > 0) return partyChanged(services, partyId);
  const [waiting] = await db
    .select({ until: parties.checkUntil })
    .from(parties)
    .where(eq(parties.id, partyId));
  if (waiting?.until != null) await setGroupTimer(services, partyId, waiting.until, 'ready_check');
}
