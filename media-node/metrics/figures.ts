import { readdirSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Slot } from '../agent/slot.ts';
import type { SlotFigures } from '../agent/slot-figures.ts';
import type { Membership } from '../fleet/membership.ts';
import type { Outbox } from '../fleet/outbox.ts';
import type { Capacity } from '../load/capacity.ts';
import type { Workers } from '../sfu/workers.ts';

/** Milliseconds between looks at the event loop. */
const LOOP_RESOLUTION_MS = 10;

const NS_PER_S = 1e9;

/** All that is told of a node at one moment. Seconds, bytes and bits a second throughout. */
export interface NodeFigures {
  slots: ReadonlyArray<SlotFigures & { index: number; cpuCores: number }>;
  workers: { running: number; restarts: number };
  cpu: { busy: number; freeCores: number; refused: number; fullFor: number };
  outbox: number;
  edge: { registered: boolean; reachable: boolean; silentFor: number };
  isDraining: boolean;
  /** Since it was asked last. */
  eventLoopDelay: { p50: number; p99: number; max: number };
  residentBytes: number;
  openFiles: number;
}

export interface FigureSources {
  slots: readonly Slot[];
  workers: Workers;
  capacity: Capacity;
  outbox: Outbox;
  membership: () => Membership;
  isDraining: () => boolean;
}

/** Gathers the node's figures where they arise. */
export class Figures {
  readonly #sources: FigureSources;
  readonly #loop = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });

  constructor(sources: FigureSources) {
    this.#sources = sources;
    this.#loop.enable();
  }

  gather(): NodeFigures {
    const { slots, workers, capacity, outbox, membership, isDraining } = this.#sources;
    const { budget } = capacity;
    const { fullFor = [] } = capacity.report();
    const { registered, reachable, silentMs } = membership();
    return {
      slots: slots.map(({ figures }, index) => ({ ...figures, index, cpuCores: budget.costOfSlot(index) })),
      workers: { running: workers.pids.length, restarts: workers.restarts },
      cpu: {
        busy: budget.busy,
        freeCores: budget.free,
        refused: capacity.refused,
        fullFor: fullFor.length,
      },
      outbox: outbox.size,
      edge: { registered, reachable, silentFor: silentMs / 1000 },
      isDraining: isDraining(),
      eventLoopDelay: this.#loopDelay(),
      residentBytes: process.memoryUsage.rss(),
      openFiles: readdirSync('/proc/self/fd').length,
    };
  }

  close(): void {
    this.#loop.disable();
  }

  #loopDelay(): NodeFigures['eventLoopDelay'] {
    const [p50, p99] = [50, 99].map(quantile => this.#loop.percentile(quantile) / NS_PER_S);
    const max = this.#loop.max / NS_PER_S;
    this.#loop.reset();
    return { p50: p50 ?? 0, p99: p99 ?? 0, max };
  }
}
