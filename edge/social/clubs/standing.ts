import { type SQL, sql } from 'drizzle-orm';
import type { IdempotentRequest } from '#edge/http/idempotency.ts';
import { hasBlocked } from '#edge/social/friends/friends.ts';
import { type Database, violatedUnique } from '#edge/store/database.ts';
import { resultOfRequest } from '#edge/store/requests.ts';
import { clubStandings, clubs, idempotencyKeys } from '#edge/store/schema.ts';
import type { Standing } from '#shared/api/clubs.ts';
import {
  CLUB_STANDING_TABLE,
  type ClubRole,
  type ClubStanding,
  type ClubStandingEvent,
} from '#shared/clubs.ts';
import { NearcadeError } from '#shared/errors.ts';
import { statesThatTake } from '#shared/state-machine.ts';
import { MAX_APPLICATIONS, MAX_CLUBS_JOINED, MAX_INVITATIONS, REAPPLY_AFTER_S } from './limits.ts';
import { lockClub, lockPlayer } from './locks.ts';

export interface StandingMove {
  clubId: string;
  /** Whose standing changes. */
  userId: string;
  event: ClubStandingEvent;
  /** Who does it; for `enter` who made the link. */
  actorId: string;
  /** With an application. */
  message?: string;
}

/** What a move led to. `was` is absent when this very request had been done before. */
export interface Moved extends Standing {
  was?: ClubStanding;
}

/** How things were when the move was decided on, under the club's lock. */
interface Facts extends Record<string, unknown> {
  actor_role: ClubRole | null;
  standing: ClubStanding;
  target_role: ClubRole | null;
  legal: boolean;
  allowed: boolean;
  rested: boolean;
  place_free: boolean;
  within_limits: boolean;
  undisturbed: boolean;
  moved: ClubStanding | null;
  moved_role: ClubRole | null;
}

/**
 * Changes how a player stands with a club, if the actor may do so now: one transaction, done twice it answers the first result.
 * Throws `club_not_found`, `forbidden`, `club_owner_required` (the owner can't leave), `club_standing_wrong`
 * (details.standing), `club_full`, `club_limit_reached` or `idempotency_key_reused`.
 */
export async function moveStanding(
  db: Database,
  move: StandingMove,
  idempotency: IdempotentRequest | undefined,
): Promise<Moved> {
  const { clubId, userId } = move;
  try {
    const [, , { rows }] = await db.batch([
      lockPlayer(db, userId),
      lockClub(db, clubId),
      db.execute<Facts>(moveStatement(move, idempotency)),
    ]);
    const [facts] = rows;
    if (facts?.moved != null) {
      return { clubId, userId, standing: facts.moved, role: facts.moved_role, was: facts.standing };
    }
    if (idempotency !== undefined && (await resultOfRequest(db, idempotency)) !== undefined) {
      return await standingOf(db, clubId, userId);
    }
    throw facts === undefined ? new NearcadeError('club_not_found') : refusal(move.event, facts);
  } catch (error) {
    if (idempotency === undefined || violatedUnique(error) !== 'idempotency_keys_user_id_key_pk') throw error;
    await resultOfRequest(db, idempotency);
    return standingOf(db, clubId, userId);
  }
}

export async function standingOf(db: Database, clubId: string, userId: string): Promise<Standing> {
  const { rows } = await db.execute<{ standing: ClubStanding; role: ClubRole | null }>(sql`
    select standing, role from ${clubStandings} where club_id = ${clubId}::uuid and user_id = ${userId}::uuid`);
  const { standing, role } = rows[0] ?? { standing: 'stranger', role: null };
  return { clubId, userId, standing, role };
}

