import { createHash } from 'node:crypto';
import { readSync, writeFileSync } from 'node:fs';
import { constants, zstdCompressSync } from 'node:zlib';
import { pack as tar } from 'tar-stream';
import { SAVE_MAX_BYTES } from '#shared/api/saves.ts';
import { NearcadeError } from '#shared/errors.ts';
import { type TreeEntry, walk } from './tree.ts';

/** A save in a file of its own. */
export interface Packed {
  /** Bytes of the archive. */
  size: number;
  /** Of the archive, lower-case hexadecimal. */
  sha256: string;
  /** Of the files that it was made of (tree.ts). */
  signature: string;
  /** Whether the files held still while they were read: then they belong together. */
  steady: boolean;
  entries: number;
  skipped: number;
}

/** zstd's own default: ten times the speed of what would save a few per cent more. */
const LEVEL = 3;

/** Seconds since 1970 that a tar header can hold in octal; games may set any time. */
const TAR_MAX_MTIME = 0o77777777777n;

/**
 * Packs what lies at `paths` in `home` into `file`, which must not exist: a tar archive (POSIX.1-2001, pax) in one zstd frame
 * (RFC 8878). The same files give the same bytes. Owners are left out, and all of the rights but who may run it. Blocks. Throws
 * `save_too_large`, `save_unsteady` when a file is cut while it is read.
 */
export async function pack(home: string, paths: readonly string[], file: string): Promise<Packed> {
  const before = walk(home, paths);
  const archive = tar();
  const chunks: Buffer[] = [];
  archive.on('data', chunk => chunks.push(chunk as Buffer));
  const ended = new Promise<void>((resolve, reject) => {
    archive.once('end', resolve);
    archive.once('error', reject);
  });
  const { signature, entries, skipped } = walk(home, paths, (entry, fd) => {
    archive.entry(
      headerOf(entry),
      fd === undefined || entry.kind === 'folder' ? '' : contentOf(fd, entry.size),
    );
  });
  archive.finalize();
  await ended;
  const after = walk(home, paths);
  const bytes = zstdCompressSync(Buffer.concat(chunks.splice(0)), {
    params: { [constants.ZSTD_c_compressionLevel]: LEVEL, [constants.ZSTD_c_checksumFlag]: 1 },
  });
  if (bytes.length > SAVE_MAX_BYTES) {
    throw new NearcadeError('save_too_large', `More than ${SAVE_MAX_BYTES} bytes packed`);
  }
  writeFileSync(file, bytes, { flag: 'wx', mode: 0o600 });
  return {
    size: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    signature,
    steady: before.signature === signature && signature === after.signature,
    entries,
    skipped,
  };
}

function headerOf({ path, kind, size, mtimeNs, executable }: TreeEntry) {
  const seconds = mtimeNs / 1_000_000_000n;
  const mtime = seconds < 0n ? 0n : seconds > TAR_MAX_MTIME ? TAR_MAX_MTIME : seconds;
  return {
    name: kind === 'folder' ? `${path}/` : path,
    type: kind === 'folder' ? ('directory' as const) : ('file' as const),
    size,
    mode: executable ? 0o700 : 0o600,
    mtime: new Date(Number(mtime) * 1000),
  };
}

function contentOf(fd: number, size: number): Buffer {
  const content = Buffer.alloc(size);
  for (let filled = 0; filled < size; ) {
    const count = readSync(fd, content, filled, size - filled, filled);
    if (count === 0) throw new NearcadeError('save_unsteady', 'A file became shorter while it was read');
    filled += count;
  }
  return content;
}
