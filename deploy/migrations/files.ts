import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { NearcadeError } from '#shared/errors.ts';

const FOLDER = join(import.meta.dirname, '..', '..', 'migrations');

/** As drizzle-kit writes it, so that each statement is sent by itself. */
const BREAKPOINT = '--> statement-breakpoint';

/** drizzle-kit's list of what it has generated, in order. */
const journalSchema = z.object({ entries: z.array(z.object({ tag: z.string(), when: z.number() })) });

/** What takes away or changes what an older Worker still uses is called so: `npm run generate -- --name contract_drop_nickname`. */
const CONTRACT = /^\d+_contract_/;

export interface Migration {
  /** Its file's name without `.sql`. */
  readonly tag: string;
  /** SHA-256 of its file, in hex. */
  readonly hash: string;
  /** When it was generated, ms since the epoch: how drizzle's own migrator knew it. */
  readonly when: number;
  readonly statements: readonly string[];
  /** `expand`: before a new Worker. `contract`: when the old one is gone. */
  readonly kind: 'expand' | 'contract';
  /** Whether its statements cannot be in a transaction. */
  readonly isConcurrent: boolean;
}

/** All of `migrations/`, in order. Throws `config_invalid`. */
export function readMigrations(folder = FOLDER): Migration[] {
  try {
    const journal = journalSchema.parse(
      JSON.parse(readFileSync(join(folder, 'meta', '_journal.json'), 'utf8')),
    );
    return journal.entries.map(({ tag, when }) =>
      makeMigration(tag, readFileSync(join(folder, `${tag}.sql`), 'utf8'), when),
    );
  } catch (cause) {
    throw new NearcadeError(
      'config_invalid',
      `The migrations in ${folder} cannot be read: ${String(cause)}`,
      {
        cause,
      },
    );
  }
}

/** One migration of its file's text. */
export function makeMigration(tag: string, text: string, when = 0): Migration {
  const statements = text
    .split(BREAKPOINT)
    .map(statement => statement.trim().replace(/;$/, ''))
    .filter(statement => statement !== '');
  return {
    tag,
    hash: createHash('sha256').update(text).digest('hex'),
    when,
    statements,
    kind: CONTRACT.test(tag) ? 'contract' : 'expand',
    isConcurrent: statements.some(isConcurrent),
  };
}

/** Whether Postgres refuses it in a transaction. */
export const isConcurrent = (statement: string): boolean =>
  /^(create (unique )?index|drop index|reindex [a-z]+) concurrently\b/i.test(statement);
