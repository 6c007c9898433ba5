import { type SQL, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { IdempotentRequest } from '#edge/http/idempotency.ts';
import { hashSecret } from '#edge/http/secrets.ts';
import type { Services } from '#edge/services.ts';
import { decodeCursor, toPage } from '#edge/store/cursor.ts';
import type { Database } from '#edge/store/database.ts';
import { resultOfRequest } from '#edge/store/requests.ts';
import { idempotencyKeys, saveShares, saves, users } from '#edge/store/schema.ts';
import type { Page } from '#shared/api/page.ts';
import {
  type createSaveShareRequestSchema,
  SAVE_SHARES_MAX,
  type SaveShare,
} from '#shared/api/save-shares.ts';
import { momentSchema } from '#shared/api/time.ts';
import { NearcadeError } from '#shared/errors.ts';

/** Seconds after its end that a link is remembered. */
const KEEP_S = 7 * 24 * 3600;

/** Condition: somebody may begin with `share` (a row of save_shares), so many seconds after its end at most. */
export const isGoodShare = (share: SQL, secondsAfter = 0): SQL<boolean> => sql`(
  ${share}.revoked_at is null and ${share}.expires_at > now() - make_interval(secs => ${secondsAfter}::float8)
  and exists (select 1 from ${users} as sharer where sharer.id = ${share}.user_id and sharer.deleted_at is null))`;

const shareColumns = sql`
  share.id, share.token_hash as "tokenHash", share.game, share.uses, share.uses_left as "usesLeft",
  share.created_at as "createdAt", share.expires_at as "expiresAt"`;

type ShareRow = Record<string, unknown> & {
  id: string;
  tokenHash: string;
  game: string;
  uses: number;
  usesLeft: number;
  createdAt: string;
  expiresAt: string;
};

/**
 * Makes a link to a save as it is now; done twice, it answers the first one. Throws `save_not_found`, `save_shares_full` or
 * `idempotency_key_reused`.
 */
export async function createShare(
  services: Services,
  saveId: string,
  { uses, expiresIn }: z.output<typeof createSaveShareRequestSchema>,
  idempotency: IdempotentRequest,
): Promise<SaveShare> {
  const { db } = services;
  const { userId, key, requestHash } = idempotency;
  // Made here and not by Postgres: the token follows from it.
  const shareId = crypto.randomUUID();
  const [token = ''] = tokensOf(services, shareId);
  const [, { rows }] = await db.batch([
    db.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`saves:${userId}`}, 0))`),
    db.execute<{ found: boolean; room: boolean }>(sql`
      with save as (
        -- Locked, so that it is not deleted before it is referred to.
        select * from ${saves}
        where id = ${saveId}::uuid and user_id = ${userId}::uuid and state = 'good' for share
      ), room as (
        select count(*) < ${SAVE_SHARES_MAX}::int as is_left from ${saveShares} as share
        where share.user_id = ${userId}::uuid and ${isGoodShare(sql`share`)}
      ), first_time as (
        insert into ${idempotencyKeys} (user_id, key, request_hash, resource_id)
        select ${userId}::uuid, ${key}::text, ${requestHash}::text, ${shareId}::uuid from save, room where room.is_left
        on conflict do nothing
        returning resource_id
      ), made as (
        insert into ${saveShares} (id, token_hash, user_id, game, build_version, size, sha256, object_key, uses, uses_left,
          expires_at)
        select resource_id, ${hashSecret(token)}::text, save.user_id, save.game, save.build_version, save.size, save.sha256,
          save.object_key, ${uses}::int, ${uses}::int, now() + make_interval(secs => ${expiresIn}::float8)
        from first_time, save
      )
      select exists (select 1 from save) as found, room.is_left as room from room`),
  ]);
  const made = await resultOfRequest(db, idempotency);
  if (made === undefined) {
    if (rows[0]?.found !== true) throw new NearcadeError('save_not_found');
    throw new NearcadeError('save_shares_full', `At most ${SAVE_SHARES_MAX} at a time: end one`);
  }
  const found = await db.execute<ShareRow>(sql`
    select ${shareColumns} from ${saveShares} as share where share.id = ${made}::uuid`);
  const [share] = found.rows;
  if (share === undefined) throw new NearcadeError('not_found', 'This link is gone');
  return toShare(services, share);
}

/** A player's links that are good, the newest first. */
export async function listShares(
  services: Services,
  userId: string,
  { cursor, limit }: { cursor?: string | undefined; limit: number },
): Promise<Page<SaveShare>> {
  const after = decodeCursor(z.tuple([momentSchema, z.uuid()]), cursor);
  const { rows } = await services.db.execute<ShareRow>(sql`
    select ${shareColumns} from ${saveShares} as share
    where share.user_id = ${userId}::uuid and ${isGoodShare(sql`share`)} and share.uses_left > 0
      and (${after?.[0] ?? null}::timestamptz is null
        or (date_trunc('milliseconds', share.created_at), share.id)
          < (${after?.[0] ?? null}::timestamptz, ${after?.[1] ?? null}::uuid))
    order by date_trunc('milliseconds', share.created_at) desc, share.id desc limit ${limit + 1}::int`);
  const shares = rows.map(row => toShare(services, row));
  return toPage(shares, limit, share => [share.createdAt, share.id]);
}

/** Throws `not_found` to anybody but who has made it. */
export async function revokeShare(db: Database, userId: string, shareId: string): Promise<void> {
  const { rows } = await db.execute(sql`
    update ${saveShares} set revoked_at = coalesce(revoked_at, now())
    where id = ${shareId}::uuid and user_id = ${userId}::uuid returning 1`);
  if (rows.length === 0) throw new NearcadeError('not_found', 'No such link');
}

export async function deleteOldShares(db: Database): Promise<void> {
  await db.execute(sql`
    delete from ${saveShares} where expires_at < now() - make_interval(secs => ${KEEP_S}::float8)`);
}

/** Follows from the link's id and a key that Postgres does not have: it can be shown again, and the table alone lets nobody in. */
const tokensOf = ({ keys }: Pick<Services, 'keys'>, shareId: string): string[] =>
  keys.derive('save-share', shareId).map(secret => secret.slice(0, 22));

function toShare(services: Pick<Services, 'keys'>, row: ShareRow): SaveShare {
  const { id, tokenHash, game, uses, usesLeft, createdAt, expiresAt } = row;
  return {
    ...{ id, game, uses, usesLeft },
    token: tokensOf(services, id).find(token => hashSecret(token) === tokenHash) ?? null,
    createdAt: new Date(createdAt).toISOString(),
    expiresAt: new Date(expiresAt).toISOString(),
  };
}
