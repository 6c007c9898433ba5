import { type SQL, sql } from 'drizzle-orm';
import { type Holding, sessionHeldBefore } from '#edge/play/held-session.ts';
import { toLink } from '#edge/saves/links.ts';
import type { Services } from '#edge/services.ts';
import { recordings, sessionMembers } from '#edge/store/schema.ts';
import {
  type BeginRecording,
  RECORDING_KEEP_S,
  RECORDING_LATE_S,
  RECORDING_UPLOAD_TTL_S,
  RECORDINGS_TOTAL_MAX_BYTES,
} from '#shared/api/recordings.ts';
import type { SaveLink } from '#shared/api/saves.ts';
import { NearcadeError, wrongField } from '#shared/errors.ts';

type Stores = Pick<Services, 'db' | 'objects'>;

/** Seconds after its link ended in which an upload that had begun may still arrive. */
const LATE_UPLOAD_S = 3600;

/**
 * Takes note of a recording that a node wants to put up for somebody who was in the session, and says where to; nowhere when it is there
 * already. Throws `session_not_held`, `recordings_full`, or `invalid_request` for an id that is another recording's.
 */
export async function beginRecording(
  { db, objects }: Stores,
  holding: Holding,
  { id, userId, mediaType, size, seconds, sha256 }: Omit<BeginRecording, 'sessionId' | 'epoch'>,
): Promise<{ upload: SaveLink | null }> {
  const key = `recordings/${userId}/${id}`;
  const [, { rows }] = await db.batch([
    db.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`recordings:${userId}`}, 0))`),
    db.execute<{ held: boolean; room: boolean; made: boolean; done: boolean | null }>(sql`
      with session as (
        select held.id, held.game from (${heldBefore(holding)}) as held
        where held.owner_id = ${userId}::uuid or exists (
          select 1 from ${sessionMembers} as member where member.session_id = held.id and member.user_id = ${userId}::uuid)
      ), room as (
        select coalesce(sum(other.size), 0) + ${size}::bigint <= ${RECORDINGS_TOTAL_MAX_BYTES}::bigint as is_there
        from ${recordings} as other
        where other.user_id = ${userId}::uuid and other.expires_at > now() and other.id <> ${id}::uuid
      ), made as (
        insert into ${recordings} as recording (id, user_id, game, session_id, media_type, size, seconds, sha256, object_key,
          upload_expires_at, expires_at)
        select ${id}::uuid, ${userId}::uuid, session.game, session.id, ${mediaType}::text, ${size}::bigint, ${seconds}::float8,
          ${sha256}::text, ${key}::text, now() + make_interval(secs => ${RECORDING_UPLOAD_TTL_S}::float8),
          now() + make_interval(secs => ${RECORDING_UPLOAD_TTL_S + LATE_UPLOAD_S}::float8)
        from session, room where room.is_there
        on conflict (id) do update set
          upload_expires_at = excluded.upload_expires_at,
          expires_at = greatest(recording.expires_at, excluded.expires_at)
        where recording.session_id = excluded.session_id and recording.user_id = excluded.user_id
          and recording.sha256 = excluded.sha256
        returning recorded_at
      )
      select exists (select 1 from session) as held, room.is_there as room, exists (select 1 from made) as made,
        (select recorded_at is not null from made) as done
      from room`),
  ]);
  const [row] = rows;
  if (row === undefined || !row.held) throw new NearcadeError('session_not_held');
  if (!row.room) {
    throw new NearcadeError('recordings_full', `At most ${RECORDINGS_TOTAL_MAX_BYTES} bytes of recordings`);
  }
  if (!row.made) throw wrongField('id', 'is another recording’s');
  if (row.done === true) return { upload: null };
  return { upload: toLink(await objects.uploadLink(key, { size, sha256 }, RECORDING_UPLOAD_TTL_S)) };
}

/** Shows a recording to its host once what was announced lies there. Throws `session_not_held`, `not_found` or `recording_incomplete`. */
export async function completeRecording(
  { db, objects }: Stores,
  holding: Holding,
  id: string,
): Promise<void> {
  const { rows } = await db.execute<{ key: string | null; size: string; sha256: string; done: boolean }>(sql`
    select recording.object_key as key, recording.size, recording.sha256, recording.recorded_at is not null as done
    from (${heldBefore(holding)}) as held
    left join ${recordings} as recording on recording.id = ${id}::uuid and recording.session_id = held.id
      and recording.expires_at > now()`);
  const [row] = rows;
  if (row === undefined) throw new NearcadeError('session_not_held');
  if (row.key === null) throw new NearcadeError('not_found', 'No such recording');
  if (row.done) return;
  const there = await objects.stat(row.key);
  if (there?.size !== Number(row.size) || there.sha256 !== row.sha256) {
    throw new NearcadeError('recording_incomplete');
  }
  await db.execute(sql`
    update ${recordings} set recorded_at = now(), expires_at = now() + make_interval(secs => ${RECORDING_KEEP_S}::float8)
    where id = ${id}::uuid and recorded_at is null and expires_at > now()`);
}

const heldBefore = (holding: Holding): SQL => sessionHeldBefore(holding, 0, RECORDING_LATE_S, '');
