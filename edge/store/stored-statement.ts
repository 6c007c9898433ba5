import { createHash } from 'node:crypto';
import { type SQL, sql } from 'drizzle-orm';
import { PgDialect } from 'drizzle-orm/pg-core';
import type { Database } from './database.ts';
import type { CallValue } from './neon-calls.ts';

export interface StoredStatementOptions<Params extends string> {
  /** Words joined by underscores. */
  name: string;
  /** SQL type of each parameter. */
  params: Readonly<Record<Params, string>>;
  /** SQL type of each column of a row, in the order of the statement's select list; the types have to be the same. */
  columns: Readonly<Record<string, string>>;
  /** The statement over its parameters. */
  statement: (params: Record<Params, SQL>) => SQL;
}

/**
 * A statement that Postgres keeps as a function. Neon's HTTP protocol has unnamed statements only, which are planned each time, and for
 * one of many tables and CTEs that costs more than running it; what is in a function a connection plans once. For the few
 * statements that are run most: they have to be in a migration (`npm run generate`), which the others need not.
 *
 * Its name has a hash of what it does in it: a Worker that is being rolled out or back finds the function that it was made for.
 */
export class StoredStatement<Params extends string> {
  readonly #options: StoredStatementOptions<Params>;
  #made: { name: string; definition: string } | undefined;
  #text: string | undefined;

  constructor(options: StoredStatementOptions<Params>) {
    this.#options = options;
  }

  get name(): string {
    return this.#make().name;
  }

  /** The SQL that makes the function. */
  get definition(): string {
    return this.#make().definition;
  }

  /** The statement that runs it, also in a `db.batch`. */
  call(values: Record<Params, unknown>): SQL {
    const names = Object.keys(this.#options.params) as Params[];
    const list = names.map(name => sql`${values[name]}::${sql.raw(this.#options.params[name])}`);
    return sql`select * from ${sql.identifier(this.name)}(${sql.join(list, sql`, `)})`;
  }

  /** Runs it by itself, at the least cost there is. Its rows, values as JSON has them. */
  async run<Row extends object>(db: Database, values: Record<Params, CallValue>): Promise<Row[]> {
    const { params } = this.#options;
    const names = Object.keys(params) as Params[];
    this.#text ??= `select to_jsonb(answer) from "${this.name}"(${names
      .map((name, index) => `$${index + 1}::${params[name]}`)
      .join(', ')}) as answer`;
    return (await db.calls.run(
      this.#text,
      names.map(name => values[name]),
    )) as Row[];
  }

  #make(): { name: string; definition: string } {
    this.#made ??= define(this.#options);
    return this.#made;
  }
}

function define<Params extends string>({ name, params, columns, statement }: StoredStatementOptions<Params>) {
  const names = Object.keys(params) as Params[];
  // Parameters are told from columns by their prefix, columns of the answer from those of tables by the directive.
  const references = Object.fromEntries(names.map(one => [one, sql.raw(`p_${one}`)])) as Record<Params, SQL>;
  const { sql: body } = new PgDialect().sqlToQuery(statement(references).inlineParams());
  const rest = `(${names.map(one => `p_${one} ${params[one]}`).join(', ')})
returns table (${Object.entries(columns)
    .map(([column, type]) => `"${column}" ${type}`)
    .join(', ')})
language plpgsql as $stored$
#variable_conflict use_column
begin
  return query ${body.trim()};
end
$stored$`;
  const full = `${name}_${createHash('sha256').update(rest).digest('hex').slice(0, 8)}`;
  return { name: full, definition: `create or replace function "${full}"${rest}` };
}
