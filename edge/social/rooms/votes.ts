import { type SQL, sql } from 'drizzle-orm';
import type { IdempotentRequest } from '#edge/http/idempotency.ts';
import { endSession } from '#edge/play/leave.ts';
import { membershipOf } from '#edge/play/members.ts';
import { rosterOf, seatedIn } from '#edge/play/roster.ts';
import type { Services } from '#edge/services.ts';
import { setGroupTimer } from '#edge/social/clock/clock.ts';
import { type Database, violatedUnique } from '#edge/store/database.ts';
import { resultOfRequest } from '#edge/store/requests.ts';
import { idempotencyKeys, roomVoteAnswers, roomVotes } from '#edge/store/schema.ts';
import type { Vote } from '#shared/api/rooms.ts';
import { NearcadeError } from '#shared/errors.ts';
import { VOTE_COOLDOWN_S, VOTE_COUNTDOWN_S, VOTE_TABLE } from '#shared/votes.ts';
import { requireInRoom } from './rooms.ts';
import { openVoteOf, selectVote, toVote } from './vote-view.ts';

/** Votes that one cron run looks after. */
const SWEEP = 100;

/**
 * Starts a vote with the caller's own yes; done twice, it answers the first one. Throws as `requireInRoom`, `forbidden` to who has no
 * seat, `room_vote_running`, `room_vote_too_soon` (details.nextVoteAt) or `idempotency_key_reused`.
 */
export async function startVote(
  services: Services,
  sessionId: string,
  idempotency: IdempotentRequest,
): Promise<Vote> {
  const { db } = services;
  const { userId } = idempotency;
  const voteId = await tryToStart(db, sessionId, idempotency);
  const known = voteId ?? (await resultOfRequest(db, idempotency));
  if (known === undefined) throw await whyNot(db, sessionId, userId);
  const vote = await readVote(db, known);
  if (voteId === undefined) return vote;
  await setGroupTimer(services, voteId, new Date(vote.endsAt), 'room_vote');
  return follow(services, sessionId, vote);
}

/** Takes a seated player's answer, or another one than before. Throws as `requireInRoom`, `forbidden` or `room_vote_over`. */
export async function answerVote(
  services: Services,
  sessionId: string,
  voteId: string,
  userId: string,
  yes: boolean,
): Promise<Vote> {
  const { db } = services;
  const answer = db.execute(sql`
    insert into ${roomVoteAnswers} (vote_id, user_id, yes)
    select vote.id, ${userId}::uuid, ${yes}::boolean from ${roomVotes} as vote
    where ${isThis(sessionId, voteId)} and vote.state = 'open' and vote.ends_at > now()
      and ${userId}::uuid in (${seatedIn(sessionId)})
    on conflict (vote_id, user_id) do update set yes = excluded.yes, at = now()
    returning 1`);
  const [, { rows: taken }, { rows: decided }, { rows }] = await db.batch([
    lockVote(db, voteId),
    answer,
    decide(db, voteId),
    selectVote(db, isThis(sessionId, voteId)),
  ]);
  const [row] = rows;
  if (row === undefined) {
    await requireInRoom(db, sessionId, userId);
    throw new NearcadeError('not_found', 'No such vote');
  }
  const isNews = taken.length > 0 || decided.length > 0;
  const vote = isNews ? await follow(services, sessionId, toVote(row)) : toVote(row);
  if (taken.length > 0) return vote;
  const member = await membershipOf(db, sessionId, userId);
  if (member === undefined) throw new NearcadeError('session_not_found');
  const hadSeat = member.role === 'player' && (member.active || vote.state !== 'open');
  if (!hadSeat) throw new NearcadeError('forbidden', 'Only players with a seat vote');
  throw new NearcadeError('room_vote_over', undefined, { details: { state: vote.state } });
}

/** Counts a vote whose countdown has ended, ends the session of one that has passed; sets the timer again when it is too early. */
export async function settleVote(services: Services, voteId: string): Promise<void> {
  const { db } = services;
  const [, { rows: decided }, { rows }] = await db.batch([
    lockVote(db, voteId),
    decide(db, voteId),
    selectVote(db, sql`vote.id = ${voteId}::uuid`),
  ]);
  const [row] = rows;
  if (row === undefined) return;
  const vote = toVote(row);
  if (vote.state === 'open') await setGroupTimer(services, voteId, new Date(vote.endsAt), 'room_vote');
  else if (decided.length > 0 || vote.state === 'passed') await follow(services, row.session_id, vote);
}

/** The cron's part: votes whose timer was lost, and those that have passed although the session still goes on. */
export async function settleDueVotes(services: Services): Promise<void> {
  const { rows } = await services.db.execute<{ id: string }>(sql`
    select id from ${roomVotes} where state in ('open', 'passed') and (ends_at <= now() or state = 'passed')
    order by ends_at limit ${SWEEP}`);
  for (const { id } of rows) await settleVote(services, id);
}

