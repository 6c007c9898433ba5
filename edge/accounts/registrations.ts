import { type SQL, sql } from 'drizzle-orm';
import { users } from '#edge/store/schema.ts';

/** A query for the accounts that were ever made, also those deleted since: columns user_id, created_at and guest (still is one). */
export const registrations: SQL = sql`
  select account.id as user_id, account.created_at, account.guest from ${users} as account`;
