import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { type Header, pack as tar } from 'tar-stream';
import { pack } from './pack.ts';
import { unpack } from './unpack.ts';

export const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** By path: the content of files (latin1), null for folders. */
export type Contents = Record<string, string | null>;

/** A home in a folder of its own, for tests. */
export class TestHome {
  readonly above = mkdtempSync(join(tmpdir(), 'nearcade-saves-test-'));
  readonly dir = join(this.above, 'home');
  #files = 0;

  constructor() {
    mkdirSync(this.dir);
  }

  /** A path beside the home that nothing is at. */
  fresh(): string {
    this.#files += 1;
    return join(this.above, `fresh-${this.#files}`);
  }

  put(path: string, content: string | Buffer, at = this.dir): void {
    mkdirSync(dirname(join(at, path)), { recursive: true });
    writeFileSync(join(at, path), content);
  }

  /** What comes out when it is packed and unpacked. */
  async through(paths: readonly string[]): Promise<Contents> {
    const file = this.fresh();
    const packed = await pack(this.dir, paths, file);
    const target = this.fresh();
    mkdirSync(target);
    await unpack(file, packed.sha256, target);
    return contentsOf(target);
  }

  /** What unpacking says about these bytes, and where it was to unpack. */
  async unpackBytes(packed: Buffer, sum: string): Promise<{ code: unknown; target: string }> {
    const file = this.fresh();
    writeFileSync(file, packed);
    const target = join(this.fresh(), 'target');
    mkdirSync(target, { recursive: true });
    const code = await unpack(file, sum, target).then(
      () => 'unpacked',
      (error: unknown) => (error as { code?: unknown }).code,
    );
    return { code, target };
  }

  unpackTar(bytes: Buffer): Promise<{ code: unknown; target: string }> {
    const packed = zstdCompressSync(bytes);
    return this.unpackBytes(packed, sha256(packed));
  }

  close(): void {
    rmSync(this.above, { recursive: true, force: true });
  }
}

export function contentsOf(dir: string): Contents {
  const all = readdirSync(dir, { recursive: true }).map(String).sort();
  return Object.fromEntries(
    all.map(path => [
      path,
      lstatSync(join(dir, path)).isDirectory() ? null : readFileSync(join(dir, path), 'latin1'),
    ]),
  );
}

/** An archive as only an attacker would make it. */
export async function archiveOf(
  entries: ReadonlyArray<Pick<Header, 'name'> & Partial<Header> & { text?: string }>,
): Promise<Buffer> {
  const archive = tar();
  for (const { text = '', ...header } of entries) archive.entry(header, text);
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
