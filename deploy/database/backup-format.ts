import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { z } from 'zod';
import { NearcadeError } from '#shared/errors.ts';

const tableSchema = z.object({
  name: z.string(),
  columns: z.array(z.string()),
  rows: z.int().min(0),
  /** Of its rows as COPY writes them, before they are compressed; in hex. */
  sha256: z.string(),
});
export type TableBackup = z.infer<typeof tableSchema>;

const manifestSchema = z.object({
  format: z.literal(1),
  environment: z.string(),
  madeAt: z.iso.datetime(),
  /** What the database had: a restored one gets the same, from a clone that has them. */
  migrations: z.array(
    z.object({ tag: z.string(), hash: z.string(), release: z.string(), appliedAt: z.iso.datetime() }),
  ),
  tables: z.array(tableSchema),
  sequences: z.array(z.object({ name: z.string(), value: z.string().nullable() })),
});
export type Manifest = z.infer<typeof manifestSchema>;

export const MANIFEST = 'manifest.json';
/** A table's rows in the folder of a backup: COPY's text format, gzip. */
export const fileOf = (table: string): string => `${table}.copy.gz`;

/** Throws `backup_invalid`. */
export function readManifest(folder: string): Manifest {
  try {
    return manifestSchema.parse(JSON.parse(readFileSync(join(folder, MANIFEST), 'utf8')));
  } catch (cause) {
    throw new NearcadeError('backup_invalid', `${folder} holds no whole backup: ${String(cause)}`, { cause });
  }
}

/** Passes bytes on and knows their SHA-256 in the end. */
export class Hashing extends Transform {
  readonly #hash = createHash('sha256');

  override _transform(chunk: Buffer, _encoding: string, done: (error: null, chunk: Buffer) => void): void {
    this.#hash.update(chunk);
    done(null, chunk);
  }

  /** In hex; once. */
  digest(): string {
    return this.#hash.digest('hex');
  }
}
