import type { Database } from '#edge/store/database.ts';
import type { NodeEvent } from '#shared/api/fleet.ts';
import { recordMatch } from './matches.ts';
import { recordPresence } from './plays.ts';

/** Writes a node's event into the history, if it belongs there; ends go with `recordEndsQueries`. The same however often and in whatever order events come. */
export async function recordEvent(
  db: Database,
  nodeId: string,
  event: Exclude<NodeEvent, { type: 'session_ended' }>,
): Promise<void> {
  switch (event.type) {
    case 'viewer_joined':
    case 'viewer_left':
      return recordPresence(db, nodeId, event);
    case 'match_ended':
      return recordMatch(db, nodeId, event);
    case 'session_starting':
    case 'session_playing':
    case 'session_reconnecting':
      return;
  }
}