function moveStatement(move: StandingMove, idempotency: IdempotentRequest | undefined): SQL {
  const { clubId, userId, event, actorId, message = '' } = move;
  const next = nextStanding(event);
  const note =
    idempotency === undefined
      ? sql``
      : sql`, noted as (
          insert into ${idempotencyKeys} (user_id, key, request_hash, resource_id)
          select ${idempotency.userId}::uuid, ${idempotency.key}::text, ${idempotency.requestHash}::text, ${clubId}::uuid
          from moved)`;
  return sql`
    with club as (
      select id, member_limit from ${clubs} where id = ${clubId}::uuid and disbanded_at is null
    ), known as (
      select club.id, club.member_limit, actor.role as actor_role, coalesce(target.standing, 'stranger') as standing,
        target.role as target_role, target.since
      from club
      left join ${clubStandings} as actor on actor.club_id = club.id and actor.user_id = ${actorId}::uuid
      left join ${clubStandings} as target on target.club_id = club.id and target.user_id = ${userId}::uuid
    ), judged as (
      select known.*, ${next} as next, ${mayDo(event)} as allowed,
        ${mayReapply(event)} as rested, ${mayInvite(move)} as undisturbed
      from known
    ), counted as (
      select judged.*,
        next is distinct from 'member' or member_limit > (
          select count(*) from ${clubStandings} where club_id = ${clubId}::uuid and standing = 'member') as place_free,
        case next
          when 'member' then ${MAX_CLUBS_JOINED} > ${countOf(sql`user_id = ${userId}::uuid`, 'member')}
          when 'applied' then ${MAX_APPLICATIONS} > ${countOf(sql`user_id = ${userId}::uuid`, 'applied')}
          when 'invited' then ${MAX_INVITATIONS} > ${countOf(sql`club_id = ${clubId}::uuid`, 'invited')}
          else true
        end as within_limits
      from judged
    ), moved as (
      insert into ${clubStandings} (club_id, user_id, standing, role, message, since, changed_by)
      select id, ${userId}::uuid, next, case when next = 'member' then 'member' end,
        case when next = 'applied' then ${message}::text else '' end, now(), ${actorId}::uuid
      from counted
      where next is not null and allowed and rested and undisturbed and place_free and within_limits
      on conflict (club_id, user_id) do update set standing = excluded.standing, role = excluded.role,
        message = excluded.message, since = excluded.since, changed_by = excluded.changed_by
      returning standing, role
    )${note}
    select actor_role, counted.standing, target_role, next is not null as legal, allowed, rested, undisturbed,
      place_free, within_limits, moved.standing as moved, moved.role as moved_role
    from counted left join moved on true`;
}

/** The standing that `event` leads to; null where it is not possible. */
function nextStanding(event: ClubStandingEvent): SQL {
  const cases = statesThatTake(CLUB_STANDING_TABLE, event).map(
    from => sql`when ${from} then ${CLUB_STANDING_TABLE[from][event]}`,
  );
  return sql`case standing ${sql.join(cases, sql` `)} end`;
}

const countOf = (whose: SQL, standing: ClubStanding): SQL =>
  sql`(select count(*) from ${clubStandings} where ${whose} and standing = ${standing})`;

/** Whether the actor's role, as it is now, lets them do it. */
function mayDo(event: ClubStandingEvent): SQL {
  switch (event) {
    case 'apply':
    case 'withdraw':
    case 'accept':
    case 'refuse':
      return sql`true`;
    case 'leave':
      return sql`target_role is distinct from 'owner'`;
    case 'kick':
    case 'ban':
      return sql`((actor_role = 'owner' and target_role is distinct from 'owner')
        or (actor_role = 'officer' and coalesce(target_role, 'member') = 'member')) is true`;
    case 'disband':
      return sql`false`;
    default:
      return sql`(actor_role in ('owner', 'officer')) is true`;
  }
}

const mayReapply = (event: ClubStandingEvent): SQL =>
  event === 'apply'
    ? sql`(standing <> 'declined' or since < now() - make_interval(secs => ${REAPPLY_AFTER_S}::float8))`
    : sql`true`;

const mayInvite = ({ event, userId, actorId }: StandingMove): SQL =>
  event === 'invite'
    ? sql`not (${hasBlocked(userId, actorId)} or ${hasBlocked(actorId, userId)})`
    : sql`true`;

function refusal(event: ClubStandingEvent, facts: Facts): NearcadeError {
  const { standing } = facts;
  if (event === 'leave' && facts.target_role === 'owner') {
    return new NearcadeError('club_owner_required', 'Hand the club over or disband it before you leave');
  }
  if (!facts.allowed) return new NearcadeError('forbidden', 'Your role in this club does not allow that');
  if (!facts.legal) {
    return new NearcadeError('club_standing_wrong', undefined, { details: { standing, event } });
  }
  if (!facts.rested) {
    const message = 'Your application was declined a short while ago: try again tomorrow';
    return new NearcadeError('club_standing_wrong', message, { details: { standing, event } });
  }
  if (!facts.undisturbed) return new NearcadeError('forbidden', "This player can't be invited");
  return new NearcadeError(facts.place_free ? 'club_limit_reached' : 'club_full');
}
