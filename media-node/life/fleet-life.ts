import { AwsLife } from '../cloud/aws-life.ts';
import type { Config } from '../config.ts';
import type { Logger } from '../log.ts';

/**
 * Why this node is to go for good.
 *
 * - `signal`: its own machine asks (SIGTERM); `hurry`: for the second time, so at once
 * - `lifecycle_hook`: the group takes the machine away, and waits for this node's word
 * - `spot`: the cloud takes the machine back at `goneAt` (milliseconds since 1970), whatever happens here
 */
export type Notice =
  | { kind: 'signal' }
  | { kind: 'hurry' }
  | { kind: 'lifecycle_hook' }
  | { kind: 'spot'; goneAt: number };

/**
 * Why it is to take nobody new in, without an end to what plays: the cloud may soon need the machine back, or an operator has put it
 * aside.
 */
export type Rest = 'rebalance' | 'standby' | 'detached';

export interface LifeListener {
  /** May come again for as long as it holds. */
  onNotice: (notice: Notice) => void;
  /** Undefined: it serves again. */
  onRest: (rest: Rest | undefined) => void;
}

/** What its fleet has to know of a node that serves. */
export interface ServingNode {
  /** Whether something here would be lost with the machine: a session, or what one has left that is not up yet. */
  isHeld: () => boolean;
  /** Percent of what the node can take; undefined while it takes nobody. */
  slotsInUse: () => number | undefined;
}

/** The node's place among the machines of its fleet: whoever starts and ends them. None of it may keep a player waiting. */
export interface FleetLife {
  /** Says from now on what is coming. Resolves when that is known for the first time, as far as it can be. */
  begin: (listener: LifeListener) => Promise<void>;
  /** The node takes players. The machine counts as started, and is not taken away for being too many while it holds something. */
  serve: (node: ServingNode) => void;
  /** A session may have begun: it is not left to the next look. */
  look: () => void;
  /** The node could not start. Resolves when its fleet knows, as far as it can be reached. */
  failed: () => Promise<void>;
  /** Everything is saved and told. Resolves when the machine may go, as far as its fleet can be reached. */
  left: () => Promise<void>;
  /** Idempotent. */
  close: () => Promise<void>;
}

/** A machine of one's own: nobody but its operator takes it away, and they say so by SIGTERM. */
const ownMachine: FleetLife = {
  begin: async () => undefined,
  serve: () => undefined,
  look: () => undefined,
  failed: async () => undefined,
  left: async () => undefined,
  close: async () => undefined,
};

export function openFleetLife(fleet: Config['fleet'], log: Logger): FleetLife {
  return fleet.kind === 'none' ? ownMachine : new AwsLife({ fleet, log });
}
