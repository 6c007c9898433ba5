import { sql } from 'drizzle-orm';
import { boolean, check, index, inet, integer, pgTable, text, unique, uuid } from 'drizzle-orm/pg-core';
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
    /** Plays at once, and can't sign in anywhere else until the account is claimed. */
    guest: boolean('guest').notNull().default(false),
    createdAt: createdAt(),
    bannedAt: moment('banned_at'),
    /** Null for a ban without end, and without a ban. */
    bannedUntil: moment('banned_until'),
    banReason: text('ban_reason'),
    /** The row stays for the history and the ledger, without anything personal. */
    deletedAt: moment('deleted_at'),
  },
  table => [
    unique('users_email_unique').on(table.email),
    check('users_role', sql`${table.role} in (${listOf(ROLES_OF_ACCOUNTS)})`),
    // By prefix, for people who look for a player: the default operator class can't in every collation.
    index('users_email_prefix').using('btree', table.email.op('text_pattern_ops')),
    index('users_name_prefix').using('btree', sql`lower(${table.displayName}) text_pattern_ops`),
    index('users_created').on(table.createdAt),
    // Guests whose only device is gone are looked for by age.
    index('users_guests').on(table.createdAt).where(sql`${table.guest}`),
    // Those that were deleted lately are looked after.
    index('users_deleted_at').on(table.deletedAt).where(sql`${table.deletedAt} is not null`),
    check('users_email_lower', sql`${table.email} = lower(${table.email})`),
    check(
      'users_guest',
      sql`not ${table.guest} or (${table.email} is null and ${table.passwordHash} is null)`,
    ),
    check('users_ban', sql`(${table.bannedAt} is null) = (${table.banReason} is null)`),
    check('users_ban_end', sql`${table.bannedUntil} is null or ${table.bannedAt} is not null`),
    check(
      'users_deleted',
      sql`${table.deletedAt} is null or (${table.email} is null and ${table.passwordHash} is null)`,
    ),
  ],
);

export const SIGN_IN_END_REASONS = [
  'logout',
  /** By its player, from another device. */
  'ended_elsewhere',
  'refresh_reused',
  'password_changed',
  'password_reset',
  'account_deleted',
  'banned',
  /** Signed out by an operator. */
  'operator',
] as const;
export type SignInEndReason = (typeof SIGN_IN_END_REASONS)[number];

/** One sign-in on one device: the family of refresh tokens that came from it. */
export const signIns = pgTable(
  'sign_ins',
  {
    id: newId(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    /** SHA-256 of the device's cookie, base64url: it has signed in before, see accounts/lock-out.ts. */
    deviceHash: text('device_hash'),
    /** For people: "Firefox on Linux". */
    deviceName: text('device_name').notNull().default('Unknown device'),
    createdAt: createdAt(),
    lastUsedAt: moment('last_used_at').notNull().defaultNow(),
    /** Where it was last seen, at a sign-in, a refresh or a live connection; null where the network does not say. */
    address: inet('address'),
    /** The platform (PLATFORM_NAME) that it was last seen at: whose lists and modes hold for it. */
    platform: text('platform'),
    /** When its player last showed who they are, by password, passkey or another service. */
    provedAt: moment('proved_at').notNull().defaultNow(),
    endedAt: moment('ended_at'),
    endReason: text('end_reason').$type<SignInEndReason>(),
  },
  table => [
    index('sign_ins_user').on(table.userId),
    // Who may be here now, for when the lists change: platform/turn-out.ts.
    index('sign_ins_recent').on(table.lastUsedAt).where(sql`${table.endedAt} is null`),
    check('sign_ins_end', sql`(${table.endedAt} is null) = (${table.endReason} is null)`),
    check('sign_ins_end_reason', sql`${table.endReason} in (${listOf(SIGN_IN_END_REASONS)})`),
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

export const ACCOUNT_LINK_PURPOSES = ['verify_email', 'reset_password', 'change_email'] as const;
export type AccountLinkPurpose = (typeof ACCOUNT_LINK_PURPOSES)[number];

/** A link that was mailed to somebody: works once, and proves that they read that address. */
export const accountLinks = pgTable(
  'account_links',
  {
    /** SHA-256 of its token, base64url. */
    tokenHash: text('token_hash').primaryKey(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    purpose: text('purpose').$type<AccountLinkPurpose>().notNull(),
    /** Where it was sent. */
    email: text('email').notNull(),
    createdAt: createdAt(),
    expiresAt: moment('expires_at').notNull(),
    /** When it was followed, or made void by another. */
    usedAt: moment('used_at'),
  },
  table => [
    index('account_links_user').on(table.userId, table.createdAt),
    index('account_links_expiry').on(table.expiresAt),
    check('account_links_purpose', sql`${table.purpose} in (${listOf(ACCOUNT_LINK_PURPOSES)})`),
  ],
);

/** Wrong passwords in a row, see accounts/lock-out.ts. Names no user: an unknown e-mail address is locked in the same way. */
export const signInLocks = pgTable(
  'sign_in_locks',
  {
    /** What is counted: `guarded`, followed by the device that it is counted apart for, if any. */
    subject: text('subject').primaryKey(),
    /** SHA-256, base64url, of an e-mail address, a user's id or a client's address. */
    guarded: text('guarded').notNull(),
    failures: integer('failures').notNull(),
    lastTryAt: moment('last_try_at').notNull().defaultNow(),
    lockedUntil: moment('locked_until'),
  },
  table => [
    index('sign_in_locks_guarded').on(table.guarded),
    index('sign_in_locks_age').on(table.lastTryAt),
    check('sign_in_locks_failures', sql`${table.failures} >= 0`),
  ],
);
