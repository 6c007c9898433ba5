import { sql } from 'drizzle-orm';
import { check, index, integer, pgTable, primaryKey, text, unique, uuid } from 'drizzle-orm/pg-core';
import { ROLES, type Role } from '../../../shared/ticket.ts';
import { users } from './accounts.ts';
import { clubs } from './clubs.ts';
import { createdAt, listOf, moment, newId } from './columns.ts';
import { parties } from './parties.ts';
import { sessions } from './play.ts';

/** Links into a session, a party or a club: each into one of them. */
export const inviteLinks = pgTable(
  'invite_links',
  {
    id: newId(),
    /** SHA-256 of the token, base64url. */
    tokenHash: text('token_hash').notNull(),
    sessionId: uuid('session_id').references(() => sessions.id, { onDelete: 'cascade' }),
    partyId: uuid('party_id').references(() => parties.id, { onDelete: 'cascade' }),
    clubId: uuid('club_id').references(() => clubs.id, { onDelete: 'cascade' }),
    /** As what a session is joined. */
    role: text('role').$type<Role>().notNull(),
    creatorId: uuid('creator_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    uses: integer('uses').notNull(),
    usesLeft: integer('uses_left').notNull(),
    createdAt: createdAt(),
    expiresAt: moment('expires_at').notNull(),
    revokedAt: moment('revoked_at'),
  },
  table => [
    unique('invite_links_token_unique').on(table.tokenHash),
    index('invite_links_creator').on(table.creatorId, table.id).where(sql`${table.revokedAt} is null`),
    index('invite_links_expiry').on(table.expiresAt),
    index('invite_links_session').on(table.sessionId),
    index('invite_links_party').on(table.partyId),
    index('invite_links_club').on(table.clubId),
    check(
      'invite_links_target',
      sql`num_nonnulls(${table.sessionId}, ${table.partyId}, ${table.clubId}) = 1`,
    ),
    check('invite_links_role', sql`${table.role} in (${listOf(ROLES)})`),
    check('invite_links_uses', sql`${table.usesLeft} between 0 and ${table.uses}`),
  ],
);

/** Who came by a link: each player uses it up once, however often they come. */
export const inviteUses = pgTable(
  'invite_uses',
  {
    inviteId: uuid('invite_id')
      .notNull()
      .references(() => inviteLinks.id, { onDelete: 'cascade' }),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    at: moment('at').notNull().defaultNow(),
  },
  table => [
    primaryKey({ columns: [table.inviteId, table.userId] }),
    index('invite_uses_user').on(table.userId),
  ],
);
