import { and, eq, inArray, lte, sql } from 'drizzle-orm';
import { playableBuild } from '#edge/catalog/playable.ts';
import type { Services } from '#edge/services.ts';
import { setGroupTimer } from '#edge/social/clock/clock.ts';
import type { Database } from '#edge/store/database.ts';
import { parties, partyMembers } from '#edge/store/schema.ts';
import { NearcadeError } from '#shared/errors.ts';
import { PARTY_TABLE, type PartyEvent } from '#shared/lifecycles/social.ts';
import { nextState, statesThatTake } from '#shared/state-machine.ts';
import { requireLeader } from './membership.ts';
import { partyChanged, partyMemberIds, requirePartyMember } from './parties.ts';
import { afterEvent, later, onLockedParty, takes } from './statements.ts';

/** Time to come back from the kettle and say yes. */
export const ANSWER_S = 45;
/** How long everybody's yes holds: the leader picks a game in that time. */
export const AGREED_S = 180;
/** How long members may take their places once the leader has started: a slow device loads the page in that. */
export const START_S = 60;

/** Asks every member; the leader has said yes by asking. Throws `party_not_found`, `forbidden` or `illegal_transition`. */
export async function startReadyCheck(services: Services, partyId: string, leaderId: string): Promise<void> {
  const rows = await onLockedParty(
    services.db,
    partyId,
    sql`
      with checked as (
        update ${parties} as party set state = ${afterEvent('check')}, check_round = party.check_round + 1,
          check_until = ${later(ANSWER_S)}, active_at = now()
        where party.id = ${partyId}::uuid and party.leader_id = ${leaderId}::uuid and ${takes('check')}
        returning party.id, party.check_round
      )
      update ${partyMembers} as member set ready_round = checked.check_round from checked
      where member.party_id = checked.id and member.user_id = ${leaderId}::uuid
      returning member.party_id`,
    // A leader alone has said yes already.
    confirmIfAllReady(partyId),
  );
  if (rows.length === 0) throw await refusal(services.db, partyId, leaderId, 'check');
  await keepDeadline(services, partyId);
  await partyChanged(services, partyId);
}

/**
 * A member's answer to a ready check: a no ends it, also after everybody had said yes. Throws `party_not_found`, `forbidden` or
 * `ready_check_over`: it has ended, or another one has begun.
 */
export async function answerReadyCheck(
  services: Services,
  partyId: string,
  userId: string,
  { round, ready }: { round: number; ready: boolean },
): Promise<void> {
  const { db } = services;
  const rows = ready
    ? await onLockedParty(db, partyId, sayYes(partyId, userId, round), confirmIfAllReady(partyId))
    : await onLockedParty(db, partyId, sayNo(partyId, userId, round));
  if (rows.length === 0) {
    await requirePartyMember(db, partyId, userId);
    throw new NearcadeError('ready_check_over');
  }
  await keepDeadline(services, partyId);
  await partyChanged(services, partyId);
}

const isAsked = (partyId: string, userId: string, round: number) => sql`
  party.id = ${partyId}::uuid and party.check_round = ${round}::int and party.check_until > now()
  and exists (select 1 from ${partyMembers} as mine
    where mine.party_id = party.id and mine.user_id = ${userId}::uuid)`;

const sayYes = (partyId: string, userId: string, round: number) => sql`
  with asked as (
    update ${parties} as party set active_at = now()
    where ${isAsked(partyId, userId, round)} and party.state in ('checking', 'ready')
    returning party.id
  )
  update ${partyMembers} as member set ready_round = ${round}::int from asked
  where member.party_id = asked.id and member.user_id = ${userId}::uuid
  returning member.party_id`;

const sayNo = (partyId: string, userId: string, round: number) => sql`
  update ${parties} as party set state = ${afterEvent('refuse')}, check_until = null, active_at = now()
  where ${isAsked(partyId, userId, round)} and ${takes('refuse')}
  returning party.id`;

