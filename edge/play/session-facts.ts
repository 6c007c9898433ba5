import { type SQL, sql } from 'drizzle-orm';
import { nodes, sessionMembers, sessions } from '#edge/store/schema.ts';
import { playedSeconds } from './played.ts';

/**
 * A query for what other capabilities ask about sessions: columns id, game, game_version, region (null before it had a node),
 * node_id, epoch, owner_id, state, end_reason, created_at, queued_at (null: it did not wait), reserved_at (when it was last given a
 * slot), started_at, ended_at.
 */
export const sessionFacts: SQL = sql`
  select session.id, session.game, session.game_version, node.region, session.node_id, session.epoch, session.owner_id,
    session.state, session.end_reason, session.created_at, session.queued_at, session.reserved_at,
    session.started_at, session.ended_at
  from ${sessions} as session left join ${nodes} as node on node.id = session.node_id`;

/** A query for who has, or had, a place in a session: columns session_id and user_id. A node's word about anybody else counts for nothing. */
export const memberFacts: SQL = sql`select member.session_id, member.user_id from ${sessionMembers} as member`;

/** A query for the sessions that have not ended: columns game, region (null before it has a node), state and players (seats taken). */
export const sessionsNow: SQL = sql`
  select session.game, node.region, session.state, (
    select count(*) from ${sessionMembers} as member
    where member.session_id = session.id and member.active and member.role = 'player')::int as players
  from ${sessions} as session left join ${nodes} as node on node.id = session.node_id
  where session.ended_at is null`;

/** A query for what sessions that have begun and not ended were played so far: columns id and played (seconds). */
export const playedNow: SQL = sql`
  select session.id, ${playedSeconds(sql`session`)} as played from ${sessions} as session
  where session.started_at is not null and session.ended_at is null`;
