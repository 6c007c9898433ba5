import type { PadState } from '#shared/pads.ts';

/** Where pads are plugged in, however a game comes to see them. Pads count from 0. Nothing here waits. */
export interface PadPort {
  /** `undefined` unplugs the pad. */
  set(pad: number, state: PadState | undefined): void;
}
