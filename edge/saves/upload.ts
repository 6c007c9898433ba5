import { type SQL, sql } from 'drizzle-orm';
import { isReadableBy } from '#edge/catalog/playable.ts';
import { type Holding, heldSession, sessionHeldBefore } from '#edge/play/held-session.ts';
import type { Services } from '#edge/services.ts';
import type { Database } from '#edge/store/database.ts';
import { saves } from '#edge/store/schema.ts';
import {
  type BeginSaveRequest,
  RECOVERED_SAVE_SLOT,
  SAVE_AFTER_END_S,
  SAVE_BUILDS_KEPT,
  SAVE_DOWNLOAD_TTL_S,
  SAVE_LATE_S,
  SAVE_SLOTS_MAX,
  SAVE_UPLOAD_TTL_S,
  SAVE_UPLOADS_MAX,
  SAVES_TOTAL_MAX_BYTES,
  type Save,
  type SaveLink,
} from '#shared/api/saves.ts';
import { NearcadeError } from '#shared/errors.ts';
import { SAVE_TABLE } from '#shared/lifecycles/saves.ts';
import { statesThatTake } from '#shared/state-machine.ts';
import { toLink } from './links.ts';
import { fileNameOf, type SaveRow, saveColumns, toSave } from './rows.ts';

type Stores = Pick<Services, 'db' | 'objects'>;

type Begun = {
  held: boolean;
  /** Whether the player has a save of these bytes. */
  same: boolean;
  slots: boolean;
  bytes: boolean;
  id: string | null;
  key: string | null;
};

/**
 * Takes note of a save that a node wants to put up, within the limits of the session's host, and says where to: nowhere, when the
 * player has a save of those bytes already. Throws
 * `session_not_held`, `save_slots_full`, `saves_full` or `save_uploads_full`.
 */
export async function beginSave(
  { db, objects }: Stores,
  holding: Holding,
  { slot, size, sha256 }: Pick<BeginSaveRequest, 'slot' | 'size' | 'sha256'>,
): Promise<{ saveId: string; upload: SaveLink | null }> {
  const [, { rows }] = await db.batch([
    lockSavesOf(db, holding),
    db.execute<Begun>(sql`
      with held as (${heldBefore(holding)}
      ), session as (
        select id, owner_id, game, game_version, coalesce(late_slot, ${slot ?? null}::text, save_slot) as save_slot from held
      ), same as (
        -- Locked, so that it is not deleted before it is referred to.
        select save.object_key from ${saves} as save, session
        where save.user_id = session.owner_id and save.state = 'good' and save.sha256 = ${sha256} and save.size = ${size}::int
        limit 1 for share of save
      ), other as (
        select save.* from ${saves} as save, session
        where save.user_id = session.owner_id
          and (save.state = 'good' or (save.state = 'uploading' and save.upload_expires_at > now()))
      ), room as (
        -- The good save of this slot and build goes when the new one is complete: it takes no room.
        select
          (select count(distinct other.slot) from other, session
            where other.game = session.game and other.slot <> session.save_slot) < ${SAVE_SLOTS_MAX}::int as slots,
          (select coalesce(sum(other.size), 0) from other, session
            where not (other.state = 'good' and other.game = session.game and other.slot = session.save_slot
              and other.build_version = session.game_version))
            + ${size}::bigint <= ${SAVES_TOTAL_MAX_BYTES}::bigint as bytes,
          (select count(*) from other where state = 'uploading') < ${SAVE_UPLOADS_MAX}::int as uploads
      ), fresh as (
        select uuidv7() as id
      ), made as (
        insert into ${saves} (id, user_id, game, slot, build_version, session_id, epoch, size, sha256, object_key,
          upload_expires_at)
        select fresh.id, session.owner_id, session.game, session.save_slot, session.game_version, session.id,
          ${holding.epoch}::bigint, ${size}::int, ${sha256}::text,
          coalesce((select object_key from same), concat_ws('/', 'saves', session.owner_id, session.game, fresh.id)),
          now() + make_interval(secs => ${SAVE_UPLOAD_TTL_S}::float8)
        from fresh, session, room where room.slots and room.bytes and room.uploads
        returning id, object_key
      )
      select exists (select 1 from session) as held, exists (select 1 from same) as same, room.slots, room.bytes, made.id,
        made.object_key as key
      from room left join made on true`),
  ]);
  const [row] = rows;
  if (row === undefined || !row.held) throw new NearcadeError('session_not_held');
  if (row.id !== null && row.key !== null) {
    const there = row.same ? await objects.stat(row.key) : undefined;
    if (there?.size === size && there.sha256 === sha256) return { saveId: row.id, upload: null };
    const upload = await objects.uploadLink(row.key, { size, sha256 }, SAVE_UPLOAD_TTL_S);
    return { saveId: row.id, upload: toLink(upload) };
  }
  if (!row.slots) throw new NearcadeError('save_slots_full', `At most ${SAVE_SLOTS_MAX} slots a game`);
  if (!row.bytes) throw new NearcadeError('saves_full', `At most ${SAVES_TOTAL_MAX_BYTES} bytes of saves`);
  throw new NearcadeError('save_uploads_full');
}

