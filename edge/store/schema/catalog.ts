import { sql } from 'drizzle-orm';
import {
  boolean,
  check,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import {
  BUILD_STATES,
  type BuildState,
  CHANNELS,
  type Channel,
  RELEASE_END_REASONS,
  type ReleaseEndReason,
} from '../../../shared/lifecycles/builds.ts';
import type { GameManifest } from '../../../shared/manifest.ts';
import { users } from './accounts.ts';
import { createdAt, listOf, moment, newId } from './columns.ts';

/**
 * Games. From `title` to `price_unit` what the stable channel's build says, or the newest that it had; before there was one,
 * the first build.
 */
export const games = pgTable(
  'games',
  {
    slug: text('slug').primaryKey(),
    /** The developer who registered it; null for the platform's own games. */
    ownerId: uuid('owner_id').references(() => users.id),
    title: text('title').notNull(),
    summary: text('summary').notNull(),
    description: text('description').notNull(),
    version: text('version').notNull(),
    seats: integer('seats').notNull(),
    width: integer('width').notNull(),
    height: integer('height').notNull(),
    fps: integer('fps').notNull(),
    pointer: text('pointer').$type<'none' | 'absolute' | 'relative'>().notNull(),
    cover: text('cover').notNull(),
    accent: text('accent').notNull(),
    controls: jsonb('controls').$type<string[]>().notNull(),
    /** Credits that the host pays, for a session or for each minute begun. */
    price: integer('price').notNull().default(0),
    priceUnit: text('price_unit').$type<'session' | 'minute'>().notNull().default('session'),
    /** Whether the stable channel has a build. Not shown and not started there when false; the row stays for the history. */
    published: boolean('published').notNull().default(true),
    updatedAt: moment('updated_at').notNull().defaultNow(),
  },
  table => [
    index('games_owner').on(table.ownerId),
    check('games_seats', sql`${table.seats} between 1 and 64`),
    check('games_pointer', sql`${table.pointer} in ('none', 'absolute', 'relative')`),
    check('games_price', sql`${table.price} >= 0 and ${table.priceUnit} in ('session', 'minute')`),
    check('games_picture', sql`${table.width} > 0 and ${table.height} > 0 and ${table.fps} > 0`),
  ],
);

/** A version of a game. Its manifest does not change once it was published. */
export const gameBuilds = pgTable(
  'game_builds',
  {
    id: newId(),
    game: text('game')
      .notNull()
      .references(() => games.slug),
    version: text('version').notNull(),
    status: text('status').$type<BuildState>().notNull().default('draft'),
    /** As parsed: with every default filled in. What follows is taken from it, for queries. */
    manifest: jsonb('manifest').$type<GameManifest>().notNull(),
    seats: integer('seats').notNull(),
    price: integer('price').notNull(),
    priceUnit: text('price_unit').$type<'session' | 'minute'>().notNull(),
    /** Where it may be played; empty: everywhere. */
    regions: text('regions').array().notNull().default(sql`'{}'`),
    /** Who uploaded it; null for what came with the platform. */
    uploadedBy: uuid('uploaded_by').references(() => users.id),
    createdAt: createdAt(),
    publishedAt: moment('published_at'),
    retiredAt: moment('retired_at'),
  },
  table => [
    unique('game_builds_version').on(table.game, table.version),
    check('game_builds_status', sql`${table.status} in (${listOf(BUILD_STATES)})`),
    check('game_builds_seats', sql`${table.seats} between 1 and 64`),
    check('game_builds_price', sql`${table.price} >= 0 and ${table.priceUnit} in ('session', 'minute')`),
    check('game_builds_published', sql`${table.status} <> 'published' or ${table.publishedAt} is not null`),
    check('game_builds_retired', sql`(${table.status} = 'retired') = (${table.retiredAt} is not null)`),
  ],
);

/** Which build a channel of a game shows, and has shown. */
export const gameReleases = pgTable(
  'game_releases',
  {
    id: newId(),
    game: text('game').notNull(),
    channel: text('channel').$type<Channel>().notNull(),
    version: text('version').notNull(),
    /** Null for what came with the platform. */
    releasedBy: uuid('released_by').references(() => users.id),
    releasedAt: moment('released_at').notNull().defaultNow(),
    endedAt: moment('ended_at'),
    endReason: text('end_reason').$type<ReleaseEndReason>(),
  },
  table => [
    foreignKey({
      name: 'game_releases_build',
      columns: [table.game, table.version],
      foreignColumns: [gameBuilds.game, gameBuilds.version],
    }),
    uniqueIndex('game_releases_current').on(table.channel, table.game).where(sql`${table.endedAt} is null`),
    index('game_releases_history').on(table.game, table.channel, table.releasedAt),
    check('game_releases_channel', sql`${table.channel} in (${listOf(CHANNELS)})`),
    check('game_releases_end', sql`(${table.endedAt} is null) = (${table.endReason} is null)`),
    check('game_releases_end_reason', sql`${table.endReason} in (${listOf(RELEASE_END_REASONS)})`),
  ],
);