async function tryToStart(
  db: Database,
  sessionId: string,
  { userId, key, requestHash }: IdempotentRequest,
): Promise<string | undefined> {
  const start = db.execute<{ id: string }>(sql`
    with first_time as (
      insert into ${idempotencyKeys} (user_id, key, request_hash, resource_id)
      select ${userId}::uuid, ${key}::text, ${requestHash}::text, uuidv7()
      where ${userId}::uuid in (${seatedIn(sessionId)})
        and not exists (
          select 1 from ${roomVotes} where session_id = ${sessionId}::uuid
            and (state in ('open', 'passed') or (state = 'rejected'
              and decided_at > now() - make_interval(secs => ${VOTE_COOLDOWN_S}::float8))))
      on conflict do nothing
      returning resource_id
    ), vote as (
      insert into ${roomVotes} (id, session_id, starter_id, ends_at)
      select resource_id, ${sessionId}::uuid, ${userId}::uuid,
        now() + make_interval(secs => ${VOTE_COUNTDOWN_S}::float8)
      from first_time
      returning id
    )
    insert into ${roomVoteAnswers} (vote_id, user_id, yes)
    select id, ${userId}::uuid, true from vote
    returning vote_id as id`);
  const ofRoom = sql`select id from ${roomVotes} where session_id = ${sessionId}::uuid and state = 'open'`;
  try {
    const [{ rows }] = await db.batch([start, decideThose(db, ofRoom)]);
    return rows[0]?.id;
  } catch (error) {
    if (violatedUnique(error) !== 'room_votes_one_open') throw error;
    return undefined;
  }
}

const isThis = (sessionId: string, voteId: string): SQL =>
  sql`vote.id = ${voteId}::uuid and vote.session_id = ${sessionId}::uuid`;

/** Answers and the count of one vote take turns. */
const lockVote = (db: Database, voteId: string) =>
  db.execute(sql`select 1 from ${roomVotes} where id = ${voteId}::uuid for update`);

const decide = (db: Database, voteId: string) => decideThose(db, sql`${voteId}::uuid`);

/** Counts open votes and ends those that are decided (rules: shared/votes.ts). Only who has a seat now counts. */
function decideThose(db: Database, which: SQL) {
  const seated = seatedIn(sql`vote.session_id`);
  const said = (yes: boolean) => sql`(
    select count(*) from ${roomVoteAnswers} as answer
    where answer.vote_id = vote.id and answer.yes = ${yes}::boolean and answer.user_id in (${seated}))`;
  const { lapse, reject, carry } = VOTE_TABLE.open;
  return db.execute(sql`
    with counted as (
      select vote.id, vote.ends_at <= now() as is_time, (select count(*) from (${seated}) as player) as seated,
        ${said(true)} as yes, ${said(false)} as no
      from ${roomVotes} as vote where vote.id in (${which}) and vote.state = 'open'
    ), decided as (
      select id, case
        when seated = 0 then ${lapse}
        when no * 2 >= seated then ${reject}
        when yes * 2 > seated or is_time then ${carry}
      end as state
      from counted
    )
    update ${roomVotes} as vote set state = decided.state, decided_at = now()
    from decided where vote.id = decided.id and decided.state is not null
    returning vote.id`);
}

/** Does what the vote has led to, and tells everybody in the room. */
async function follow(services: Services, sessionId: string, vote: Vote): Promise<Vote> {
  const { db, live } = services;
  const roster = await rosterOf(db, [sessionId]);
  const told = { ...vote };
  if (vote.state === 'passed') {
    await endSession(services, sessionId, 'room_dissolved');
    await db.execute(sql`
      update ${roomVotes} set state = ${VOTE_TABLE.passed.enact} where id = ${vote.id}::uuid and state = 'passed'`);
    told.state = 'enacted';
  }
  await live.send(
    roster.map(entry => entry.userId),
    { type: 'room_vote', sessionId, vote: told },
  );
  return told;
}

async function readVote(db: Database, voteId: string): Promise<Vote> {
  const { rows } = await selectVote(db, sql`vote.id = ${voteId}::uuid`);
  if (rows[0] === undefined) throw new NearcadeError('not_found', 'No such vote');
  return toVote(rows[0]);
}

async function whyNot(db: Database, sessionId: string, userId: string): Promise<NearcadeError> {
  const member = await requireInRoom(db, sessionId, userId);
  if (member.role !== 'player') return new NearcadeError('forbidden', 'Only players with a seat vote');
  const { nextVoteAt } = await openVoteOf(db, sessionId);
  if (nextVoteAt === null) return new NearcadeError('room_vote_running');
  return new NearcadeError('room_vote_too_soon', undefined, { details: { nextVoteAt } });
}
