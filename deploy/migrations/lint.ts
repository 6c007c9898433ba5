import { parse } from 'libpg-query';
import type { Catalog } from './catalog.ts';
import type { Migration } from './files.ts';
import { lockedBy, readsLarge } from './held-locks.ts';
import { judge, type Scope } from './rules.ts';

/** Why a statement must not run while an older Worker serves. */
export interface Finding {
  tag: string;
  /** The statement's beginning. */
  statement: string;
  /** What it would break or hold up, and what to do instead. */
  reason: string;
}

/** How much of a statement is shown. */
const SHOWN = 120;

/** The beginning of a statement, in one line. */
export function brief(statement: string): string {
  const line = statement.replace(/\s+/g, ' ');
  return line.length <= SHOWN ? line : `${line.slice(0, SHOWN)} ...`;
}

/**
 * What must not run as an expand step, for the migrations in this order: whatever breaks the Worker that still serves, and what holds a large
 * table for long. Read by Postgres' own grammar. A statement that Postgres cannot read is a finding too.
 */
export async function lint(migrations: readonly Migration[], catalog: Catalog): Promise<Finding[]> {
  const findings: Finding[] = [];
  const scope: Scope = { catalog, made: new Set() };
  for (const { tag, statements, isConcurrent } of migrations) {
    /** What stays locked until the end of its transaction. */
    const held = new Set<string>();
    for (const statement of statements) {
      const add = (reason: string) => findings.push({ tag, statement: brief(statement), reason });
      try {
        const { stmts = [] } = await parse(statement);
        for (const { stmt } of stmts) {
          if (stmt === undefined) continue;
          for (const reason of judge(stmt, scope)) add(reason);
          if (!isConcurrent) for (const table of lockedBy(stmt, scope)) held.add(table);
          const large = readsLarge(stmt, scope);
          if (large !== undefined && held.size > 0) {
            add(
              `reads ${large}, which is large, while others wait for ${[...held].join(', ')}, locked by then: give it a migration of its own`,
            );
          }
          if (isConcurrent && !staysOutside(stmt)) {
            add(
              'cannot share a migration with what is made concurrently, which is no transaction: give it its own',
            );
          }
        }
      } catch (error) {
        add(`cannot be read: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }
  return findings;
}

/** Done again after a failure it changes nothing, so that it needs no transaction. */
function staysOutside(stmt: object): boolean {
  return 'IndexStmt' in stmt || 'DropStmt' in stmt;
}
