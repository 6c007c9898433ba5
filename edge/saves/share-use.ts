import { sql } from 'drizzle-orm';
import { hashSecret } from '#edge/http/secrets.ts';
import type { Services } from '#edge/services.ts';
import type { Database } from '#edge/store/database.ts';
import { games, saveShares, saveShareUses, saves, users } from '#edge/store/schema.ts';
import type { SaveSharePreview } from '#shared/api/save-shares.ts';
import { SAVE_SLOTS_MAX, SAVES_TOTAL_MAX_BYTES, type Save } from '#shared/api/saves.ts';
import { NearcadeError } from '#shared/errors.ts';
import { type SaveRow, saveColumns, toSave } from './rows.ts';
import { isGoodShare } from './shares.ts';

/** Slots that copies go to, the first that is free. */
const SLOTS = Array.from({ length: SAVE_SLOTS_MAX }, (_, index) =>
  index === 0 ? 'moment' : `moment-${index + 1}`,
);

/** What a link is of. Throws `save_share_invalid`. */
export async function previewShare(db: Database, token: string): Promise<SaveSharePreview> {
  const { rows } = await db.execute<{
    game: string;
    title: string;
    userId: string;
    displayName: string;
    createdAt: string;
    expiresAt: string;
  }>(sql`
    select share.game, game.title, sharer.id as "userId", sharer.display_name as "displayName",
      share.created_at as "createdAt", share.expires_at as "expiresAt"
    from ${saveShares} as share join ${games} as game on game.slug = share.game
      join ${users} as sharer on sharer.id = share.user_id
    where share.token_hash = ${hashSecret(token)} and ${isGoodShare(sql`share`)}`);
  const [row] = rows;
  if (row === undefined) throw new NearcadeError('save_share_invalid');
  return {
    game: row.game,
    gameTitle: row.title,
    from: { id: row.userId, displayName: row.displayName },
    sharedAt: new Date(row.createdAt).toISOString(),
    expiresAt: new Date(row.expiresAt).toISOString(),
  };
}

/**
 * Gives a player a copy of a shared save: a row of their own for the same object, in a slot that was free. Counts the link down once a
 * player; who has the copy already is answered it. Throws `save_share_invalid`, `save_share_used_up`, `save_slots_full`, `saves_full`.
 */
export async function copyShared({ db }: Pick<Services, 'db'>, userId: string, token: string): Promise<Save> {
  const me = sql`${userId}::uuid`;
  const [, { rows }] = await db.batch([
    db.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`saves:${userId}`}, 0))`),
    db.execute<{ found: boolean; open: boolean; slots: boolean; bytes: boolean; id: string | null }>(sql`
      with share as (
        -- One after another, so that nobody is counted too many.
        select * from ${saveShares} as share
        where share.token_hash = ${hashSecret(token)} and ${isGoodShare(sql`share`)} for update
      ), used as (
        select use.save_id from ${saveShareUses} as use, share where use.share_id = share.id and use.user_id = ${me}
      ), mine as (
        select save.* from ${saves} as save where save.user_id = ${me} and save.state in ('uploading', 'good')
      ), there as (
        select mine.id from mine, used where mine.id = used.save_id and mine.state = 'good'
      ), room as (
        select share.uses_left > 0 or exists (select 1 from used) as is_open,
          (select count(distinct slot) from mine where mine.game = share.game) < ${SAVE_SLOTS_MAX}::int as slots,
          (select coalesce(sum(size), 0) from mine) + share.size <= ${SAVES_TOTAL_MAX_BYTES}::bigint as bytes
        from share
      ), free as (
        select name from share, jsonb_array_elements_text(${JSON.stringify(SLOTS)}::jsonb) with ordinality as slot (name, place)
        where name not in (select slot from mine where mine.game = share.game) order by place limit 1
      ), made as (
        insert into ${saves} (id, user_id, game, slot, build_version, epoch, size, sha256, object_key, state,
          upload_expires_at, saved_at)
        select uuidv7(), ${me}, share.game, free.name, share.build_version, 1, share.size, share.sha256, share.object_key, 'good',
          now(), now()
        from share, room, free
        where room.is_open and room.slots and room.bytes and not exists (select 1 from there)
        returning id
      ), noted as (
        insert into ${saveShareUses} (share_id, user_id, save_id) select share.id, ${me}, made.id from share, made
        on conflict (share_id, user_id) do update set save_id = excluded.save_id
      ), counted as (
        update ${saveShares} as counted set uses_left = counted.uses_left - 1 from share, made
        where counted.id = share.id and not exists (select 1 from used)
      )
      select exists (select 1 from share) as found, coalesce(room.is_open, false) as open, coalesce(room.slots, false) as slots,
        coalesce(room.bytes, false) as bytes, coalesce(there.id, made.id) as id
      from (select 1) as one left join room on true left join there on true left join made on true`),
  ]);
  const [row] = rows;
  if (row === undefined || !row.found) throw new NearcadeError('save_share_invalid');
  if (row.id !== null) return saveOf(db, row.id);
  if (!row.open) throw new NearcadeError('save_share_used_up');
  if (!row.slots) throw new NearcadeError('save_slots_full', `At most ${SAVE_SLOTS_MAX} slots a game`);
  throw new NearcadeError('saves_full', `At most ${SAVES_TOTAL_MAX_BYTES} bytes of saves`);
}

async function saveOf(db: Database, id: string): Promise<Save> {
  const { rows } = await db.execute<SaveRow>(
    sql`select ${saveColumns} from ${saves} as save where save.id = ${id}::uuid`,
  );
  const [save] = rows;
  if (save === undefined) throw new NearcadeError('save_not_found');
  return toSave(save);
}
