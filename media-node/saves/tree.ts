import { createHash } from 'node:crypto';
import { type BigIntStats, closeSync, constants, fstatSync, lstatSync, opendirSync, openSync } from 'node:fs';
import { NearcadeError } from '#shared/errors.ts';
import { SAVE_MAX_DEPTH, SAVE_MAX_ENTRIES, SAVE_MAX_PATH, SAVE_MAX_UNPACKED_BYTES } from './limits.ts';

/** A file or folder of a save. */
export interface TreeEntry {
  /** Relative to the home, with `/`. */
  path: string;
  kind: 'file' | 'folder';
  /** Bytes; 0 for folders. */
  size: number;
  /** Nanoseconds since 1970; 0 for folders. */
  mtimeNs: bigint;
  executable: boolean;
}

/** What was found below a game's save paths. */
export interface TreeFacts {
  /** The same as long as nothing is written, made, removed or renamed there. */
  signature: string;
  entries: number;
  bytes: number;
  /** Links, sockets, devices and names that are no UTF-8: a save does not have them. */
  skipped: number;
}

/** Gets each entry; a file with a descriptor of it when the walk opens files. */
export type Visit = (entry: TreeEntry, fd: number | undefined) => void;

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } = constants;

/** What an undecodable byte of a name becomes. */
const UNDECODABLE = '\uFFFD';

/**
 * Walks what lies at `paths` (of the manifest) in a home, in an order of its own that is always the same. The game may run, and may
 * want us to read elsewhere: each step goes through a descriptor of the folder before (openat, by /proc/self/fd) and follows no
 * link, so that nothing the game renames meanwhile leads out. Blocks: for a thread of its own. Throws `save_too_large`.
 */
export function walk(home: string, paths: readonly string[], visit?: Visit): TreeFacts {
  const walker = new Walker(visit);
  const root = openFolder(home);
  if (root !== undefined) {
    try {
      for (const path of paths) walker.reach(root, path.split('/').filter(isStep), []);
    } finally {
      closeSync(root);
    }
  }
  return walker.facts;
}

const isStep = (step: string): boolean => step !== '' && step !== '.';

class Walker {
  readonly #visit: Visit | undefined;
  readonly #hash = createHash('sha256');
  readonly #seen = new Set<string>();
  #bytes = 0;
  #skipped = 0;

  constructor(visit: Visit | undefined) {
    this.#visit = visit;
  }

  get facts(): TreeFacts {
    return {
      signature: this.#hash.copy().digest('hex'),
      entries: this.#seen.size,
      bytes: this.#bytes,
      skipped: this.#skipped,
    };
  }

  /** Goes down to a save path, which may not be there (yet). */
  reach(folder: number, [step, ...rest]: readonly string[], above: readonly string[]): void {
    if (step === undefined) {
      this.#folder(folder, above);
    } else if (rest.length === 0) {
      this.#entry(folder, step, above);
    } else {
      const next = openFolder(at(folder, step));
      if (next === undefined) return;
      try {
        this.reach(next, rest, [...above, step]);
      } finally {
        closeSync(next);
      }
    }
  }

  #folder(folder: number, above: readonly string[]): void {
    if (above.length > SAVE_MAX_DEPTH) throw new NearcadeError('save_too_large', 'Folders are too deep');
    for (const name of namesIn(folder, SAVE_MAX_ENTRIES - this.#seen.size)) this.#entry(folder, name, above);
  }

  #entry(folder: number, name: string, above: readonly string[]): void {
    const path = [...above, name].join('/');
    const stats = statOf(folder, name);
    if (stats === undefined || this.#seen.has(path)) return;
    if (name.includes(UNDECODABLE) || !(stats.isFile() || stats.isDirectory())) {
      this.#skipped += 1;
      return;
    }
    if (path.length > SAVE_MAX_PATH) throw new NearcadeError('save_too_large', 'A path is too long');
    const fd = stats.isDirectory() ? openFolder(at(folder, name)) : this.#open(folder, name);
    if (fd === undefined && (stats.isDirectory() || this.#visit !== undefined)) return; // gone, or another thing by now
    try {
      // Of what was opened, when it was: the name may lead to another file by now.
      const real = fd === undefined ? stats : fstatSync(fd, { bigint: true });
      if (real.isDirectory()) {
        this.#note({ path, kind: 'folder', size: 0, mtimeNs: 0n, executable: true }, undefined);
        this.#folder(fd ?? -1, [...above, name]);
      } else if (real.isFile()) {
        this.#note(fileEntry(path, real), fd);
      } else {
        this.#skipped += 1;
      }
    } finally {
      if (fd !== undefined) closeSync(fd);
    }
  }

  #note(entry: TreeEntry, fd: number | undefined): void {
    this.#seen.add(entry.path);
    this.#bytes += entry.size;
    if (this.#seen.size > SAVE_MAX_ENTRIES) {
      throw new NearcadeError('save_too_large', `More than ${SAVE_MAX_ENTRIES} files`);
    }
    if (this.#bytes > SAVE_MAX_UNPACKED_BYTES) {
      throw new NearcadeError('save_too_large', `More than ${SAVE_MAX_UNPACKED_BYTES} bytes`);
    }
    const { path, kind, size, mtimeNs, executable } = entry;
    this.#hash.update(`${path}\0${kind}\0${size}\0${mtimeNs}\0${executable}\0`);
    this.#visit?.(entry, fd);
  }

  #open(folder: number, name: string): number | undefined {
    // Without O_NONBLOCK, opening what was swapped for a FIFO would wait for ever.
    return this.#visit === undefined
      ? undefined
      : tryOpen(at(folder, name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  }
}

function fileEntry(path: string, { size, mtimeNs, mode }: BigIntStats): TreeEntry {
  return { path, kind: 'file', size: Number(size), mtimeNs, executable: (mode & 0o100n) !== 0n };
}

/** The address of `name` in an open folder (proc(5): resolves to the folder itself, wherever it was moved). */
const at = (folder: number, name: string): string => `/proc/self/fd/${folder}/${name}`;

const openFolder = (path: string): number | undefined =>
  tryOpen(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK);

function statOf(folder: number, name: string): BigIntStats | undefined {
  try {
    return lstatSync(at(folder, name), { bigint: true });
  } catch {
    return undefined; // gone since it was listed, or a name that was not UTF-8
  }
}

function tryOpen(path: string, flags: number): number | undefined {
  try {
    return openSync(path, flags);
  } catch {
    return undefined; // gone, a link, or a thing that can't be opened: not part of a save
  }
}

/** Names in a folder, sorted; a folder of millions is not read to its end. Throws `save_too_large`. */
function namesIn(folder: number, most: number): string[] {
  const names: string[] = [];
  const listing = opendirSync(`/proc/self/fd/${folder}`);
  try {
    for (let entry = listing.readSync(); entry !== null; entry = listing.readSync()) {
      names.push(entry.name);
      if (names.length > most)
        throw new NearcadeError('save_too_large', `More than ${SAVE_MAX_ENTRIES} files`);
    }
  } finally {
    listing.closeSync();
  }
  return names.sort();
}
