import { sql } from 'drizzle-orm';
import type { Database } from '#edge/store/database.ts';
import { clubs } from '#edge/store/schema.ts';

/**
 * What changes a club starts its transaction with these, always the player before the club: changes of one club take turns,
 * and so do those that count one player's clubs. The statements after them see what was done before in line (READ COMMITTED).
 */
export const lockPlayer = (db: Database, userId: string) =>
  db.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`club-player:${userId}`}, 0))`);

export const lockClub = (db: Database, clubId: string) =>
  db.execute(sql`select 1 from ${clubs} where id = ${clubId}::uuid for no key update`);
