import { and, asc, eq, inArray, isNull, lt, sql } from 'drizzle-orm';
import type { Services } from '#edge/services.ts';
import type { Database } from '#edge/store/database.ts';
import { parties, partyInvites, partyMembers } from '#edge/store/schema.ts';
import { presencesById } from '../presences.ts';
import { handOver } from './membership.ts';
import { partyChanged, partyMemberIds } from './parties.ts';
import { settleOverdueParties } from './ready-check.ts';
import { later } from './statements.ts';

/** A leader who is away that long is not waiting for a reload: somebody who is there shall lead. */
const LEADER_AWAY_S = 300;
/** A party that nobody of has done anything that long, or been there to lead, is over. */
const IDLE_S = 2 * 3600;
/** How long what is left of a party is kept for those who ask after it. */
const KEEP_ENDED_S = 24 * 3600;
/** Parties that one run looks after: each comes by again as soon as those before it have. */
const BATCH = 200;

/** What cron does for parties, each minute. */
export async function keepPartiesInOrder(services: Services): Promise<void> {
  await settleOverdueParties(services);
  await endIdleParties(services.db);
  await replaceAbsentLeaders(services);
}

/** Ends parties that nobody uses, and forgets those that ended long ago and what nobody can accept any more. */
async function endIdleParties(db: Database): Promise<void> {
  const idle = db
    .select({ id: parties.id })
    .from(parties)
    .where(and(isNull(parties.endedAt), lt(parties.activeAt, later(-IDLE_S))))
    .orderBy(asc(parties.id))
    .limit(BATCH)
    .for('update', { skipLocked: true });
  await db.batch([
    db
      .update(parties)
      .set({ state: 'ended', endedAt: sql`now()`, checkUntil: null })
      .where(inArray(parties.id, idle)),
    db
      .delete(partyMembers)
      .where(
        inArray(
          partyMembers.partyId,
          db.select({ id: parties.id }).from(parties).where(sql`${parties.endedAt} is not null`),
        ),
      ),
    db.delete(partyInvites).where(lt(partyInvites.expiresAt, sql`now()`)),
    db.delete(parties).where(lt(parties.endedAt, later(-KEEP_ENDED_S))),
  ]);
}

/**
 * Has the longest member who is there lead where the leader has been away for long. Without presence nobody is taken to
 * be away. A leader who is there keeps the party from being idle.
 */
async function replaceAbsentLeaders(services: Services): Promise<void> {
  const { db } = services;
  const checked = await db
    .update(parties)
    .set({ leaderCheckedAt: sql`now()` })
    .where(
      inArray(
        parties.id,
        db
          .select({ id: parties.id })
          .from(parties)
          .where(and(isNull(parties.endedAt), lt(parties.leaderCheckedAt, later(-LEADER_AWAY_S / 10))))
          .orderBy(asc(parties.leaderCheckedAt))
          .limit(BATCH),
      ),
    )
    .returning({ id: parties.id, leaderId: parties.leaderId, awaySince: parties.leaderAwaySince });
  const there = await whoIsThere(
    services,
    checked.map(party => party.leaderId),
  );
  const [present, absent] = [
    checked.filter(party => there.has(party.leaderId)).map(party => party.id),
    checked.filter(party => !there.has(party.leaderId)),
  ];
  if (present.length > 0) {
    await db
      .update(parties)
      .set({ leaderAwaySince: null, activeAt: sql`now()` })
      .where(and(inArray(parties.id, present), isNull(parties.endedAt)));
  }
  for (const party of absent) await noteAbsence(services, party);
}

interface CheckedParty {
  id: string;
  leaderId: string;
  awaySince: Date | null;
}

async function noteAbsence(services: Services, { id, leaderId, awaySince }: CheckedParty): Promise<void> {
  const { db, now } = services;
  if (awaySince === null) {
    await db
      .update(parties)
      .set({ leaderAwaySince: sql`now()` })
      .where(and(eq(parties.id, id), eq(parties.leaderId, leaderId), isNull(parties.leaderAwaySince)));
    return;
  }
  if (now().getTime() - awaySince.getTime() < LEADER_AWAY_S * 1000) return;
  const members = await partyMemberIds(db, id);
  const there = await whoIsThere(services, members);
  const next = members.find(userId => there.has(userId) && userId !== leaderId);
  if (next !== undefined && (await handOver(db, id, leaderId, next))) await partyChanged(services, id);
}

async function whoIsThere(services: Services, userIds: readonly string[]): Promise<Set<string>> {
  const presences = await presencesById(services, userIds);
  return new Set([...presences].filter(([, { status }]) => status !== 'offline').map(([userId]) => userId));
}
