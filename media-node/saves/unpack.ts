import { createHash } from 'node:crypto';
import { closeSync, constants, futimesSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { extract } from 'tar-stream';
import { NearcadeError } from '#shared/errors.ts';
import { SAVE_MAX_DEPTH, SAVE_MAX_ENTRIES, SAVE_MAX_PATH, SAVE_MAX_UNPACKED_BYTES } from './limits.ts';

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;

/** Ends of an archive, and whole headers: what tar calls a block. */
const BLOCK = 512;

/**
 * Unpacks the save in `file` into `target`, an empty folder that nobody else can write to. Takes files and folders that stay inside
 * and no others, and only when the archive is the one that `sha256` says. Throws `save_invalid`; `target` may then hold a part of it.
 */
export async function unpack(file: string, sha256: string, target: string): Promise<void> {
  const packed = readFileSync(file);
  if (createHash('sha256').update(packed).digest('hex') !== sha256) throw invalid('The checksum is wrong');
  const bytes = decompress(packed);
  // tar-stream would take an archive without its end for a whole one.
  if (bytes.length < 2 * BLOCK || bytes.subarray(-2 * BLOCK).some(byte => byte !== 0)) {
    throw invalid('The archive has no end');
  }
  const archive = extract();
  archive.end(bytes);
  const made = new Set<string>();
  let entries = 0;
  try {
    for await (const entry of archive) {
      entries += 1;
      if (entries > SAVE_MAX_ENTRIES) throw invalid('Too many entries');
      const { name, type, mode = 0, mtime = new Date(0) } = entry.header;
      const steps = stepsOf(name);
      if (type === 'directory') {
        folder(target, steps, made);
        entry.resume();
      } else if (type === 'file') {
        folder(target, steps.slice(0, -1), made);
        await write(join(target, ...steps), (mode & 0o100) === 0 ? 0o600 : 0o700, mtime, entry);
      } else {
        throw invalid(`An archive of saves has no ${type}`);
      }
    }
  } catch (cause) {
    throw cause instanceof NearcadeError ? cause : invalid('The archive is damaged', cause);
  }
}

async function write(
  path: string,
  mode: number,
  mtime: Date,
  content: AsyncIterable<unknown>,
): Promise<void> {
  // Exclusive: two entries of one name are no save of ours.
  const fd = openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
  try {
    for await (const data of content) {
      const chunk = data as Buffer;
      for (let done = 0; done < chunk.length; ) done += writeSync(fd, chunk, done);
    }
    futimesSync(fd, mtime, mtime);
  } finally {
    closeSync(fd);
  }
}

function folder(target: string, steps: readonly string[], made: Set<string>): void {
  if (steps.length === 0) return;
  const path = join(target, ...steps);
  if (made.has(path)) return;
  folder(target, steps.slice(0, -1), made);
  mkdirSync(path, { mode: 0o700 });
  made.add(path);
}

function stepsOf(name: string): string[] {
  const steps = name.replace(/\/$/, '').split('/');
  const isOutside = steps.some(step => step === '' || step === '.' || step === '..' || step.includes('\0'));
  if (isOutside) throw invalid('A path leaves the save');
  if (name.length > SAVE_MAX_PATH + 1 || steps.length > SAVE_MAX_DEPTH + 1)
    throw invalid('A path is too long');
  return steps;
}

function decompress(packed: Buffer): Buffer {
  try {
    // Above the files' bytes: a header and padding for each entry.
    return zstdDecompressSync(packed, {
      maxOutputLength: SAVE_MAX_UNPACKED_BYTES + SAVE_MAX_ENTRIES * 8 * BLOCK,
    });
  } catch (cause) {
    throw invalid('The archive is damaged or too large', cause);
  }
}

function invalid(message: string, cause?: unknown): NearcadeError {
  return new NearcadeError('save_invalid', message, { cause });
}