/**
 * Makes an upload the good save of its slot and build, once what was announced lies there. Of two uploads the one that was begun later
 * counts, whichever is complete first. Throws `session_not_held`, `save_not_found`, `save_upload_over`, `save_incomplete`.
 */
export async function completeSave({ db, objects }: Stores, holding: Holding, saveId: string): Promise<Save> {
  const before = await findOfSession(db, holding, saveId);
  if (before.state === 'good') return toSave(before);
  if (before.state === 'deleted') throw new NearcadeError('save_upload_over');
  const there = await objects.stat(before.objectKey);
  if (there?.size !== before.size || there.sha256 !== before.sha256) {
    throw new NearcadeError('save_incomplete', undefined, {
      details: { announced: { size: before.size, sha256: before.sha256 }, there: there ?? null },
    });
  }
  const counts = sql`exists (select 1 from ${saves} as upload
    where upload.id = ${saveId}::uuid and upload.state in ${statesThatTake(SAVE_TABLE, 'complete')})
    and exists (${heldBefore(holding)})`;
  const sameSlot = sql`(save.user_id, save.game, save.slot) = (
    select user_id, game, slot from ${saves} where id = ${saveId}::uuid)`;
  const sameBuild = sql`${sameSlot} and save.build_version = (
    select build_version from ${saves} where id = ${saveId}::uuid)`;
  const [, , , , { rows }] = await db.batch([
    lockSavesOf(db, holding),
    db.execute(sql`
      update ${saves} as save set state = 'deleted', deleted_at = now()
      where ${sameBuild} and save.state = 'good' and save.id < ${saveId}::uuid and ${counts}`),
    db.execute(sql`
      update ${saves} as save set
        state = case when newer.found then 'deleted' else 'good' end,
        saved_at = case when newer.found then null else now() end,
        deleted_at = case when newer.found then now() end
      from (select exists (select 1 from ${saves} as save
        where ${sameBuild} and save.state = 'good') as found) as newer
      where save.id = ${saveId}::uuid and ${counts}`),
    db.execute(sql`
      update ${saves} as save set state = 'deleted', deleted_at = now()
      where save.id in (
        select save.id from ${saves} as save where ${sameSlot} and save.state = 'good'
        order by save.id desc offset ${SAVE_BUILDS_KEPT}::int)`),
    db.execute<SaveRow>(sql`select ${saveColumns} from ${saves} as save where save.id = ${saveId}::uuid`),
  ]);
  const [after] = rows;
  if (after?.state === 'good') return toSave(after);
  throw new NearcadeError(after?.state === 'deleted' ? 'save_upload_over' : 'session_not_held');
}

/**
 * What a session that a node holds begins with, and a link to it: what it has saved itself (it comes from another node); else the
 * save that its owner has asked for; else the newest in its slot of this build or an older one. Throws `session_not_held`.
 */
export async function saveForNode(
  { db, objects }: Stores,
  holding: Holding,
): Promise<(Save & { download: SaveLink }) | null> {
  const { rows } = await db.execute<{ [K in keyof SaveRow]: SaveRow[K] | null }>(sql`
    with session as (${held(holding)})
    select ${saveColumns} from session
    left join lateral (
      select save.*, coalesce(save.session_id = session.id, false) as is_own, save.id = session.save_id as is_asked_for
      from ${saves} as save
      where save.user_id = session.owner_id and save.game = session.game and save.slot = session.save_slot
        and save.state = 'good'
        and (save.session_id = session.id or save.id = session.save_id
          or ${isReadableBy(sql`save.game`, sql`save.build_version`, sql`session.game_version`)})
      order by is_own desc, is_asked_for desc nulls last, save.id desc limit 1
    ) as save on true`);
  const [row] = rows;
  if (row === undefined) throw new NearcadeError('session_not_held');
  if (row.id === null) return null;
  const save = row as SaveRow;
  const link = await objects.downloadLink(save.objectKey, fileNameOf(save), SAVE_DOWNLOAD_TTL_S);
  return { ...toSave(save), download: toLink(link) };
}

/** The save that this node began for this session and epoch, whatever became of it. */
async function findOfSession(db: Database, holding: Holding, saveId: string): Promise<SaveRow> {
  const { rows } = await db.execute<{ [K in keyof SaveRow]: SaveRow[K] | null }>(sql`
    with session as (${heldBefore(holding)})
    select ${saveColumns} from session
    left join ${saves} as save
      on save.id = ${saveId}::uuid and save.session_id = session.id and save.epoch = ${holding.epoch}::bigint`);
  const [row] = rows;
  if (row === undefined) throw new NearcadeError('session_not_held');
  if (row.id === null) throw new NearcadeError('save_not_found');
  return row as SaveRow;
}

const held = (holding: Holding): SQL => heldSession(holding, SAVE_AFTER_END_S);

/** Also one that this node lost or could not put up in time. */
const heldBefore = (holding: Holding): SQL =>
  sessionHeldBefore(holding, SAVE_AFTER_END_S, SAVE_LATE_S, RECOVERED_SAVE_SLOT);

/** Uploads for one player take turns, so that the limits hold and a slot has one good save. */
function lockSavesOf(db: Database, holding: Holding) {
  return db.execute(sql`
    select pg_advisory_xact_lock(hashtextextended('saves:' || session.owner_id::text, 0))
    from (${heldBefore(holding)}) as session`);
}
