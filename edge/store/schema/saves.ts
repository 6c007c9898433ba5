import { sql } from 'drizzle-orm';
import { bigint, check, index, integer, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { SAVE_STATES, type SaveState } from '../../../shared/lifecycles/saves.ts';
import { users } from './accounts.ts';
import { games } from './catalog.ts';
import { createdAt, listOf, moment, newId } from './columns.ts';
import { sessions } from './play.ts';

/**
 * Saved games. Those with the same content may share their object in the store. The row of a deleted one stays until its object is
 * gone.
 */
export const saves = pgTable(
  'saves',
  {
    /** Sorts by the time the upload was begun: of two, the later counts. */
    id: newId(),
    /** The host of the session: in whose home the game saved. */
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id),
    game: text('game')
      .notNull()
      .references(() => games.slug),
    slot: text('slot').notNull(),
    buildVersion: text('build_version').notNull(),
    /** Which saved, in that epoch. */
    sessionId: uuid('session_id').references(() => sessions.id, { onDelete: 'set null' }),
    epoch: bigint('epoch', { mode: 'number' }).notNull(),
    /** Bytes. */
    size: integer('size').notNull(),
    /** Lower-case hexadecimal. */
    sha256: text('sha256').notNull(),
    objectKey: text('object_key').notNull(),
    state: text('state').$type<SaveState>().notNull().default('uploading'),
    createdAt: createdAt(),
    /** When the link to put it there ends; later nothing new comes to lie at its key. */
    uploadExpiresAt: moment('upload_expires_at').notNull(),
    savedAt: moment('saved_at'),
    deletedAt: moment('deleted_at'),
  },
  table => [
    index('saves_object').on(table.objectKey),
    uniqueIndex('saves_good_of_build')
      .on(table.userId, table.game, table.slot, table.buildVersion)
      .where(sql`${table.state} = 'good'`),
    index('saves_user').on(table.userId, table.id).where(sql`${table.state} <> 'deleted'`),
    index('saves_uploading').on(table.uploadExpiresAt).where(sql`${table.state} = 'uploading'`),
    index('saves_deleted').on(table.deletedAt).where(sql`${table.state} = 'deleted'`),
    index('saves_session').on(table.sessionId),
    check('saves_state', sql`${table.state} in (${listOf(SAVE_STATES)})`),
    check('saves_size', sql`${table.size} > 0`),
    check('saves_sha256', sql`${table.sha256} ~ '^[0-9a-f]{64}$'`),
    check('saves_good_at', sql`${table.state} <> 'good' or ${table.savedAt} is not null`),
    check('saves_deleted_at', sql`(${table.state} = 'deleted') = (${table.deletedAt} is not null)`),
  ],
);
