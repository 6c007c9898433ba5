import { sql } from 'drizzle-orm';
import { check, index, integer, pgTable, primaryKey, text, unique, uuid } from 'drizzle-orm/pg-core';
import { users } from './accounts.ts';
import { games } from './catalog.ts';
import { createdAt, moment, newId } from './columns.ts';

/** Links to saves as they were when they were shared: each refers to the object itself, which stays as long as one is good. */
export const saveShares = pgTable(
  'save_shares',
  {
    id: newId(),
    /** SHA-256 of the token, base64url. */
    tokenHash: text('token_hash').notNull(),
    /** Who shares it. */
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id),
    game: text('game')
      .notNull()
      .references(() => games.slug),
    buildVersion: text('build_version').notNull(),
    /** Bytes. */
    size: integer('size').notNull(),
    /** Lower-case hexadecimal. */
    sha256: text('sha256').notNull(),
    objectKey: text('object_key').notNull(),
    uses: integer('uses').notNull(),
    usesLeft: integer('uses_left').notNull(),
    createdAt: createdAt(),
    expiresAt: moment('expires_at').notNull(),
    revokedAt: moment('revoked_at'),
  },
  table => [
    unique('save_shares_token').on(table.tokenHash),
    index('save_shares_user').on(table.userId, table.id).where(sql`${table.revokedAt} is null`),
    index('save_shares_object').on(table.objectKey),
    index('save_shares_expiry').on(table.expiresAt),
    check('save_shares_uses', sql`${table.usesLeft} between 0 and ${table.uses}`),
  ],
);

/** Who has begun with a shared save: each player counts once. */
export const saveShareUses = pgTable(
  'save_share_uses',
  {
    shareId: uuid('share_id')
      .notNull()
      .references(() => saveShares.id, { onDelete: 'cascade' }),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    /** The copy, which may be gone by now. */
    saveId: uuid('save_id').notNull(),
    at: moment('at').notNull().defaultNow(),
  },
  table => [
    primaryKey({ columns: [table.shareId, table.userId] }),
    index('save_share_uses_user').on(table.userId),
  ],
);
