import type { Save } from '#shared/api/saves.ts';
import { SAVE_AFTER_END_S } from '#shared/api/saves.ts';
import { NearcadeError } from '#shared/errors.ts';
import type { ServerMessage } from '#shared/signal.ts';
import type { Clock } from '../clock.ts';
import type { Logger } from '../log.ts';
import type { ArchiveFolder } from './archive-folder.ts';
import { isStopped, type LateUploads } from './late-uploads.ts';
import {
  FINAL_WAIT_MS,
  LEFT_WAIT_MS,
  SAVE_NOW_PAUSE_MS,
  SAVE_NOW_WAIT_MS,
  SCAN_MS,
  STEADY_PAUSE_MS,
  STEADY_TRIES,
} from './limits.ts';
import type { Packed } from './pack.ts';
import type { Pending, PendingArchives } from './pending-archives.ts';
import {
  isDue,
  isRestless,
  type SaveTimes,
  type SaveWatch,
  saved,
  seen,
  startWatch,
  tried,
} from './policy.ts';
import { restore } from './restore.ts';
import type { SaveThread } from './save-thread.ts';
import type { Held, SavesApi } from './saves-api.ts';
import { UploadLine } from './upload-line.ts';

export interface SessionSavesOptions {
  held: Held;
  /** The manifest's; none: the game keeps nothing. */
  paths: readonly string[];
  api: SavesApi;
  folder: ArchiveFolder;
  /** Where archives wait until they are up, and who puts up what this session could not. */
  pending: PendingArchives;
  late: Pick<LateUploads, 'add' | 'settled'>;
  thread: SaveThread;
  times: SaveTimes;
  /** Tells the player whose saves these are. */
  tell: (message: ServerMessage) => void;
  /** Nothing is under way any more. */
  onEnded: () => void;
  clock: Clock;
  log: Logger;
}

/** The session's own slot, among those that a save was put into. */
const OWN = '';

/** The home of one session and the saves that are made of it, from its start to its end and a little beyond. */
export class SessionSaves {
  readonly #options: SessionSavesOptions;
  readonly #home: string;
  readonly #line: UploadLine;
  /** The good save of each slot that this session knows of. */
  readonly #good = new Map<string, Save>();
  #watch: SaveWatch;
  #isReady = false;
  #isOver = false;
  #cancelLook: (() => void) | undefined;
  #packing: Promise<unknown> = Promise.resolve();
  #askedAt = Number.NEGATIVE_INFINITY;
  #toldCode: string | undefined;
  #ending: Promise<void> | undefined;

  constructor(options: SessionSavesOptions) {
    this.#options = options;
    this.#home = options.folder.homeOf(options.held.sessionId);
    this.#line = new UploadLine(options);
    this.#watch = startWatch(null, options.clock.now());
  }

  /** Whether there is something to save when the session ends. */
  get isKept(): boolean {
    return this.#isReady && !this.#isOver;
  }

