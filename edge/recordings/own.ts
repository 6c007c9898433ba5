import { type SQL, sql } from 'drizzle-orm';
import { z } from 'zod';
import { toLink } from '#edge/saves/links.ts';
import type { Services } from '#edge/services.ts';
import { decodeCursor, toPage } from '#edge/store/cursor.ts';
import type { Database } from '#edge/store/database.ts';
import { games, recordings } from '#edge/store/schema.ts';
import type { Page } from '#shared/api/page.ts';
import { RECORDING_DOWNLOAD_TTL_S, type Recording } from '#shared/api/recordings.ts';
import type { SaveLink } from '#shared/api/saves.ts';
import { momentSchema } from '#shared/api/time.ts';
import { NearcadeError } from '#shared/errors.ts';

const cursorSchema = z.tuple([momentSchema, z.uuid()]);

const isShown = sql`recording.recorded_at is not null and recording.expires_at > now()`;

type Row = Omit<Recording, 'size'> & { size: string };

/** What a player has recorded, the newest first. */
export async function listRecordings(
  db: Database,
  userId: string,
  { cursor, limit }: { cursor?: string | undefined; limit: number },
): Promise<Page<Recording>> {
  const after = decodeCursor(cursorSchema, cursor);
  const at = sql`date_trunc('milliseconds', recording.recorded_at)`;
  const { rows } = await db.execute<Row>(sql`
    select recording.id, recording.game, game.title as "gameTitle", recording.media_type as "mediaType", recording.size,
      recording.seconds, recording.recorded_at as "recordedAt", recording.expires_at as "expiresAt"
    from ${recordings} as recording join ${games} as game on game.slug = recording.game
    where recording.user_id = ${userId}::uuid and ${isShown}
      and (${after?.[0] ?? null}::timestamptz is null
        or (${at}, recording.id) < (${after?.[0] ?? null}::timestamptz, ${after?.[1] ?? null}::uuid))
    order by ${at} desc, recording.id desc limit ${limit + 1}::int`);
  const items = rows.map(({ size, recordedAt, expiresAt, ...rest }) => ({
    ...rest,
    size: Number(size),
    recordedAt: new Date(recordedAt).toISOString(),
    expiresAt: new Date(expiresAt).toISOString(),
  }));
  return toPage(items, limit, ({ recordedAt, id }) => [recordedAt, id]);
}

/** Throws `not_found`. */
export async function linkToRecording(
  { db, objects }: Pick<Services, 'db' | 'objects'>,
  userId: string,
  id: string,
): Promise<SaveLink> {
  const { rows } = await db.execute<{ key: string; game: string; mediaType: string }>(sql`
    select object_key as key, game, media_type as "mediaType" from ${recordings} as recording
    where id = ${id}::uuid and user_id = ${userId}::uuid and ${isShown}`);
  const [row] = rows;
  if (row === undefined) throw new NearcadeError('not_found', 'No such recording');
  const name = `${row.game}-${id.slice(-8)}.${row.mediaType === 'video/mp4' ? 'mp4' : 'webm'}`;
  return toLink(await objects.downloadLink(row.key, name, RECORDING_DOWNLOAD_TTL_S));
}

/** Its object goes when the chores come by. Throws `not_found`. */
export async function deleteRecording(db: Database, userId: string, id: string): Promise<void> {
  const { rows } = await db.execute(sql`
    update ${recordings} as recording set expires_at = now()
    where id = ${id}::uuid and user_id = ${userId}::uuid and ${isShown} returning 1`);
  if (rows.length === 0) throw new NearcadeError('not_found', 'No such recording');
}

/** A statement that deletes every recording of the players whose ids the query `over` gives, for when their accounts go. */
export function deletionOfRecordings(over: SQL): SQL {
  return sql`update ${recordings} set expires_at = now() where user_id in (${over}) and expires_at > now()`;
}
