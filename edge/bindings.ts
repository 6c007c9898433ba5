import type { NodeChannel } from '#edge/fleet/node-channel.ts';
import type { LiveDirectory } from '#edge/live/live-directory.ts';
import type { PlayerHub } from '#edge/live/player-hub.ts';
import type { GroupClock } from '#edge/social/clock/group-clock.ts';
import type { NodeEvent } from '#shared/api/fleet.ts';

/** What the queue EVENTS carries: a node's event and the node that proved, by its token, that it may report it. */
export interface QueuedEvent {
  nodeId: string;
  event: NodeEvent;
}

/** The Worker's bindings as wrangler.toml and the secrets define them: not checked yet. */
export interface Bindings {
  EVENTS: Queue<QueuedEvent>;
  PLAYER_HUB: DurableObjectNamespace<PlayerHub>;
  LIVE_DIRECTORY: DurableObjectNamespace<LiveDirectory>;
  GROUP_CLOCK: DurableObjectNamespace<GroupClock>;
  NODE_CHANNEL: DurableObjectNamespace<NodeChannel>;
  VERSION?: WorkerVersionMetadata;
  [name: string]: unknown;
}
