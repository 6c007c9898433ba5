import { type SQL, sql } from 'drizzle-orm';
import type { Database } from '#edge/store/database.ts';
import { parties } from '#edge/store/schema.ts';
import { PARTY_TABLE, type PartyEvent, TIMED_PARTY_STATES } from '#shared/lifecycles/social.ts';

/**
 * Runs statements on a party in a transaction that has locked it first, so that whatever is done to one party takes turns,
 * and each statement sees what was done before it. Answers the rows of the first one.
 */
export async function onLockedParty<T extends Record<string, unknown>>(
  db: Database,
  partyId: string,
  statement: SQL,
  ...then: SQL[]
): Promise<T[]> {
  const [, { rows }] = await db.batch([
    db.execute(sql`select 1 from ${parties} where id = ${partyId}::uuid for update`),
    db.execute<T>(statement),
    ...then.map(next => db.execute(next)),
  ]);
  return rows;
}

/** The state that `event` leads to, of a row of parties called `party`; null where it is not legal. */
export function afterEvent(event: PartyEvent): SQL {
  const moves = Object.entries(PARTY_TABLE).flatMap(([state, events]) => {
    const next = events[event];
    return next === undefined ? [] : [sql`when ${state}::text then ${next}::text`];
  });
  return sql`(case party.state ${sql.join(moves, sql` `)} end)`;
}

/** Whether `event` is legal for a row of parties called `party`. */
export const takes = (event: PartyEvent): SQL => sql`${afterEvent(event)} is not null`;

/** Assignments of an update that end an agreement unless it outlives that somebody comes or goes. */
export const regrouped: SQL = sql`
  state = ${afterEvent('regroup')},
  check_until = case when ${afterEvent('regroup')} in ${[...TIMED_PARTY_STATES]} then party.check_until end,
  active_at = now()`;

export const later = (seconds: number): SQL => sql`now() + make_interval(secs => ${seconds}::float8)`;
