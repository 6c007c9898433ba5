import { type SQL, sql } from 'drizzle-orm';
import { platforms, signIns, users } from '#edge/store/schema.ts';
import { STAFF_SQL } from './entry.ts';

/**
 * Condition on a waiting session (its alias): the platform by which its owner came, or was seen last, is in maintenance, so that it gets no
 * slot and keeps its place. What has been played before goes on, on another node if need be, and staff tries things out.
 * `ownersSignIn`: the sign-in that its owner waits by.
 */
export const isPaused = (session: SQL, ownersSignIn: SQL): SQL => sql`(
  ${session}.started_at is null and exists (
    select 1 from ${signIns} as entered
    join ${platforms} as platform on platform.name = entered.platform and platform.maintenance
    join ${users} as account on account.id = entered.user_id and account.role not in (${STAFF_SQL})
    where entered.id = ${ownersSignIn}))`;
