import { eq, sql } from 'drizzle-orm';
import type { z } from 'zod';
import { profilesOf } from '#edge/accounts/profiles.ts';
import type { IdempotentRequest } from '#edge/http/idempotency.ts';
import { hashSecret } from '#edge/http/secrets.ts';
import type { Player } from '#edge/play/admission.ts';
import type { Services } from '#edge/services.ts';
import { type Database, violatedUnique } from '#edge/store/database.ts';
import { inviteLinks, inviteUses } from '#edge/store/schema.ts';
import type { invitedSchema, invitePreviewSchema } from '#shared/api/invites.ts';
import { NearcadeError } from '#shared/errors.ts';
import { type LinkRow, targetOf } from './links.ts';
import { type Arrival, arrive, isInAlready, requireMayInvite, titleOf } from './targets.ts';

/** What a link leads to. Throws `invite_invalid`, also when its maker may not invite there any more. */
export async function previewInvite(
  { db }: Services,
  token: string,
  userId: string,
): Promise<z.input<typeof invitePreviewSchema>> {
  const link = await findLink(db, token);
  const { to, id } = await stillGood(db, link);
  const profiles = await profilesOf(db, [link.creatorId]);
  const displayName = profiles.get(link.creatorId)?.displayName ?? '';
  return {
    to,
    role: link.role,
    title: await titleOf(db, to, id, userId),
    from: { id: link.creatorId, displayName },
    expiresAt: link.expiresAt.toISOString(),
  };
}

/**
 * Comes in by a link: uses it up once for each player, and not at all when they are not let in. Throws `invite_invalid`,
 * `invite_used_up`, and whatever joining the session, party or club throws.
 */
export async function useInvite(
  services: Services,
  player: Player,
  token: string,
  idempotency: IdempotentRequest,
): Promise<z.input<typeof invitedSchema>> {
  const { db } = services;
  const link = await findLink(db, token);
  const arrival = await stillGood(db, link);
  const { to, id } = arrival;
  if (await isInAlready(db, arrival, player.sub)) return { to, id, entry: null };
  const spent = await spend(db, link.id, player.sub);
  try {
    return { to, id, entry: await arrive(services, arrival, player, idempotency) };
  } catch (error) {
    // Not let in, for a reason that stands: the place on the link is free again.
    if (spent && error instanceof NearcadeError && error.status < 500)
      await giveBack(db, link.id, player.sub);
    throw error;
  }
}

const isGood = sql<boolean>`${inviteLinks.revokedAt} is null and ${inviteLinks.expiresAt} > now()`;

async function findLink(db: Database, token: string): Promise<LinkRow> {
  const [found] = await db
    .select({ link: inviteLinks, good: isGood })
    .from(inviteLinks)
    .where(eq(inviteLinks.tokenHash, hashSecret(token)));
  if (found === undefined || !found.good) throw new NearcadeError('invite_invalid');
  return found.link;
}

async function stillGood(db: Database, link: LinkRow): Promise<Arrival> {
  const { creatorId, role } = link;
  const { to, id } = targetOf(link);
  try {
    await requireMayInvite(db, to, id, creatorId);
  } catch (cause) {
    if (!(cause instanceof NearcadeError) || cause.status >= 500) throw cause;
    throw new NearcadeError('invite_invalid', 'Who made this link may not invite there any more', { cause });
  }
  return { to, id, creatorId, role };
}

/**
 * Counts the link down for this player, in one statement and never below zero; false when they had used it before. Throws
 * `invite_invalid` when it was revoked or has expired, `invite_used_up`.
 */
async function spend(db: Database, inviteId: string, userId: string): Promise<boolean> {
  const used = sql`exists (
    select 1 from ${inviteUses} as use where use.invite_id = ${inviteId}::uuid and use.user_id = ${userId}::uuid)`;
  try {
    const { rows } = await db.execute(sql`
      with spent as (
        update ${inviteLinks} set uses_left = uses_left - 1
        where id = ${inviteId}::uuid and uses_left > 0 and ${isGood} and not ${used}
        returning id
      )
      insert into ${inviteUses} (invite_id, user_id) select id, ${userId}::uuid from spent returning 1`);
    if (rows.length === 1) return true;
  } catch (error) {
    // The same player at the same moment.
    if (violatedUnique(error) === 'invite_uses_invite_id_user_id_pk') return false;
    throw error;
  }
  const { rows } = await db.execute<{ good: boolean; used: boolean }>(sql`
    select ${isGood} as good, ${used} as used
    from ${inviteLinks} where id = ${inviteId}::uuid`);
  const [link] = rows;
  if (link === undefined || !link.good) throw new NearcadeError('invite_invalid');
  if (!link.used) throw new NearcadeError('invite_used_up');
  return false;
}

async function giveBack(db: Database, inviteId: string, userId: string): Promise<void> {
  await db.execute(sql`
    with taken_back as (
      delete from ${inviteUses} where invite_id = ${inviteId}::uuid and user_id = ${userId}::uuid returning invite_id
    )
    update ${inviteLinks} set uses_left = uses_left + 1 from taken_back
    where id = taken_back.invite_id and uses_left < uses`);
}
