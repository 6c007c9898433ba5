import { NO_RUMBLE, type Rumble } from '#shared/pads.ts';
import type { Clock } from '../held-inputs.ts';

/** A player's hand feels no faster change; a game that makes more costs its players' sockets nothing. */
const MIN_GAP_MS = 40;

interface Motors {
  /** As they were told last. */
  told: Rumble;
  wanted: Rumble;
  waiting: boolean;
}

/** What a game has the pads' motors do, as it is told to the players: at most 25 times a second and pad, and always how it ended. */
export class Rumbles {
  readonly #tell: (pad: number, rumble: Rumble) => void;
  readonly #clock: Clock;
  readonly #pads = new Map<number, Motors>();

  constructor(tell: (pad: number, rumble: Rumble) => void, clock: Clock) {
    this.#tell = tell;
    this.#clock = clock;
  }

  hear(pad: number, rumble: Rumble): void {
    const motors = this.#pads.get(pad) ?? { told: NO_RUMBLE, wanted: NO_RUMBLE, waiting: false };
    this.#pads.set(pad, motors);
    motors.wanted = rumble;
    if (!motors.waiting) this.#say(pad, motors);
  }

  /** The game is gone, and its rumble with it. */
  stop(): void {
    for (const pad of this.#pads.keys()) this.hear(pad, NO_RUMBLE);
  }

  #say(pad: number, motors: Motors): void {
    const { told, wanted } = motors;
    const resting = isStill(told) && isStill(wanted);
    if (resting) return;
    motors.told = wanted;
    motors.waiting = true;
    this.#tell(pad, wanted);
    this.#clock.after(MIN_GAP_MS, () => {
      motors.waiting = false;
      const { low, high } = motors.wanted;
      if (low !== motors.told.low || high !== motors.told.high) this.#say(pad, motors);
    });
  }
}

function isStill({ low, high }: Rumble): boolean {
  return low === 0 && high === 0;
}