  /** Makes the home that the game is to start with. Throws `restore_failed`. */
  async prepareHome(): Promise<string> {
    const { held, paths, thread, folder, late, clock } = this.#options;
    if (paths.length === 0) {
      await folder.makeHome(this.#home);
      return this.#home;
    }
    await late.settled(held.sessionId, LEFT_WAIT_MS);
    const save = await restore(this.#options);
    const { signature, entries } = await thread.scan(this.#home, paths);
    if (save !== null) this.#good.set(OWN, save);
    this.#watch = startWatch(save === null && entries > 0 ? null : signature, clock.now());
    this.#isReady = !this.#isOver;
    this.#lookLater();
    return this.#home;
  }

  /** Something may be lost soon: what has changed is saved now, in the background. */
  snapshot(): void {
    if (!this.isKept) return;
    void this.#look(true);
  }

  /** Saves on demand. Throws `saves_off`, `rate_limited`, `save_nothing`, `save_too_large`, `unavailable`, or the edge's codes. */
  async saveNow(slot: string | undefined): Promise<Save> {
    const { clock, paths } = this.#options;
    if (paths.length === 0) throw new NearcadeError('saves_off');
    if (!this.isKept) throw new NearcadeError('save_nothing');
    if (clock.now() - this.#askedAt < SAVE_NOW_PAUSE_MS) throw new NearcadeError('rate_limited');
    this.#askedAt = clock.now();
    const own = this.#good.get(OWN)?.slot;
    const saving = this.#take(slot === own ? undefined : slot, true);
    saving.catch(() => undefined); // it may go on after we gave up waiting
    return this.#atMost(SAVE_NOW_WAIT_MS, saving);
  }

  /**
   * The game is gone: saves what it has left and waits a while until that is up; if that takes longer it goes on behind. `isLost`: the
   * session is another node's by now, so nothing is saved. Idempotent.
   */
  async finish(isLost = false): Promise<void> {
    const waits = this.isKept && !isLost;
    this.#isOver = true;
    this.#cancelLook?.();
    this.#ending ??= this.#end(waits);
    if (waits) await this.#atMost(FINAL_WAIT_MS, this.#ending).catch(() => undefined);
  }

  /** Settles when nothing is under way any more; only after `finish`. */
  async ended(): Promise<void> {
    await this.#ending;
  }

  /** Leaves what is not up yet on the disk. */
  async abandon(): Promise<void> {
    await this.#line.close();
  }

  async #end(isToBeSaved: boolean): Promise<void> {
    const { clock, folder, held, log } = this.#options;
    const giveUp = clock.after(SAVE_AFTER_END_S * 1000, () => void this.#line.close());
    try {
      if (isToBeSaved) await this.#take(undefined, true);
    } catch (error) {
      if (isStopped(error)) {
        log.warn({ sessionId: held.sessionId }, 'the last save of a session waits on the disk');
      } else if (!isNothing(error)) {
        log.error({ err: error, sessionId: held.sessionId }, 'the last save of a session is lost');
      }
    } finally {
      if (isToBeSaved) await this.#line.idle(); // what the host has asked for, too
      giveUp();
      await this.#line.close();
      await folder.remove(this.#home);
      this.#options.onEnded();
    }
  }

  #lookLater(): void {
    if (!this.isKept) return;
    this.#cancelLook?.();
    this.#cancelLook = this.#options.clock.after(SCAN_MS, () => void this.#look(false));
  }

  /** Looks at the files, and saves them when it is time, or when `isUrgent`. */
  async #look(isUrgent: boolean): Promise<void> {
    const { paths, thread, times, clock } = this.#options;
    try {
      const { signature } = await thread.scan(this.#home, paths);
      const now = clock.now();
      this.#watch = seen(this.#watch, signature, now);
      if (this.#isOver) return;
      if (isDue(this.#watch, times, now) || (isUrgent && this.#watch.dirtySince !== null)) {
        const mayBeTorn = isUrgent || isRestless(this.#watch, times, now);
        this.#watch = tried(this.#watch, now);
        await this.#take(undefined, mayBeTorn);
      }
    } catch (error) {
      this.#say(error);
    } finally {
      if (!isUrgent) this.#lookLater();
    }
  }

  /** Packs, and puts up what is new. One packing at a time; uploads have their own line. */
  async #take(slot: string | undefined, mayBeTorn: boolean): Promise<Save> {
    const beginning = this.#packing.then(() => this.#begin(slot, mayBeTorn));
    this.#packing = beginning.catch(() => undefined);
    const { save } = await beginning;
    return save;
  }

  /** Packs; answers what becomes of it once it is on this disk, whole, and on its way. */
  async #begin(slot: string | undefined, mayBeTorn: boolean): Promise<{ save: Promise<Save> }> {
    const { folder, clock, pending, held } = this.#options;
    const file = folder.fresh();
    try {
      const { size, sha256, signature, entries } = await this.#pack(file, mayBeTorn);
      const good = this.#good.get(slot ?? OWN);
      const isSame = good?.sha256 === sha256 || (entries === 0 && good === undefined);
      const underWay = isSame ? undefined : this.#line.underWay(slot, sha256);
      if (underWay !== undefined) return { save: underWay };
      // From here on the files count as saved; should this fail for good, as unsaved again.
      if (slot === undefined) this.#watch = saved(this.#watch, signature, clock.now());
      if (isSame && good === undefined) throw new NearcadeError('save_nothing');
      if (isSame && good !== undefined) return { save: Promise.resolve(good) };
      const waiting = await pending.add(file, { ...held, size, sha256, slot: slot ?? null });
      const save = this.#putUp(waiting, signature);
      save.catch(() => undefined); // told to whoever asked for it
      return { save };
    } finally {
      await folder.remove(file);
    }
  }

  async #putUp(archive: Pending, signature: string): Promise<Save> {
    const { folder, pending, late, tell, clock } = this.#options;
    const { file, size, sha256 } = archive;
    const slot = archive.slot ?? undefined;
    try {
      const save = await this.#line.offer({ file, size, sha256, slot });
      this.#good.set(slot ?? OWN, save);
      await folder.keep(file, sha256);
      await pending.forget(file);
      this.#toldCode = undefined;
      tell({ type: 'saved', save });
      return save;
    } catch (error) {
      if (isStopped(error)) late.add([archive]);
      else await pending.remove(file);
      if (slot === undefined && this.#watch.saved === signature) {
        this.#watch = { ...this.#watch, saved: null, dirtySince: clock.now() };
      }
      throw error;
    }
  }

  /** The files as they are together, if they hold still at last; else as they are. */
  async #pack(file: string, mayBeTorn: boolean): Promise<Packed> {
    const { thread, folder, paths } = this.#options;
    for (let attempt = 1; ; attempt++) {
      const isLast = attempt === STEADY_TRIES;
      try {
        const packed = await thread.pack(this.#home, paths, file);
        if (packed.steady || (isLast && mayBeTorn)) return packed;
        if (isLast) throw new NearcadeError('save_unsteady');
      } catch (error) {
        const isUnsteady = error instanceof NearcadeError && error.code === 'save_unsteady';
        if (!isUnsteady || isLast) throw error;
      }
      await folder.remove(file);
      await this.#sleep(STEADY_PAUSE_MS);
    }
  }

  /** Tells the player, once until it is well again, what keeps their game from being saved. */
  #say(error: unknown): void {
    const { log, held, tell } = this.#options;
    const known = error instanceof NearcadeError ? error : new NearcadeError('internal');
    if (isNothing(error) || isStopped(error) || known.code === 'save_upload_over') return;
    log.warn({ err: error, sessionId: held.sessionId }, 'no snapshot');
    if (known.code === 'save_unsteady' || known.code === this.#toldCode) return;
    this.#toldCode = known.code;
    tell({ type: 'saveFailed', code: known.code, message: known.message });
  }

  #sleep(ms: number): Promise<void> {
    return new Promise(resolve => {
      this.#options.clock.after(ms, resolve);
    });
  }

  /** What `work` answers, unless it takes longer: then it goes on by itself. */
  async #atMost<T>(ms: number, work: Promise<T>): Promise<T> {
    const late = Promise.withResolvers<never>();
    const cancel = this.#options.clock.after(ms, () => {
      late.reject(new NearcadeError('unavailable', 'The save is not up yet: it will be tried on'));
    });
    try {
      return await Promise.race([work, late.promise]);
    } finally {
      cancel();
    }
  }
}

const isNothing = (error: unknown): boolean =>
  error instanceof NearcadeError && error.code === 'save_nothing';
