import { type SQL, sql } from 'drizzle-orm';
import type { ErrorCode } from '#shared/errors.ts';
import { type Database, failureOf } from './database.ts';

/**
 * A statement that undoes the transaction it is in when `when` holds. Over HTTP nobody looks between two statements, and SQL has no way to raise but
 * to fail at something: a cast of the word that says why.
 */
export function refuseWhen(db: Database, when: SQL, code: ErrorCode) {
  return db.execute(sql`select (case when ${when} then ${code}::text end)::int`);
}

/** Whether a transaction was undone by such a statement. */
export function isRefusal(error: unknown, code: ErrorCode): boolean {
  const failure = failureOf(error);
  return failure?.code === '22P02' && failure.message.includes(`"${code}"`);
}
