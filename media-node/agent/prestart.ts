import { readdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Games, InstalledGame } from '../games.ts';
import type { GameProcess, HostedSlot } from '../host/types.ts';
import type { Logger } from '../log.ts';
import type { Reserve, ReserveShare } from './reserve.ts';

/** Milliseconds from a game's first window to its title, as the slowest known one takes. */
const TO_TITLE_MS = 3000;

/** Milliseconds until the reserve is asked again when it had no room. */
const ASK_AGAIN_MS = 2000;

export interface PrestartOptions {
  host: HostedSlot;
  games: Games;
  reserve: Reserve;
  log: Logger;
}

interface Started {
  game: InstalledGame;
  process: GameProcess;
  share: ReserveShare;
}

/**
 * A free slot's game that was started ahead, up to its title, and then paused: it costs memory and no processor. A session of that game
 * takes it over if its player begins without a save; a home that holds something has to be there when the game starts.
 */
export class Prestart {
  readonly #options: PrestartOptions;
  #started: Started | undefined;
  #stop = new AbortController();
  #work: Promise<void> = Promise.resolve();

  constructor(options: PrestartOptions) {
    this.#options = options;
  }

  /** Starts one of the reserve's games in the background, another one in each slot. */
  begin(): void {
    const { host, games, reserve, log } = this.#options;
    const wanted = reserve.games.flatMap(slug => games.get(slug) ?? []);
    const game = wanted[host.index % wanted.length];
    if (game === undefined) return;
    this.#stop = new AbortController();
    this.#work = this.#start(game, this.#stop.signal).catch((err: unknown) => {
      log.warn({ err, game: game.manifest.slug }, 'a game could not be started ahead');
    });
  }

  /** The game that was started ahead, in `home`, if that is empty and it is the one that is wanted. Else it is ended. */
  async claim(game: InstalledGame, home: string): Promise<GameProcess | undefined> {
    this.#stop.abort();
    await this.#work;
    const started = this.#started;
    if (started === undefined) return undefined;
    const isWanted = started.game === game && (await readdir(home)).length === 0;
    if (!isWanted) {
      await this.discard();
      return undefined;
    }
    this.#started = undefined;
    started.share.release();
    await this.#options.host.moveHome(home);
    started.process.resume();
    return started.process;
  }

  /** Ends it. Idempotent; `begin` may follow. */
  async discard(): Promise<void> {
    this.#stop.abort();
    await this.#work;
    const started = this.#started;
    this.#started = undefined;
    if (started === undefined) return;
    started.share.release();
    await this.#options.host.endGame();
  }

  async #start(game: InstalledGame, stop: AbortSignal): Promise<void> {
    const { host, log } = this.#options;
    const share = await this.#share(game, stop);
    if (share === undefined) return;
    const { manifest, gameDir, buildDir } = game;
    try {
      await host.setPicture(manifest.picture.width, manifest.picture.height);
      const homeDir = await host.freshHome();
      const process = await host.launchGame({ manifest, gameDir, buildDir, homeDir, sessionId: 'none yet' });
      const started = { game, process, share };
      this.#started = started;
      void process.exited.then(() => this.#ended(started));
      const stopped = sleep(TO_TITLE_MS * 100, undefined, { signal: stop, ref: false }).catch(
        () => undefined,
      );
      await Promise.race([process.firstWindow, stopped]);
      await sleep(TO_TITLE_MS, undefined, { signal: stop, ref: false }).catch(() => undefined);
      if (stop.aborted || this.#started !== started) return;
      process.pause();
      share.startIsOver();
      log.info({ game: manifest.slug }, 'a game waits at its title');
    } catch (error) {
      if (this.#started === undefined) share.release();
      throw error;
    }
  }

  /** Waits for room; undefined when it was called off. */
  async #share(game: InstalledGame, stop: AbortSignal): Promise<ReserveShare | undefined> {
    while (!stop.aborted) {
      const share = this.#options.reserve.take(game.manifest);
      if (share !== undefined) return share;
      await sleep(ASK_AGAIN_MS, undefined, { signal: stop, ref: false }).catch(() => undefined);
    }
    return undefined;
  }

  /** By itself, with nobody there. */
  #ended(started: Started): void {
    if (this.#started !== started) return;
    this.#options.log.warn(
      { game: started.game.manifest.slug, output: started.process.lastOutput },
      'a game that was started ahead has ended',
    );
    void this.discard();
  }
}
