import { createHash } from 'node:crypto';
import { type SQL, sql } from 'drizzle-orm';
import { PgDialect } from 'drizzle-orm/pg-core';
import type { Database } from './database.ts';
import type { CallValue } from './neon-calls.ts';

/** A statement, or one that is left out, as if it had answered nothing, unless `onlyIf` (a condition) holds: to know that it has nothing to do can be far cheaper. */
export type Step = SQL | { onlyIf: SQL; statement: SQL };

export interface StoredProcedureOptions<Params extends string> {
  /** Words joined by underscores. */
  name: string;
  /** SQL type of each parameter. */
  params: Readonly<Record<Params, string>>;
  /** One transaction of statements that answer rows (`returning`): each sees what those before it did. READ COMMITTED, as `db.batch`. */
  statements: (params: Record<Params, SQL>) => readonly Step[];
  /** What is asked once the transaction is committed, so that it sees whatever others have committed until then. */
  afterwards: (params: Record<Params, SQL>) => readonly SQL[];
}

/** What each statement has answered, in their order; values as JSON has them. */
export type ProcedureResults = ReadonlyArray<{ rows: readonly object[] }>;

/**
 * A transaction that Postgres keeps as a procedure, with questions that follow its commit: one round trip for what `db.batch` needs two for,
 * and planned once a connection (see `StoredStatement`, also for its name and for when it gets into a migration).
 */
export class StoredProcedure<Params extends string> {
  readonly #options: StoredProcedureOptions<Params>;
  #made: { name: string; definition: string } | undefined;
  #text: string | undefined;

  constructor(options: StoredProcedureOptions<Params>) {
    this.#options = options;
  }

  get name(): string {
    return this.#make().name;
  }

  /** The SQL that makes the procedure. */
  get definition(): string {
    return this.#make().definition;
  }

  /** Runs it. Never in a `db.batch`: Postgres lets nobody commit in the transaction of somebody else. */
  async run(db: Database, values: Record<Params, CallValue>): Promise<ProcedureResults> {
    const { params } = this.#options;
    const names = Object.keys(params) as Params[];
    const list = names.map((name, index) => `$${index + 1}::${params[name]}`);
    this.#text ??= `call "${this.name}"(${[...list, 'null'].join(', ')})`;
    const [results = []] = (await db.calls.run(
      this.#text,
      names.map(name => values[name]),
    )) as object[][][];
    return results.map(rows => ({ rows }));
  }

  #make(): { name: string; definition: string } {
    this.#made ??= define(this.#options);
    return this.#made;
  }
}

function define<Params extends string>(options: StoredProcedureOptions<Params>) {
  const { name, params, statements, afterwards } = options;
  const names = Object.keys(params) as Params[];
  const references = Object.fromEntries(names.map(one => [one, sql.raw(`p_${one}`)])) as Record<Params, SQL>;
  const textOf = (statement: SQL) => new PgDialect().sqlToQuery(statement.inlineParams()).sql.trim();
  const collect = (step: Step) => {
    const [onlyIf, statement] = 'onlyIf' in step ? [step.onlyIf, step.statement] : [undefined, step];
    const loop = `for answer_row in ${textOf(statement)} loop
    answer := answer || to_jsonb(answer_row);
  end loop;`;
    return `  answer := '[]';
  ${onlyIf === undefined ? loop : `if ${textOf(onlyIf)} then ${loop} end if;`}
  results := results || jsonb_build_array(answer);`;
  };
  const rest = `(${names.map(one => `p_${one} ${params[one]}`).join(', ')}, inout results jsonb)
language plpgsql as $stored$
#variable_conflict use_column
declare
  answer_row record;
  answer jsonb;
begin
  results := '[]';
${statements(references).map(collect).join('\n')}
  commit;
${afterwards(references).map(collect).join('\n')}
end
$stored$`;
  const full = `${name}_${createHash('sha256').update(rest).digest('hex').slice(0, 8)}`;
  return { name: full, definition: `create or replace procedure "${full}"${rest}` };
}
