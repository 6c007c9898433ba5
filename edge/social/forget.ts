import { type SQL, sql } from 'drizzle-orm';
import type { Services } from '#edge/services.ts';
import type { Database } from '#edge/store/database.ts';
import { chatMessages, friendCodes, friendLinks, inviteLinks, partyInvites } from '#edge/store/schema.ts';
import { leaveParty } from './parties/membership.ts';
import { partyIdOf } from './parties/parties.ts';

/**
 * The statements that take everything social away from the account that the subquery `account` gives, if it gives one: its friends
 * and blocks, its friend code, invitations and invite links, and what it wrote.
 */
export function forgetSocially(db: Database, account: SQL) {
  return [
    db.execute(sql`delete from ${friendLinks} where user_id = ${account} or other_id = ${account}`),
    db.execute(sql`delete from ${friendCodes} where user_id = ${account}`),
    db.execute(sql`delete from ${inviteLinks} where creator_id = ${account}`),
    db.execute(sql`delete from ${partyInvites} where user_id = ${account} or from_id = ${account}`),
    db.execute(sql`
      update ${chatMessages} set text = null, deleted_at = now() where author_id = ${account} and text is not null`),
  ] as const;
}

/** Leaves the party that the user is in, if any, so that somebody else leads it. */
export async function leaveParties(services: Services, userId: string): Promise<void> {
  const partyId = await partyIdOf(services.db, userId);
  if (partyId !== undefined) await leaveParty(services, partyId, userId);
}
