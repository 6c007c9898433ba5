import type { GameManifest } from '#shared/manifest.ts';
import type { Config } from '../config.ts';

/** One game's share of the reserve. Both are idempotent. */
export interface ReserveShare {
  /** It is up, and paused: from now on it holds memory alone. */
  startIsOver: () => void;
  release: () => void;
}

/** What games that nobody plays yet may take together, over all slots of the node: memory while they wait, processors while they start. */
export class Reserve {
  readonly #budget: Config['prestart'];
  readonly #hasRoom: (game: GameManifest) => boolean;
  #memoryMb = 0;
  #cpu = 0;

  /** `hasRoom`: whether the machine could take a session of that game now. */
  constructor(budget: Config['prestart'], hasRoom: (game: GameManifest) => boolean) {
    this.#budget = budget;
    this.#hasRoom = hasRoom;
  }

  /** Slugs of the games to start ahead. */
  get games(): readonly string[] {
    return this.#budget.games;
  }

  /** Undefined when there is no room for it now. */
  take(game: GameManifest): ReserveShare | undefined {
    const { memoryMb, cpu } = game.needs;
    const fits = this.#memoryMb + memoryMb <= this.#budget.memoryMb && this.#cpu + cpu <= this.#budget.cpu;
    if (!fits || !this.#hasRoom(game)) return undefined;
    this.#memoryMb += memoryMb;
    this.#cpu += cpu;
    const startIsOver = once(() => {
      this.#cpu -= cpu;
    });
    const release = once(() => {
      startIsOver();
      this.#memoryMb -= memoryMb;
    });
    return { startIsOver, release };
  }
}

function once(action: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    action();
  };
}
