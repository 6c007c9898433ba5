import type { ClientBase } from 'pg';

/** What the linter has to know of the database that a migration is for. */
export interface Catalog {
  /** Bytes of each table's rows. */
  readonly tables: ReadonlyMap<string, number>;
  /** Stored functions and procedures. */
  readonly routines: ReadonlySet<string>;
  /** Those that hold uniqueness, by name: `on conflict` of an older Worker may rest on them. */
  readonly unique: ReadonlySet<string>;
  /** Constraints of the other kinds, by name. */
  readonly checks: ReadonlySet<string>;
  readonly indexes: ReadonlySet<string>;
}

interface Row {
  kind: 'table' | 'routine' | 'unique' | 'check' | 'index';
  name: string;
  bytes: string;
}

export async function readCatalog(client: ClientBase): Promise<Catalog> {
  const { rows } = await client.query<Row>(`
    select 'table' as kind, relname as name, pg_table_size(oid) as bytes from pg_class
      where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
    union all select 'routine', proname, 0 from pg_proc where pronamespace = 'public'::regnamespace
    union all select case when contype in ('p', 'u', 'x') then 'unique' else 'check' end, conname, 0
      from pg_constraint where connamespace = 'public'::regnamespace
    union all select case when indisunique then 'unique' else 'index' end, relname, 0
      from pg_index join pg_class on pg_class.oid = indexrelid where relnamespace = 'public'::regnamespace`);
  const named = (kind: Row['kind']) => rows.filter(row => row.kind === kind);
  const names = (kind: Row['kind']) => new Set(named(kind).map(({ name }) => name));
  return {
    tables: new Map(named('table').map(({ name, bytes }) => [name, Number(bytes)])),
    routines: names('routine'),
    unique: names('unique'),
    checks: names('check'),
    indexes: names('index'),
  };
}
