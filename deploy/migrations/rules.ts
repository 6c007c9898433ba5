import type { AlterTableCmd, AlterTableStmt, ColumnDef, Constraint, DropStmt, Node } from 'libpg-query';
import type { Catalog } from './catalog.ts';

/** What is known while the statements are gone through in order. */
export interface Scope {
  readonly catalog: Catalog;
  /** Tables that these migrations make: no Worker knows them yet, and they are empty. */
  readonly made: Set<string>;
}

/** Bytes of a table that Postgres reads in some tens of milliseconds: so long others may wait for it. */
const LARGE_TABLE_BYTES = 16 * 1024 * 1024;

const LATER = 'the Worker that still serves uses it: put it into a contract migration';

/** A stored statement's name has a hash of what it does: one of that name is the same (edge/store/stored-statement.ts). */
const HASHED_NAME = /_[0-9a-f]{8}$/;

/** Why a statement must not run while an older Worker serves; none: it may. */
export function judge(stmt: Node, scope: Scope): string[] {
  if ('CreateStmt' in stmt) return createTable(stmt.CreateStmt.relation?.relname, scope);
  if ('AlterTableStmt' in stmt) return alterTable(stmt.AlterTableStmt, scope);
  if ('DropStmt' in stmt) return drop(stmt.DropStmt, scope);
  if ('RenameStmt' in stmt) return [`renames what is called otherwise so far: ${LATER}`];
  if ('AlterEnumStmt' in stmt) {
    return stmt.AlterEnumStmt.oldVal === undefined ? [] : [`renames a value: ${LATER}`];
  }
  if ('TruncateStmt' in stmt) return [`empties a table: ${LATER}`];
  if ('IndexStmt' in stmt) {
    const { relation, concurrent } = stmt.IndexStmt;
    if (concurrent === true || !isLarge(relation?.relname, scope)) return [];
    return [`writes to ${relation?.relname} would wait until the index is built: create it concurrently`];
  }
  if ('CreateFunctionStmt' in stmt) {
    const name = lastName(stmt.CreateFunctionStmt.funcname);
    if (!scope.catalog.routines.has(name) || HASHED_NAME.test(name)) return [];
    return [`changes ${name}, which the Worker that still serves calls: give it another name`];
  }
  if ('UpdateStmt' in stmt) return rewrite(stmt.UpdateStmt.relation?.relname, scope);
  if ('DeleteStmt' in stmt) return rewrite(stmt.DeleteStmt.relation?.relname, scope);
  return [];
}

function createTable(name: string | undefined, { made }: Scope): string[] {
  if (name !== undefined) made.add(name);
  return [];
}

function alterTable({ relation, cmds = [] }: AlterTableStmt, scope: Scope): string[] {
  const table = relation?.relname ?? '';
  if (scope.made.has(table)) return [];
  return cmds.flatMap(node => ('AlterTableCmd' in node ? alter(table, node.AlterTableCmd, scope) : []));
}

function alter(table: string, command: AlterTableCmd, scope: Scope): string[] {
  const column = `${table}.${command.name}`;
  switch (command.subtype) {
    case 'AT_AddColumn':
      return command.def !== undefined && 'ColumnDef' in command.def
        ? addColumn(table, command.def.ColumnDef, scope)
        : [];
    case 'AT_DropColumn':
      return [`drops ${column}: ${LATER}`];
    case 'AT_AlterColumnType':
      return [`changes the type of ${column} and rewrites ${table}: add a column of the new type instead`];
    case 'AT_SetNotNull':
      return [`${column} must not be null any more, which an older Worker may write: ${LATER}`];
    case 'AT_ColumnDefault':
      // With an expression it sets one, which disturbs nobody.
      return command.def === undefined
        ? [`drops the default of ${column}, which inserts rest on: ${LATER}`]
        : [];
    case 'AT_DropConstraint':
      return dropUnique(command.name ?? '', scope);
    case 'AT_AddConstraint':
      return command.def !== undefined && 'Constraint' in command.def
        ? addConstraint(table, command.def.Constraint, scope)
        : [];
    case 'AT_DropIdentity':
    case 'AT_DropExpression':
    case 'AT_DropInherit':
    case 'AT_DetachPartition':
      return [`takes from ${column} what inserts rest on: ${LATER}`];
    default:
      return [];
  }
}

