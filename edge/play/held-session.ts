import { type SQL, sql } from 'drizzle-orm';
import { sessions } from '#edge/store/schema.ts';

export interface Holding {
  nodeId: string;
  sessionId: string;
  epoch: number;
}

/**
 * A query for a session that a node holds in this epoch, columns id, owner_id, game, game_version, save_slot and save_id: one that runs, or ended
 * less than `afterEnd` seconds ago, unless it was given up because its node was lost.
 */
export function heldSession({ nodeId, sessionId, epoch }: Holding, afterEnd: number): SQL {
  return sql`
    select id, owner_id, game, game_version, save_slot, save_id from ${sessions}
    where id = ${sessionId}::uuid and node_id = ${nodeId} and epoch = ${epoch}::bigint
      and (ended_at is null or (end_reason <> 'node_lost'
        and ended_at > now() - make_interval(secs => ${afterEnd}::float8)))`;
}

/**
 * A query for a session that a node holds in this epoch, or held until it ended or the node was lost, at most `late` seconds ago. Columns as
 * `heldSession`, and `late_slot`: `recovered` when its owner has gone on without what this node has, else null.
 */
export function sessionHeldBefore(holding: Holding, afterEnd: number, late: number, recovered: string): SQL {
  const { nodeId, sessionId, epoch } = holding;
  return sql`
    select session.id, session.owner_id, session.game, session.game_version, session.save_slot, session.save_id,
      case
        when held.id is not null then null
        when session.lost_node_id = ${nodeId} and session.lost_epoch = ${epoch}::bigint
          -- Nobody plays it yet, and when it comes back to this node that puts up first what it has.
          and not (session.state = 'queued' or (session.state = 'reserved' and session.node_id = ${nodeId}))
          then ${recovered}::text
        when exists (
          select 1 from ${sessions} as later
          where later.owner_id = session.owner_id and later.game = session.game and later.save_slot = session.save_slot
            and later.created_at > session.created_at)
          then ${recovered}::text
      end as late_slot
    from ${sessions} as session left join (${heldSession(holding, afterEnd)}) as held on true
    where session.id = ${sessionId}::uuid
      and ((session.node_id = ${nodeId} and session.epoch = ${epoch}::bigint)
        or (session.lost_node_id = ${nodeId} and session.lost_epoch = ${epoch}::bigint))
      and (session.ended_at is null or session.ended_at > now() - make_interval(secs => ${late}::float8))`;
}
