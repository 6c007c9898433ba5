import { and, eq, isNull, lt, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { IdempotentRequest } from '#edge/http/idempotency.ts';
import { hashSecret } from '#edge/http/secrets.ts';
import type { Services } from '#edge/services.ts';
import { decodeCursor, toPage } from '#edge/store/cursor.ts';
import type { Database } from '#edge/store/database.ts';
import { resultOfRequest } from '#edge/store/requests.ts';
import { idempotencyKeys, inviteLinks } from '#edge/store/schema.ts';
import type { createInviteRequestSchema, Invite, InviteTarget } from '#shared/api/invites.ts';
import type { Page } from '#shared/api/page.ts';
import { NearcadeError } from '#shared/errors.ts';
import { requireMayInvite } from './targets.ts';

/** Links of one player that are good at a time. */
const MAX_LINKS = 50;

/** Seconds after its end that a link is remembered, so that who comes late is told what it was. */
const KEEP_S = 7 * 24 * 3600;

export type LinkRow = typeof inviteLinks.$inferSelect;

/**
 * Makes a link; done twice, it answers the first one. Throws what keeps the caller from inviting (targets.ts),
 * `invite_limit_reached` or `idempotency_key_reused`.
 */
export async function createInvite(
  services: Services,
  { to, id, role, uses, expiresIn }: z.output<typeof createInviteRequestSchema>,
  idempotency: IdempotentRequest,
): Promise<Invite> {
  const { db } = services;
  const { userId, key, requestHash } = idempotency;
  await requireMayInvite(db, to, id, userId);
  // Made here and not by Postgres: the token follows from it.
  const inviteId = crypto.randomUUID();
  const token = tokenOf(services, inviteId);
  const [, { rows }] = await db.batch([
    db.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`invites:${userId}`}, 0))`),
    db.execute<{ id: string }>(sql`
      with first_time as (
        insert into ${idempotencyKeys} (user_id, key, request_hash, resource_id)
        select ${userId}::uuid, ${key}::text, ${requestHash}::text, ${inviteId}::uuid
        where ${MAX_LINKS} > (
          select count(*) from ${inviteLinks}
          where creator_id = ${userId}::uuid and revoked_at is null and expires_at > now() and uses_left > 0)
        on conflict do nothing
        returning resource_id
      )
      insert into ${inviteLinks}
        (id, token_hash, session_id, party_id, club_id, role, creator_id, uses, uses_left, expires_at)
      select resource_id, ${hashSecret(token)}::text, ${to === 'session' ? id : null}::uuid,
        ${to === 'party' ? id : null}::uuid, ${to === 'club' ? id : null}::uuid, ${role}::text, ${userId}::uuid,
        ${uses}::int, ${uses}::int, now() + make_interval(secs => ${expiresIn}::float8)
      from first_time
      returning id`),
  ]);
  const made = rows[0]?.id ?? (await resultOfRequest(db, idempotency));
  if (made === undefined) {
    throw new NearcadeError('invite_limit_reached', `At most ${MAX_LINKS} links at a time: revoke one`);
  }
  const [link] = await db.select().from(inviteLinks).where(eq(inviteLinks.id, made));
  if (link === undefined) throw new NearcadeError('not_found', 'This link is gone');
  return toInvite(services, link);
}

/** The caller's links that are good, the newest first. */
export async function listInvites(
  services: Services,
  userId: string,
  { cursor, limit }: { cursor?: string | undefined; limit: number },
): Promise<Page<Invite>> {
  const after = decodeCursor(z.tuple([z.int().nonnegative(), z.uuid()]), cursor);
  const micros = sql<string>`(extract(epoch from ${inviteLinks.createdAt}) * 1000000)::bigint`;
  const rows = await services.db
    .select({ link: inviteLinks, micros })
    .from(inviteLinks)
    .where(
      and(
        eq(inviteLinks.creatorId, userId),
        isNull(inviteLinks.revokedAt),
        sql`${inviteLinks.expiresAt} > now() and ${inviteLinks.usesLeft} > 0`,
        after === undefined
          ? undefined
          : sql`(${micros}, ${inviteLinks.id}) < (${after[0]}::bigint, ${after[1]}::uuid)`,
      ),
    )
    .orderBy(sql`${micros} desc`, sql`${inviteLinks.id} desc`)
    .limit(limit + 1);
  const { items, nextCursor } = toPage(rows, limit, row => [Number(row.micros), row.link.id]);
  return { items: items.map(({ link }) => toInvite(services, link)), nextCursor };
}

/** Throws `not_found` to anybody but its maker. */
export async function revokeInvite(db: Database, inviteId: string, userId: string): Promise<void> {
  const revoked = await db
    .update(inviteLinks)
    .set({ revokedAt: sql`coalesce(${inviteLinks.revokedAt}, now())` })
    .where(and(eq(inviteLinks.id, inviteId), eq(inviteLinks.creatorId, userId)))
    .returning({ id: inviteLinks.id });
  if (revoked.length === 0) throw new NearcadeError('not_found', 'No such link');
}

export async function deleteOldInvites(db: Database): Promise<void> {
  await db
    .delete(inviteLinks)
    .where(lt(inviteLinks.expiresAt, sql`now() - make_interval(secs => ${KEEP_S}::float8)`));
}

export function targetOf({ sessionId, partyId, clubId }: LinkRow): { to: InviteTarget; id: string } {
  if (sessionId !== null) return { to: 'session', id: sessionId };
  if (partyId !== null) return { to: 'party', id: partyId };
  if (clubId !== null) return { to: 'club', id: clubId };
  throw new NearcadeError('internal');
}

/**
 * The token follows from the link's id and a key that Postgres does not have: it can be shown again to who made it, also when the
 * first answer was lost, and the table alone gives nobody in.
 */
const tokensOf = ({ keys }: Pick<Services, 'keys'>, inviteId: string): string[] =>
  keys.derive('invite-link', inviteId).map(secret => secret.slice(0, 22));

function tokenOf(services: Pick<Services, 'keys'>, inviteId: string): string {
  const [token] = tokensOf(services, inviteId);
  if (token === undefined) throw new NearcadeError('internal');
  return token;
}

function toInvite(services: Pick<Services, 'keys'>, link: LinkRow): Invite {
  const { to, id: targetId } = targetOf(link);
  return {
    id: link.id,
    to,
    targetId,
    role: link.role,
    token: tokensOf(services, link.id).find(token => hashSecret(token) === link.tokenHash) ?? null,
    uses: link.uses,
    usesLeft: link.usesLeft,
    createdAt: link.createdAt.toISOString(),
    expiresAt: link.expiresAt.toISOString(),
  };
}