function addColumn(table: string, { colname, constraints = [] }: ColumnDef, scope: Scope): string[] {
  const given = constraints.flatMap(node => ('Constraint' in node ? [node.Constraint] : []));
  const has = (kind: Constraint['contype']) => given.some(({ contype }) => contype === kind);
  const reasons: string[] = [];
  const isFilled = has('CONSTR_DEFAULT') || has('CONSTR_GENERATED') || has('CONSTR_IDENTITY');
  if (has('CONSTR_NOTNULL') && !isFilled) {
    reasons.push(
      `${table}.${colname} is not null and has no default, so that older inserts fail: give it one`,
    );
  }
  if ((has('CONSTR_GENERATED') || has('CONSTR_IDENTITY')) && isLarge(table, scope)) {
    reasons.push(`rewrites ${table} for ${colname}: add it nullable and fill it in parts`);
  }
  if ((has('CONSTR_UNIQUE') || has('CONSTR_PRIMARY')) && isLarge(table, scope)) {
    reasons.push(`builds an index on ${table} while others wait: create it concurrently`);
  }
  return reasons;
}

function addConstraint(table: string, constraint: Constraint, scope: Scope): string[] {
  const { conname, contype, skip_validation, indexname } = constraint;
  if (skip_validation === true || indexname !== undefined || !isLarge(table, scope)) return [];
  const isUnique = contype === 'CONSTR_UNIQUE' || contype === 'CONSTR_PRIMARY';
  return [
    isUnique
      ? `builds an index on ${table} while others wait: create it concurrently, then add ${conname} using it`
      : `reads all of ${table} while others wait: add ${conname} not valid, and validate it in another migration`,
  ];
}

const DROPPED: Partial<Record<NonNullable<DropStmt['removeType']>, string>> = {
  OBJECT_TABLE: 'a table',
  OBJECT_VIEW: 'a view',
  OBJECT_MATVIEW: 'a view',
  OBJECT_FUNCTION: 'a function',
  OBJECT_PROCEDURE: 'a procedure',
  OBJECT_ROUTINE: 'a routine',
  OBJECT_SEQUENCE: 'a sequence',
  OBJECT_TYPE: 'a type',
  OBJECT_DOMAIN: 'a type',
  OBJECT_SCHEMA: 'a schema',
  OBJECT_EXTENSION: 'an extension',
  OBJECT_TRIGGER: 'a trigger',
};

function drop({ removeType, objects = [] }: DropStmt, scope: Scope): string[] {
  if (removeType === 'OBJECT_INDEX') return objects.flatMap(node => dropUnique(nameOf(node), scope));
  const what = removeType === undefined ? undefined : DROPPED[removeType];
  if (what === undefined) return [];
  const names = objects.map(nameOf).filter(name => !scope.made.has(name));
  return names.length === 0 ? [] : [`drops ${what} (${names.join(', ')}): ${LATER}`];
}

/** What only makes reads faster, or holds values right, no statement rests on; uniqueness `on conflict` does. */
function dropUnique(name: string, { catalog }: Scope): string[] {
  if (catalog.checks.has(name) || catalog.indexes.has(name)) return [];
  return [`drops ${name}, which "on conflict" of the Worker that still serves may rest on: ${LATER}`];
}

function rewrite(table: string | undefined, scope: Scope): string[] {
  if (!isLarge(table, scope)) return [];
  return [`locks every row of ${table} that it changes until it is through: fill it in parts, by a program`];
}

/** Whether it takes Postgres more than a moment to go through. */
export function isLarge(table: string | undefined, { catalog, made }: Scope): boolean {
  return table !== undefined && !made.has(table) && (catalog.tables.get(table) ?? 0) >= LARGE_TABLE_BYTES;
}

/** A qualified name's last part. */
export function lastName(parts: readonly Node[] = []): string {
  const last = parts.at(-1);
  return last !== undefined && 'String' in last ? (last.String.sval ?? '') : '';
}

function nameOf(node: Node): string {
  if ('List' in node) return lastName(node.List.items);
  if ('ObjectWithArgs' in node) return lastName(node.ObjectWithArgs.objname);
  if ('TypeName' in node) return lastName(node.TypeName.names);
  return lastName([node]);
}