/** Once every member has said yes in this round. */
const confirmIfAllReady = (partyId: string) => sql`
  update ${parties} as party set state = ${afterEvent('confirm')}, check_until = ${later(AGREED_S)}
  where party.id = ${partyId}::uuid and ${takes('confirm')} and party.check_until > now()
    and not exists (select 1 from ${partyMembers} as member
      where member.party_id = party.id and member.ready_round <> party.check_round)`;

/**
 * Starts a game: each member may then ask for a session by party. Starting the same game again while it starts changes
 * nothing. Throws `party_not_found`, `forbidden`, `game_not_found`, `party_too_large` or `party_not_ready`.
 */
export async function startParty(
  services: Services,
  partyId: string,
  leaderId: string,
  game: string,
): Promise<void> {
  const { db, live } = services;
  await requireLeader(db, partyId, leaderId);
  const { rows: builds } = await db.execute<{ seats: number }>(playableBuild(game, 'stable'));
  const seats = builds[0]?.seats;
  if (seats === undefined) throw new NearcadeError('game_not_found');
  const started = await onLockedParty(
    db,
    partyId,
    sql`
      update ${parties} as party set state = ${afterEvent('start')}, game = ${game}::text, check_until = ${later(START_S)},
        active_at = now()
      where party.id = ${partyId}::uuid and party.leader_id = ${leaderId}::uuid and ${takes('start')}
        and party.check_until > now()
        and ${seats}::int >= (select count(*) from ${partyMembers} as member where member.party_id = party.id)
      returning party.id`,
  );
  if (started.length === 0) return explainStart(db, partyId, leaderId, game, seats);
  await keepDeadline(services, partyId);
  const members = await partyMemberIds(db, partyId);
  await live.send(members, { type: 'party_changed', partyId });
  await live.send(members, { type: 'party_starting', partyId, game });
}

async function explainStart(
  db: Database,
  partyId: string,
  leaderId: string,
  game: string,
  seats: number,
): Promise<void> {
  await requireLeader(db, partyId, leaderId);
  const [party] = await db
    .select({ state: parties.state, game: parties.game, until: parties.checkUntil })
    .from(parties)
    .where(eq(parties.id, partyId));
  if (party?.state === 'starting' && party.game === game) return;
  if ((await partyMemberIds(db, partyId)).length > seats) throw new NearcadeError('party_too_large');
  throw new NearcadeError('party_not_ready');
}

/** Ends what a deadline has passed of: a ready check, what it agreed, or a start. */
export async function settleReadyCheck(services: Services, partyId: string): Promise<void> {
  const { db } = services;
  const settled = await db
    .update(parties)
    .set({ state: PARTY_TABLE.checking.lapse, checkUntil: null })
    .where(and(eq(parties.id, partyId), isOverdue))
    .returning({ id: parties.id });
  if (settled.length > 0) return partyChanged(services, partyId);
  await keepDeadline(services, partyId);
}

const isOverdue = and(
  inArray(parties.state, statesThatTake(PARTY_TABLE, 'lapse')),
  lte(parties.checkUntil, sql`now()`),
);

/** Parties whose deadline passed without their timer; some at a time. For cron. */
export async function settleOverdueParties(services: Services): Promise<void> {
  const overdue = await services.db.select({ id: parties.id }).from(parties).where(isOverdue).limit(200);
  for (const { id } of overdue) await settleReadyCheck(services, id);
}

async function keepDeadline(services: Services, partyId: string): Promise<void> {
  const [waiting] = await services.db
    .select({ until: parties.checkUntil })
    .from(parties)
    .where(eq(parties.id, partyId));
  if (waiting?.until != null) await setGroupTimer(services, partyId, waiting.until, 'ready_check');
}

async function refusal(
  db: Database,
  partyId: string,
  leaderId: string,
  event: PartyEvent,
): Promise<NearcadeError> {
  await requireLeader(db, partyId, leaderId);
  const [party] = await db.select({ state: parties.state }).from(parties).where(eq(parties.id, partyId));
  if (party !== undefined) nextState(PARTY_TABLE, party.state, event);
  return new NearcadeError('party_not_found');
}
