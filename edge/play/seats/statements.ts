import { type SQL, type SQLWrapper, sql } from 'drizzle-orm';
import { orderRows } from '#edge/fleet/orders.ts';
import { seatClaims, sessionMembers, sessionSeats, sessions } from '#edge/store/schema.ts';
import { TURN_GRACE_S } from '#shared/api/seats.ts';
import { INPUT_RIGHTS, SEAT_RIGHTS } from '#shared/seat-rights.ts';

/** One session's seating, as statements for the transaction that has locked its row: `changeSeats` puts them in order. */

const seconds = (count: number | SQL): SQL => sql`make_interval(secs => ${count}::float8)`;

/** Changes of one session's seating take turns; each has a number of its own. */
export const lockSeating = (sessionId: string): SQL => sql`
  update ${sessions} set seating = seating + 1 where id = ${sessionId}::uuid`;

/** Who may have a seat as soon as it is free: columns user_id, seat, granted, asked_at. */
export const waitingFor = (sessionId: string): SQL => sql`
  select claim.user_id, claim.seat, claim.granted, claim.asked_at
  from ${seatClaims} as claim
  join ${sessions} as open on open.id = claim.session_id and open.ended_at is null and claim.seat <= open.seats
  join ${sessionMembers} as watching on watching.session_id = claim.session_id
    and watching.user_id = claim.user_id and watching.active and watching.role = 'spectator'
  left join ${sessionSeats} as ruled on ruled.session_id = claim.session_id and ruled.seat = claim.seat
  where claim.session_id = ${sessionId}::uuid
    and (claim.granted or ruled.turn_seconds is not null or open.open_seats)
    and not ${playsElsewhere(sql`claim.user_id`)}`;

export const playsElsewhere = (userId: string | SQLWrapper): SQL => sql`
  exists (select 1 from ${sessionMembers} as elsewhere
    where elsewhere.user_id = ${userId}::uuid and elsewhere.active and elsewhere.role = 'player')`;

/** Whether somebody has the seat. */
export const isTaken = (sessionId: SQLWrapper | string, seat: SQLWrapper): SQL => sql`
  exists (select 1 from ${sessionMembers} as taken
    where taken.session_id = ${sessionId} and taken.active and taken.seat = ${seat})`;

/** What makes a player a spectator, of a row `member` of session_members: who is away is gone, since nobody would tell of their going again. */
export const becomesSpectator = sql`
  role = 'spectator', seat = null, claimed_at = now(), active = member.away_since is null,
  away_since = null, moved = true`;

/** Turns that are up, or whose player has been away for too long, end where somebody waits. */
export const endTurns = (sessionId: string): SQL => sql`
  update ${sessionMembers} as member set ${becomesSpectator}
  from ${sessionSeats} as rule
  where rule.session_id = ${sessionId}::uuid and member.session_id = rule.session_id and member.active
    and member.seat = rule.seat and rule.turn_seconds is not null and rule.turn_user_id = member.user_id
    and (rule.turn_until <= clock_timestamp() or member.away_since <= clock_timestamp() - ${seconds(TURN_GRACE_S)})
    and rule.seat in (select seat from (${waitingFor(sessionId)}) as waiting)`;

/** Each free seat goes to the first who waits for it. */
export const fillSeats = (sessionId: string): SQL => sql`
  with next as (
    select distinct on (seat) user_id, seat from (${waitingFor(sessionId)}) as waiting
    where not ${isTaken(sql`${sessionId}::uuid`, sql`waiting.seat`)}
    order by seat, granted desc, asked_at, user_id
  ), seated as (
    update ${sessionMembers} as member set role = 'player', seat = next.seat, claimed_at = now(), away_since = null, moved = true
    from next where member.session_id = ${sessionId}::uuid and member.user_id = next.user_id
    returning member.user_id
  )
  delete from ${seatClaims} as claim using seated
  where claim.session_id = ${sessionId}::uuid and claim.user_id = seated.user_id`;

