import { sql } from 'drizzle-orm';
import { boolean, check, integer, jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import { moment } from './columns.ts';

/** The catalogue, written from the manifests in games/. */
export const games = pgTable(
  'games',
  {
    slug: text('slug').primaryKey(),
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
    /** Not shown and not started when false; the row stays for the history. */
    published: boolean('published').notNull().default(true),
    updatedAt: moment('updated_at').notNull().defaultNow(),
  },
  table => [
    check('games_seats', sql`${table.seats} between 1 and 64`),
    check('games_pointer', sql`${table.pointer} in ('none', 'absolute', 'relative')`),
    check('games_price', sql`${table.price} >= 0 and ${table.priceUnit} in ('session', 'minute')`),
    check('games_picture', sql`${table.width} > 0 and ${table.height} > 0 and ${table.fps} > 0`),
  ],
);
