import { type SQL, sql } from 'drizzle-orm';
import { z } from 'zod';
import { isReadableBy } from '#edge/catalog/playable.ts';
import type { Services } from '#edge/services.ts';
import { decodeCursor, toPage } from '#edge/store/cursor.ts';
import type { Database } from '#edge/store/database.ts';
import { saves } from '#edge/store/schema.ts';
import type { Page } from '#shared/api/page.ts';
import {
  DEFAULT_SAVE_SLOT,
  SAVE_DOWNLOAD_TTL_S,
  SAVE_SLOTS_MAX,
  type Save,
  type SaveLink,
} from '#shared/api/saves.ts';
import { NearcadeError } from '#shared/errors.ts';
import { SAVE_TABLE } from '#shared/lifecycles/saves.ts';
import { statesThatTake } from '#shared/state-machine.ts';
import { toLink } from './links.ts';
import { fileNameOf, type SaveRow, saveColumns, toSave } from './rows.ts';

const cursorSchema = z.tuple([z.uuid()]);

/** A player's good saves, of one game or of all, the newest first. */
export async function listSaves(
  db: Database,
  userId: string,
  { game, cursor, limit }: { game?: string | undefined; cursor?: string | undefined; limit: number },
): Promise<Page<Save>> {
  const before = decodeCursor(cursorSchema, cursor)?.[0] ?? null;
  const { rows } = await db.execute<SaveRow>(sql`
    select ${saveColumns} from ${saves} as save
    where save.user_id = ${userId}::uuid and save.state = 'good'
      and (${game ?? null}::text is null or save.game = ${game ?? null}::text)
      and (${before}::uuid is null or save.id < ${before}::uuid)
    order by save.id desc limit ${limit + 1}::int`);
  return toPage(rows.map(toSave), limit, save => [save.id]);
}

/** The newest good save that a player has of a game, whatever its slot; undefined when there is none. */
export async function newestSave(db: Database, userId: string, game: string): Promise<Save | undefined> {
  return (await listSaves(db, userId, { game, limit: 1 })).items[0];
}

/** Condition: there is a save that `session` (a row of sessions) goes on with elsewhere: its own, or what it began with. */
export const canGoOn = (session: SQL): SQL => sql`
  exists (
    select 1 from ${saves} as save
    where save.user_id = ${session}.owner_id and save.game = ${session}.game and save.slot = ${session}.save_slot
      and save.state = 'good' and (save.session_id = ${session}.id or save.id = ${session}.save_id
        or ${isReadableBy(sql`save.game`, sql`save.build_version`, sql`${session}.game_version`)}))`;

/** What a session is to begin with and be kept in. */
export interface SaveChoice {
  slot: string;
  /** Just this save. */
  id: string | null;
}

/**
 * What a player has chosen to begin with. Throws `save_not_found`, `save_of_other_game`, or `save_slots_full` for a new slot beyond the last.
 */
export async function chooseSave(
  db: Database,
  userId: string,
  game: string,
  { saveSlot, saveId }: { saveSlot?: string | undefined; saveId?: string | undefined },
): Promise<SaveChoice> {
  if (saveId !== undefined) {
    const { rows } = await db.execute<{ game: string; slot: string }>(sql`
      select game, slot from ${saves}
      where id = ${saveId}::uuid and user_id = ${userId}::uuid and state = 'good'`);
    const [save] = rows;
    if (save === undefined) throw new NearcadeError('save_not_found');
    if (save.game !== game) throw new NearcadeError('save_of_other_game');
    return { slot: save.slot, id: saveId };
  }
  if (saveSlot === undefined || saveSlot === DEFAULT_SAVE_SLOT) return { slot: DEFAULT_SAVE_SLOT, id: null };
  const { rows } = await db.execute<{ others: number }>(sql`
    select count(distinct slot)::int as others from ${saves}
    where user_id = ${userId}::uuid and game = ${game} and state = 'good' and slot <> ${saveSlot}`);
  if ((rows[0]?.others ?? 0) >= SAVE_SLOTS_MAX) {
    throw new NearcadeError('save_slots_full', `At most ${SAVE_SLOTS_MAX} slots a game`);
  }
  return { slot: saveSlot, id: null };
}

/** Throws `save_not_found`. */
export async function linkToSave(
  { db, objects }: Pick<Services, 'db' | 'objects'>,
  userId: string,
  saveId: string,
): Promise<SaveLink> {
  const { rows } = await db.execute<SaveRow>(sql`
    select ${saveColumns} from ${saves} as save
    where save.id = ${saveId}::uuid and save.user_id = ${userId}::uuid and save.state = 'good'`);
  const [save] = rows;
  if (save === undefined) throw new NearcadeError('save_not_found');
  return toLink(await objects.downloadLink(save.objectKey, fileNameOf(save), SAVE_DOWNLOAD_TTL_S));
}

/** Its object goes when the chores come by. Throws `save_not_found`. */
export async function deleteSave(db: Database, userId: string, saveId: string): Promise<void> {
  const { rows } = await db.execute(sql`
    update ${saves} set state = 'deleted', deleted_at = now()
    where id = ${saveId}::uuid and user_id = ${userId}::uuid and state = 'good' returning 1`);
  if (rows.length === 0) throw new NearcadeError('save_not_found');
}

/** A statement that deletes every save of the players whose ids the query `over` gives, for when their accounts go. */
export function deletionOfSaves(over: SQL): SQL {
  return sql`
    update ${saves} set state = 'deleted', deleted_at = now()
    where user_id in (${over}) and state in ${statesThatTake(SAVE_TABLE, 'delete')}`;
}
