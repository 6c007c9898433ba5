import { sql } from 'drizzle-orm';
import { timestamp, uuid } from 'drizzle-orm/pg-core';

/** The values of a check as SQL: 'a', 'b'. Only for our own constants. */
export const listOf = (values: readonly string[]) => sql.raw(values.map(value => `'${value}'`).join(', '));
export const moment = (name: string) => timestamp(name, { withTimezone: true });
export const createdAt = () => moment('created_at').notNull().defaultNow();
/** A primary key that sorts by the time it was made (RFC 9562, version 7). */
export const newId = () => uuid('id').primaryKey().default(sql`uuidv7()`);
