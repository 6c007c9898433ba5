import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { S3Error } from './s3-error.ts';

/** What a file name may hold, and a key of ours has. */
const KEY = /^[A-Za-z0-9_-][A-Za-z0-9._/-]{0,150}$/;

export interface StoredObject {
  path: string;
  size: number;
  modifiedAt: Date;
}

/** Objects as files of one folder. What is there is whole: an upload shows only once it has all arrived and is on the disk. */
export class ObjectFolder {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Makes the folder, and drops what an earlier run had left half way. */
  async open(): Promise<void> {
    await rm(this.#uploads, { recursive: true, force: true });
    await mkdir(this.#uploads, { recursive: true, mode: 0o700 });
  }

  /** Throws S3Error `BadDigest` or `IncompleteBody`; what was there before stays then. */
  async put(
    key: string,
    body: Readable,
    expected: { size: number; sha256: string | undefined },
  ): Promise<void> {
    const path = this.#path(key);
    const upload = join(this.#uploads, randomUUID());
    const hash = createHash('sha256');
    let size = 0;
    try {
      await pipeline(
        body,
        async function* (chunks: AsyncIterable<Buffer>) {
          for await (const chunk of chunks) {
            hash.update(chunk);
            size += chunk.length;
            yield chunk;
          }
        },
        createWriteStream(upload, { mode: 0o600, flush: true }),
      );
      if (size !== expected.size) throw new S3Error(400, 'IncompleteBody', 'Fewer bytes came than were said');
      if (expected.sha256 !== undefined && hash.digest('base64') !== expected.sha256) {
        throw new S3Error(400, 'BadDigest', 'The content has another checksum');
      }
      await rename(upload, path);
      await syncFolder(this.#folder);
    } finally {
      await rm(upload, { force: true });
    }
  }

  /** Throws S3Error `NoSuchKey`. */
  async find(key: string): Promise<StoredObject> {
    const path = this.#path(key);
    const found = await stat(path).catch(() => undefined);
    if (found === undefined) throw new S3Error(404, 'NoSuchKey', 'There is no such object');
    return { path, size: found.size, modifiedAt: found.mtime };
  }

  async delete(key: string): Promise<void> {
    await rm(this.#path(key), { force: true });
  }

  get #uploads(): string {
    return join(this.#folder, '.uploads');
  }

  #path(key: string): string {
    if (!KEY.test(key)) throw new S3Error(400, 'InvalidArgument', 'Not a key that this store takes');
    return join(this.#folder, encodeURIComponent(key));
  }
}

/** Of a file's content, base64. */
export async function checksumOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('base64');
}

/** So that a renamed file is there after a power cut too. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
