import { execFile } from 'node:child_process';
import { statfs } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** Two looks at the file system are this far apart: what a game writes meanwhile may pass its limit. */
const LOOK_MS = 200;

/** So much less free than at the last count, and somebody writes: it may be this game. */
const SUSPICIOUS_BYTES = 4 * 1024 * 1024;
const SUSPICIOUS_FILES = 500;

/** Counted anew after this long in any case: files can grow into blocks that others gave free. */
const COUNT_MS = 5_000;

/** A count takes at most this share of the time, however many files there are to count. */
const REST_FACTOR = 10;

/** A tree that is not counted by then is more than any home. */
const COUNT_TIMEOUT_MS = 5_000;

export interface DiskUse {
  /** As the disk has it: blocks, not lengths. */
  bytes: number;
  /** Files, folders and all else that takes an inode. */
  files: number;
}

export interface DiskWatchOptions {
  dir: string;
  limit: DiskUse;
  /** Called once. */
  onOver: (use: DiskUse) => void;
}

/**
 * Holds a folder to a limit. No quota of the kernel's: those are a property of the file system and how it was made, and a node
 * has to run on any. Free space is looked at often, which costs nothing; the folder is counted when it shrank. What a game
 * can write beyond its limit is what the disk takes in the time of two looks and a count.
 */
export class DiskWatch {
  readonly #options: DiskWatchOptions;
  readonly #closing = new AbortController();

  private constructor(options: DiskWatchOptions) {
    this.#options = options;
  }

  static start(options: DiskWatchOptions): DiskWatch {
    const watch = new DiskWatch(options);
    // Aborted by `close()`, or the folder is gone: then there is nothing to hold.
    watch.#run().catch(() => undefined);
    return watch;
  }

  close(): void {
    this.#closing.abort();
  }

  async #run(): Promise<void> {
    const { dir, limit, onOver } = this.#options;
    const { signal } = this.#closing;
    for (;;) {
      const free = await freeOf(dir);
      const started = performance.now();
      const use = await diskUse(dir, signal);
      if (signal.aborted) return;
      if (use.bytes > limit.bytes || use.files > limit.files) {
        onOver(use);
        return;
      }
      const counted = performance.now();
      await sleep((counted - started) * REST_FACTOR, undefined, { signal });
      do {
        await sleep(LOOK_MS, undefined, { signal });
      } while (performance.now() - counted < COUNT_MS && !(await hasShrunk(dir, free)));
    }
  }
}

/** du(1) follows no links, goes below any depth, and counts beside us; what vanishes meanwhile is not counted. */
export function diskUse(dir: string, signal?: AbortSignal): Promise<DiskUse> {
  const count = 'du -sxP -B1 -- "$1" 2>/dev/null; du -sxP --inodes -- "$1" 2>/dev/null; true';
  return new Promise(resolve => {
    execFile(
      '/bin/sh',
      ['-c', count, 'count', dir],
      { timeout: COUNT_TIMEOUT_MS, killSignal: 'SIGKILL', ...(signal === undefined ? {} : { signal }) },
      (error, output) => {
        const [bytes, files] = output.split('\n').map(line => Number.parseInt(line, 10));
        if (error !== null) resolve({ bytes: Number.POSITIVE_INFINITY, files: Number.POSITIVE_INFINITY });
        else resolve({ bytes: bytes || 0, files: files || 0 });
      },
    );
  });
}

async function freeOf(dir: string): Promise<DiskUse> {
  const { bavail, bsize, ffree } = await statfs(dir);
  return { bytes: bavail * bsize, files: ffree };
}

async function hasShrunk(dir: string, before: DiskUse): Promise<boolean> {
  const now = await freeOf(dir);
  return before.bytes - now.bytes > SUSPICIOUS_BYTES || before.files - now.files > SUSPICIOUS_FILES;
}
