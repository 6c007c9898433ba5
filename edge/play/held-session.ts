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
