import { sql } from 'drizzle-orm';
import {
  check,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import {
  CLUB_ROLES,
  CLUB_STANDINGS,
  type ClubRole,
  type ClubStanding,
  MAX_CLUB_MEMBERS,
  MAX_CLUB_TABLES,
  TABLE_PAYERS,
  type TablePayer,
} from '../../../shared/clubs.ts';
import { users } from './accounts.ts';
import { games } from './catalog.ts';
import { createdAt, listOf, moment, newId } from './columns.ts';

export const clubs = pgTable(
  'clubs',
  {
    id: newId(),
    /** Seven digits, said over the phone; a room's number has six. Never given out again. */
    number: text('number').notNull(),
    name: text('name').notNull(),
    notice: text('notice').notNull().default(''),
    memberLimit: integer('member_limit').notNull(),
    createdAt: createdAt(),
    /** Nobody is its member any more; the row stays for what refers to it. */
    disbandedAt: moment('disbanded_at'),
  },
  table => [
    unique('clubs_number_unique').on(table.number),
    index('clubs_name')
      .on(sql`lower(${table.name}) text_pattern_ops`, table.id)
      .where(sql`${table.disbandedAt} is null`),
    check('clubs_number', sql`${table.number} ~ '^[1-9][0-9]{6}$'`),
    check('clubs_member_limit', sql`${table.memberLimit} between 1 and ${sql.raw(String(MAX_CLUB_MEMBERS))}`),
  ],
);

/** How each player stands with each club that they have had to do with. Members alone have a role. */
export const clubStandings = pgTable(
  'club_standings',
  {
    clubId: uuid('club_id')
      .notNull()
      .references(() => clubs.id, { onDelete: 'cascade' }),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    standing: text('standing').$type<ClubStanding>().notNull(),
    role: text('role').$type<ClubRole>(),
    /** What the applicant wrote, while they wait for an answer. */
    message: text('message').notNull().default(''),
    /** When the standing last changed. */
    since: moment('since').notNull().defaultNow(),
    /** Who changed it: the player, an officer, or who made the invite link. */
    changedBy: uuid('changed_by').references(() => users.id, { onDelete: 'set null' }),
  },
  table => [
    primaryKey({ columns: [table.clubId, table.userId] }),
    uniqueIndex('club_standings_one_owner').on(table.clubId).where(sql`${table.role} = 'owner'`),
    index('club_standings_by_standing').on(table.clubId, table.standing, table.since, table.userId),
    index('club_standings_of_user').on(table.userId, table.standing),
    check('club_standings_standing', sql`${table.standing} in (${listOf(CLUB_STANDINGS)})`),
    check('club_standings_role', sql`${table.role} in (${listOf(CLUB_ROLES)})`),
    check(
      'club_standings_role_of_members',
      sql`(${table.standing} = 'member') = (${table.role} is not null)`,
    ),
  ],
);

/** A club's numbered tables. Who sits down at one plays in its session; edge/play groups by `table:<id>`. */
export const clubTables = pgTable(
  'club_tables',
  {
    id: newId(),
    clubId: uuid('club_id')
      .notNull()
      .references(() => clubs.id, { onDelete: 'cascade' }),
    number: integer('number').notNull(),
    game: text('game')
      .notNull()
      .references(() => games.slug),
    /** Those that members play on; at most as many as the game has. */
    seats: integer('seats').notNull(),
    payer: text('payer').$type<TablePayer>().notNull(),
    createdAt: createdAt(),
  },
  table => [
    unique('club_tables_number_unique').on(table.clubId, table.number),
    index('club_tables_game').on(table.game),
    check('club_tables_number', sql`${table.number} between 1 and ${sql.raw(String(MAX_CLUB_TABLES))}`),
    check('club_tables_seats', sql`${table.seats} between 1 and 64`),
    check('club_tables_payer', sql`${table.payer} in (${listOf(TABLE_PAYERS)})`),
  ],
);
