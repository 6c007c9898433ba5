import { join } from 'node:path';
import { type Expression, keyName, lineOf, literalText, type Node, pairs, type Step } from './expression.ts';
import { returnOf } from './functions.ts';
import {
  ANY,
  BOOL,
  common,
  elementOf,
  type Kind,
  listOf,
  mapOf,
  NUMBER,
  nameOf,
  objectOf,
  STRING,
} from './kinds.ts';
import type { ModuleScope } from './scope.ts';

/** What names mean inside a block or a `for`, beyond the module's own. */
export type Names = ReadonlyMap<string, Kind>;

const BINARY_NUMBER = ['add', 'subtract', 'multiply', 'divide', 'modulo'];

/**
 * What an expression is, by what it refers to. Each reference that leads nowhere is told by `tell`, once, with its line.
 */
export function infer(
  scope: ModuleScope,
  expression: Expression,
  names: Names,
  tell: (message: string, line: number) => void,
): Kind {
  const say = (node: Node, message: string) => tell(message, lineOf(expression, node));
  const visit = (node: Node, names: Names): Kind => {
    const [first, second, third] = node.children;
    switch (node.type) {
      case '':
        return first === undefined ? STRING : visit(first, names);
      case 'literalValue':
        return { string: STRING, number: NUMBER, bool: BOOL }[node.meta?.type ?? ''] ?? ANY;
      case 'template':
        for (const part of node.children) visit(part, names);
        return STRING;
      case 'templateWrap':
        return first === undefined ? STRING : visit(first, names);
      case 'tuple':
        return listOf(common(node.children.map(child => visit(child, names))));
      case 'object':
        return objectKind(node, names);
      case 'for':
        return forKind(node, names);
      case 'conditional': {
        if (first !== undefined) visit(first, names);
        return common([second, third].map(branch => (branch === undefined ? ANY : visit(branch, names))));
      }
      case 'binaryOp': {
        for (const child of node.children) visit(child, names);
        return BINARY_NUMBER.includes(node.meta?.operator ?? '') ? NUMBER : BOOL;
      }
      case 'unaryOp':
        for (const child of node.children) visit(child, names);
        return node.meta?.operator === 'negate' ? NUMBER : BOOL;
      case 'function':
        return callKind(node, names);
      case 'index': {
        if (second !== undefined) visit(second, names);
        return first === undefined ? ANY : indexed(node, visit(first, names), second);
      }
      case 'splat': {
        const element = first === undefined ? ANY : elementOf(visit(first, names));
        return listOf(second === undefined ? element : steps(second, element, second.meta?.traversal ?? []));
      }
      case 'relativeTraversal':
        return first === undefined ? ANY : steps(node, visit(first, names), node.meta?.traversal ?? []);
      case 'scopeTraversal':
        return traversal(node, names);
      default:
        say(node, `this check does not know expressions of the type ${node.type}`);
        return ANY;
    }
  };

  const objectKind = (node: Node, names: Names): Kind => {
    const fields: Record<string, Kind> = {};
    const computed: Kind[] = [];
    for (const [key, value] of pairs(node)) {
      const name = keyName(expression, key);
      const kind = visit(value, names);
      if (name !== undefined) {
        fields[name] = kind;
        continue;
      }
      visit(key, names);
      computed.push(kind);
    }
    if (computed.length === 0) return objectOf('an object', fields);
    return mapOf(common([...computed, ...Object.values(fields)]));
  };

  const forKind = (node: Node, names: Names): Kind => {
    const [collection, ...others] = node.children;
    const kind = collection === undefined ? ANY : visit(collection, names);
    const { keyVar = '', valVar = '', keyExpression } = node.meta ?? {};
    const bound = new Map(names);
    if (valVar !== '') bound.set(valVar, elementOf(kind));
    if (keyVar !== '') bound.set(keyVar, kind.is === 'list' ? NUMBER : kind.is === 'any' ? ANY : STRING);
    const kinds = others.map(child => visit(child, bound));
    const isMap = keyExpression !== undefined && keyExpression !== '';
    return isMap ? mapOf(kinds[1] ?? ANY) : listOf(kinds[0] ?? ANY);
  };

  const callKind = (node: Node, names: Names): Kind => {
    const name = node.meta?.name ?? '';
    const read = name === 'jsondecode' ? fileOf(node.children[0]) : undefined;
    // `try` and `can` are asked what may not be there.
    const isGuarded = name === 'try' || name === 'can';
    const args = isGuarded ? [] : node.children.map(child => visit(child, names));
    if (read !== undefined) {
      const kind = scope.jsonFile(join(scope.module.path, read));
      if (kind === undefined) say(node, `${read} is no JSON file`);
      return kind ?? ANY;
    }
    const kind = returnOf(name, args);
    if (kind === undefined) say(node, `Terraform has no function ${name}`);
    return kind ?? ANY;
  };

  /** The path behind `${path.module}/` in `file("...")`. */
  const fileOf = (node: Node | undefined): string | undefined => {
    const [path] = node?.type === 'function' && node.meta?.name === 'file' ? node.children : [];
    const [start, rest] = path?.children ?? [];
    return start?.meta?.value === 'path.module' ? rest?.meta?.value?.replace(/^\//, '') : undefined;
  };

  const indexed = (node: Node, kind: Kind, key: Node | undefined): Kind => {
    if (kind.is === 'list' || kind.is === 'map') return kind.of;
    if (kind.is !== 'object') return ANY;
    const name = key === undefined ? undefined : literalText(key);
    return name === undefined ? elementOf(kind) : attribute(node, kind, name);
  };

  const attribute = (node: Node, kind: Kind, name: string): Kind => {
    if (kind.is === 'any') return ANY;
    if (kind.is === 'map') {
      if (kind.madeForEach !== undefined)
        say(node, `${kind.madeForEach} is made for each key: take one by ["key"]`);
      return kind.of;
    }
    const found = kind.is === 'object' ? kind.get(name) : undefined;
    if (found !== undefined) return found;
    const what = kind.is === 'object' ? kind.what : nameOf(kind);
    const list = kind.is === 'list' ? ': take one of it with [0] or all with [*]' : '';
    say(node, `${what} has no ${name}${list}`);
    return ANY;
  };

  const steps = (node: Node, from: Kind, traversal: readonly Step[]): Kind =>
    traversal.reduce<Kind>((kind, { type, segment }) => {
      if (type === 'nameTraversal') return attribute(node, kind, segment);
      if (kind.is === 'list' || kind.is === 'map') return kind.of;
      if (segment.startsWith('"')) return attribute(node, kind, segment.slice(1, -1));
      if (kind.is === 'any') return ANY;
      say(node, `${nameOf(kind)} has no element [${segment}]`);
      return ANY;
    }, from);

  const traversal = (node: Node, names: Names): Kind => {
    const [root, ...rest] = node.meta?.traversal ?? [];
    if (root === undefined) return ANY;
    const bound = names.get(root.segment);
    if (bound !== undefined) return steps(node, bound, rest);
    const taken = scope.resolve(root.segment, rest);
    if ('missing' in taken) {
      say(node, taken.missing);
      return ANY;
    }
    return steps(node, taken.kind, rest.slice(taken.steps));
  };

  return visit(expression.node, names);
}
