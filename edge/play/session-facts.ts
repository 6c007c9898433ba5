import { type SQL, sql } from 'drizzle-orm';
import { nodes, sessions } from '#edge/store/schema.ts';

/**
 * A query for what other capabilities ask about sessions: columns id, game, game_version, region (null before it had a node),
 * node_id, epoch, owner_id, state, end_reason, created_at, started_at, ended_at.
 */
export const sessionFacts: SQL = sql`
  select session.id, session.game, session.game_version, node.region, session.node_id, session.epoch, session.owner_id,
    session.state, session.end_reason, session.created_at, session.started_at, session.ended_at
  from ${sessions} as session left join ${nodes} as node on node.id = session.node_id`;
