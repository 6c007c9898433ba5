import type { PadState, Rumble } from '#shared/pads.ts';

/** Where pads are plugged in, however a game comes to see them. Pads count from 0. Nothing here waits. */
export interface PadPort {
  /** `undefined` unplugs the pad. */
  set(pad: number, state: PadState | undefined): void;
  /** Hears, in place of who heard before, what the game has a pad's motors do. */
  onRumble(listener: (pad: number, rumble: Rumble) => void): void;
}
