import { sql } from 'drizzle-orm';
import { check, index, pgTable, text, unique, uuid } from 'drizzle-orm/pg-core';
import { type AccountRole, ROLES_OF_ACCOUNTS } from '../../../shared/roles.ts';
import { createdAt, listOf, moment, newId } from './columns.ts';

export const users = pgTable(
  'users',
  {
    id: newId(),
    /** Lower case. Null for guests, for accounts of another sign-in service that tells none, and for deleted accounts. */
    email: text('email'),
    emailVerifiedAt: moment('email_verified_at'),
    displayName: text('display_name').notNull(),
    /** scrypt$N$r$p$salt$hash, see accounts/passwords.ts. Null: no password was set. */
    passwordHash: text('password_hash'),
    role: text('role').$type<AccountRole>().notNull().default('player'),
    createdAt: createdAt(),
    /** The row stays for the history and the ledger, without anything personal. */
    deletedAt: moment('deleted_at'),
  },
  table => [
    unique('users_email_unique').on(table.email),
    check('users_role', sql`${table.role} in (${listOf(ROLES_OF_ACCOUNTS)})`),
    check('users_email_lower', sql`${table.email} = lower(${table.email})`),
  ],
);

/** One sign-in on one device: the family of refresh tokens that came from it. */
export const signIns = pgTable(
  'sign_ins',
  {
    id: newId(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    createdAt: createdAt(),
    endedAt: moment('ended_at'),
    endReason: text('end_reason').$type<'logout' | 'refresh_reused'>(),
  },
  table => [
    index('sign_ins_user').on(table.userId),
    check('sign_ins_end', sql`(${table.endedAt} is null) = (${table.endReason} is null)`),
    check('sign_ins_end_reason', sql`${table.endReason} in ('logout', 'refresh_reused')`),
  ],
);

export const refreshTokens = pgTable(
  'refresh_tokens',
  {
    /** SHA-256 of the token, base64url. */
    tokenHash: text('token_hash').primaryKey(),
    signInId: uuid('sign_in_id')
      .notNull()
      .references(() => signIns.id, { onDelete: 'cascade' }),
    /** The token that was exchanged for this one; null for the first of a sign-in. */
    parentHash: text('parent_hash'),
    createdAt: createdAt(),
    expiresAt: moment('expires_at').notNull(),
    /** When it was exchanged, or retired because its sibling was. */
    rotatedAt: moment('rotated_at'),
  },
  table => [
    index('refresh_tokens_sign_in').on(table.signInId),
    index('refresh_tokens_parent').on(table.parentHash),
    index('refresh_tokens_expiry').on(table.expiresAt),
  ],
);
