import { type SQL, sql } from 'drizzle-orm';

/** The uuids that a jsonb array names, each once: for a FROM clause, with a column id. */
export const idsIn = (list: SQL): SQL => sql`
  (select distinct value::uuid as id from jsonb_array_elements_text(${list}))`;
