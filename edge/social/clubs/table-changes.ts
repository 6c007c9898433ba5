import { sql } from 'drizzle-orm';
import type { z } from 'zod';
import { seatsOfGame } from '#edge/catalog/seats.ts';
import type { IdempotentRequest } from '#edge/http/idempotency.ts';
import { type Database, violatedUnique } from '#edge/store/database.ts';
import { resultOfRequest } from '#edge/store/requests.ts';
import { clubStandings, clubs, clubTables, idempotencyKeys } from '#edge/store/schema.ts';
import type { changeTableRequestSchema, createTableRequestSchema } from '#shared/api/clubs.ts';
import { type ClubRole, MAX_CLUB_TABLES, type TablePayer } from '#shared/clubs.ts';
import { NearcadeError, wrongField } from '#shared/errors.ts';
import { requireRole } from './found.ts';
import { lockClub } from './locks.ts';

/** Nobody but the owner decides what the owner pays for. */
const rolesFor = (payer: TablePayer): ClubRole[] => (payer === 'owner' ? ['owner'] : ['owner', 'officer']);

/** Whether the club goes on and the actor has one of `roles`, as things are now. */
const isOneOf = (roles: readonly ClubRole[], clubId: string, actorId: string) => sql`exists (
  select 1 from ${clubs} as club join ${clubStandings} as actor on actor.club_id = club.id
  where club.id = ${clubId}::uuid and club.disbanded_at is null
    and actor.user_id = ${actorId}::uuid and actor.role in ${[...roles]})`;

/**
 * Sets up a table and answers its id; done twice, the first one's. Throws `game_not_found`, `invalid_request` (more seats than
 * the game has), `club_not_found`, `forbidden`, `club_table_number_taken`, `club_limit_reached` or `idempotency_key_reused`.
 */
export async function createTable(
  db: Database,
  clubId: string,
  table: z.output<typeof createTableRequestSchema>,
  idempotency: IdempotentRequest,
): Promise<string> {
  const seats = await seatsThatFit(db, table.game, table.seats);
  const roles = rolesFor(table.payer);
  const { userId, key, requestHash } = idempotency;
  try {
    const [, { rows }] = await db.batch([
      lockClub(db, clubId),
      db.execute<{ id: string }>(sql`
        with free as (
          select number from generate_series(1, ${MAX_CLUB_TABLES}::int) as number
          where not exists (
              select 1 from ${clubTables} as taken where taken.club_id = ${clubId}::uuid and taken.number = number.number)
            and number = coalesce(${table.number ?? null}::int, number)
            and ${isOneOf(roles, clubId, userId)}
          order by number limit 1
        ), first_time as (
          insert into ${idempotencyKeys} (user_id, key, request_hash, resource_id)
          select ${userId}::uuid, ${key}::text, ${requestHash}::text, uuidv7() from free
          on conflict do nothing
          returning resource_id
        )
        insert into ${clubTables} (id, club_id, number, game, seats, payer)
        select first_time.resource_id, ${clubId}::uuid, free.number, ${table.game}::text, ${seats}::int, ${table.payer}::text
        from first_time, free
        returning id`),
    ]);
    if (rows[0] !== undefined) return rows[0].id;
  } catch (error) {
    if (violatedUnique(error) !== 'club_tables_number_unique') throw error;
  }
  const earlier = await resultOfRequest(db, idempotency);
  if (earlier !== undefined) return earlier;
  await requireRole(db, clubId, userId, roles);
  if (table.number !== undefined) throw new NearcadeError('club_table_number_taken');
  throw new NearcadeError('club_limit_reached', `A club has ${MAX_CLUB_TABLES} tables at most`);
}

/** Throws as `createTable`, and `club_table_not_found`. */
export async function changeTable(
  db: Database,
  clubId: string,
  tableId: string,
  actorId: string,
  table: z.output<typeof changeTableRequestSchema>,
): Promise<void> {
  const seats = await seatsThatFit(db, table.game, table.seats);
  const roles = rolesFor(table.payer);
  const [, { rows }] = await db.batch([
    lockClub(db, clubId),
    db.execute(sql`
      update ${clubTables} set game = ${table.game}, seats = ${seats}, payer = ${table.payer}
      where id = ${tableId}::uuid and club_id = ${clubId}::uuid and ${isOneOf(roles, clubId, actorId)}
      returning 1`),
  ]);
  if (rows.length === 0) await refuse(db, clubId, actorId, roles);
}

/** Throws `club_not_found`, `forbidden` or `club_table_not_found`. */
export async function removeTable(
  db: Database,
  clubId: string,
  tableId: string,
  actorId: string,
): Promise<void> {
  const [, { rows }] = await db.batch([
    lockClub(db, clubId),
    db.execute(sql`
      delete from ${clubTables}
      where id = ${tableId}::uuid and club_id = ${clubId}::uuid and ${isOneOf(rolesFor('host'), clubId, actorId)}
      returning 1`),
  ]);
  if (rows.length === 0) await refuse(db, clubId, actorId, rolesFor('host'));
}

async function refuse(
  db: Database,
  clubId: string,
  actorId: string,
  roles: readonly ClubRole[],
): Promise<never> {
  await requireRole(db, clubId, actorId, roles);
  throw new NearcadeError('club_table_not_found');
}

async function seatsThatFit(db: Database, game: string, wanted: number | undefined): Promise<number> {
  const most = await seatsOfGame(db, game);
  if (wanted === undefined || wanted <= most) return wanted ?? most;
  throw wrongField('seats', `this game has ${most}`);
}
