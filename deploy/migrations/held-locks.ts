import type { AlterTableStmt, Node } from 'libpg-query';
import { isLarge, lastName, type Scope } from './rules.ts';

/**
 * What `alter table` does beside reads and writes: its lock is "share update exclusive" (Postgres: ALTER TABLE, and explicit locking). For
 * anything else others wait.
 */
const GENTLE: ReadonlySet<string | undefined> = new Set([
  'AT_ValidateConstraint',
  'AT_SetStatistics',
  'AT_AttachPartition',
]);

/** ShareLock, as `lock table` has it (Postgres: lockdefs.h). From here on others cannot write. */
const SHARE_LOCK = 5;

/**
 * The tables that nobody else can write to, or even read, from this statement until its transaction ends. What the migrations have made
 * themselves nobody waits for.
 */
export function lockedBy(stmt: Node, { made }: Scope): string[] {
  return [...directly(stmt), ...referenced(stmt)].filter(table => !made.has(table));
}

function directly(stmt: Node): string[] {
  if ('AlterTableStmt' in stmt) {
    const { relation, cmds } = stmt.AlterTableStmt;
    return isGentle(cmds) ? [] : named(relation?.relname);
  }
  if ('IndexStmt' in stmt) {
    return stmt.IndexStmt.concurrent === true ? [] : named(stmt.IndexStmt.relation?.relname);
  }
  if ('CreateTrigStmt' in stmt) return named(stmt.CreateTrigStmt.relation?.relname);
  if ('LockStmt' in stmt) {
    const { relations, mode = 0 } = stmt.LockStmt;
    return mode < SHARE_LOCK ? [] : tablesIn(relations, 'RangeVar');
  }
  if ('DropStmt' in stmt && stmt.DropStmt.removeType === 'OBJECT_INDEX') {
    return (stmt.DropStmt.objects ?? []).map(
      node => `the table of ${'List' in node ? lastName(node.List.items) : 'an index'}`,
    );
  }
  return [];
}

const isGentle = (cmds: AlterTableStmt['cmds'] = []) =>
  cmds.every(node => 'AlterTableCmd' in node && GENTLE.has(node.AlterTableCmd.subtype));

/** A foreign key puts a trigger on the table that it leads to. */
function referenced(stmt: Node): string[] {
  return 'AlterTableStmt' in stmt || 'CreateStmt' in stmt ? tablesIn(stmt, 'pktable') : [];
}

/** The large table of which a statement reads as much as it likes, also where that by itself holds nobody up. */
export function readsLarge(stmt: Node, scope: Scope): string | undefined {
  return reads(stmt).find(table => isLarge(table, scope));
}

function reads(stmt: Node): string[] {
  if ('AlterTableStmt' in stmt) {
    const { relation, cmds = [] } = stmt.AlterTableStmt;
    const validates = cmds.some(
      node => 'AlterTableCmd' in node && node.AlterTableCmd.subtype === 'AT_ValidateConstraint',
    );
    return validates ? named(relation?.relname) : [];
  }
  const isQuery =
    'SelectStmt' in stmt ||
    'InsertStmt' in stmt ||
    'UpdateStmt' in stmt ||
    'DeleteStmt' in stmt ||
    'MergeStmt' in stmt ||
    'CreateTableAsStmt' in stmt;
  return isQuery ? tablesIn(stmt, 'RangeVar') : [];
}

const named = (table: string | undefined) => (table === undefined ? [] : [table]);

/** The tables that are named anywhere below by such a field: `RangeVar` where they are read, `pktable` where a foreign key leads to them. */
function tablesIn(node: unknown, field: 'RangeVar' | 'pktable'): string[] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) => {
    const below = tablesIn(value, field);
    const name = key === field ? (value as { relname?: unknown }).relname : undefined;
    return typeof name === 'string' ? [name, ...below] : below;
  });
}