/** A turn begins with a new player, and ends with their going. Claims of who has a seat are over. */
export const beginTurns = (sessionId: string): SQL => sql`
  with settled as (
    delete from ${seatClaims} as claim using ${sessionMembers} as member
    where claim.session_id = ${sessionId}::uuid and member.session_id = claim.session_id
      and member.user_id = claim.user_id and member.active and member.role = 'player'
  )
  update ${sessionSeats} as rule set turn_user_id = now_there.user_id,
    turn_until = case when now_there.user_id is not null then clock_timestamp() + ${seconds(sql`rule.turn_seconds`)} end
  from (
    select seat.seat, case when seat.turn_seconds is not null then member.user_id end as user_id
    from ${sessionSeats} as seat left join ${sessionMembers} as member
      on member.session_id = seat.session_id and member.active and member.seat = seat.seat
    where seat.session_id = ${sessionId}::uuid
  ) as now_there
  where rule.session_id = ${sessionId}::uuid and rule.seat = now_there.seat
    and rule.turn_user_id is distinct from now_there.user_id`;

const textList = (values: readonly string[]): SQL => sql.raw(values.map(value => `'${value}'`).join(', '));

/** What a row `rule` of session_seats lets its seat do now, as jsonb; of a seat without a row everything. */
export const rightsNow = sql`
  coalesce((
    select jsonb_agg(one.name) from jsonb_array_elements_text(rule.rights) as one(name)
    where not (rule.paused and one.name in (${textList(INPUT_RIGHTS)}))
  ), case when rule.seat is null then ${JSON.stringify(SEAT_RIGHTS)}::jsonb else '[]' end)`;

/** Who decides about a row `session`. */
export const hostIdOf = sql`coalesce(session.host_id, session.owner_id)`;

/**
 * Orders the session's node to do what has changed: rights first, then who has lost a seat, then who has one. Answers the members who
 * were moved, with the node.
 */
export const orderMoved = (sessionId: string): SQL => sql`
  with moved as (
    update ${sessionMembers} as member set moved = false where session_id = ${sessionId}::uuid and moved
    returning member.user_id, member.role, member.seat
  ), changed as (
    update ${sessionSeats} as rule set changed = false where session_id = ${sessionId}::uuid and changed
    returning rule.seat, ${rightsNow} as rights
  ), told as (${orderRows(sql`
    select session.node_id, full_body.body from ${sessions} as session, (
      select -1 as rank, jsonb_build_object('type', 'set_rights', 'seat', seat, 'rights', rights) as body from changed
      union all
      select coalesce(moved.seat, 0), jsonb_build_object('type', 'set_place', 'userId', moved.user_id, 'role', moved.role,
        'seat', moved.seat, 'host', moved.user_id = ${hostIdOf},
        'rights', case when moved.seat is null then '[]' else ${rightsNow} end)
      from moved cross join ${sessions} as session
      left join ${sessionSeats} as rule on rule.session_id = session.id and rule.seat = moved.seat
      where session.id = ${sessionId}::uuid
    ) as news(rank, body), lateral (
      select news.body || jsonb_build_object('sessionId', session.id, 'seating', session.seating) as body
    ) as full_body
    where session.id = ${sessionId}::uuid and session.node_id is not null order by news.rank`)}
  )
  select moved.user_id as "userId", moved.role, moved.seat, null as "nodeId" from moved
  union all
  select null, null, null, node_id from (select distinct node_id from told) as ordered`;

/**
 * When the seating is to be looked at again, in seconds from now, 0 or less: at once. No row when nobody waits for anything.
 */
export const selectDue = (sessionId: string): SQL => sql`
  select min(case
    when member.user_id is null then 0
    when rule.turn_seconds is null then null
    else extract(epoch from least(rule.turn_until, member.away_since + ${seconds(TURN_GRACE_S)}) - clock_timestamp())
  end)::float8 as "dueIn"
  from (${waitingFor(sessionId)}) as waiting
  left join ${sessionSeats} as rule on rule.session_id = ${sessionId}::uuid and rule.seat = waiting.seat
  left join ${sessionMembers} as member
    on member.session_id = ${sessionId}::uuid and member.active and member.seat = waiting.seat`;
