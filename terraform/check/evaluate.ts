import { NearcadeError } from '#shared/errors.ts';
import { literalText, type Node } from './expression.ts';

/** What names stand for: `{ var: { node: { ... } } }`. */
export type Values = Readonly<Record<string, unknown>>;

/**
 * The value of an expression such as a variable's `condition`, as Terraform would have it. Knows literal text, names, `&&`, `||`, `!` and the
 * functions that conditions here call; throws `invalid_request` for anything else.
 */
export function evaluate(node: Node, values: Values): unknown {
  const { type, meta, children } = node;
  const literal = literalText(node);
  if (literal !== undefined) return literal;
  const value = (index: number) => {
    const child = children[index];
    if (child === undefined) throw unknown(node);
    return evaluate(child, values);
  };
  if (type === '') return value(0);
  if (type === 'scopeTraversal') return found(node, values);
  if (type === 'unaryOp' && meta?.operator === 'logicalNot') return value(0) !== true;
  if (type === 'binaryOp' && meta?.operator === 'logicalAnd') return value(0) === true && value(1) === true;
  if (type === 'binaryOp' && meta?.operator === 'logicalOr') return value(0) === true || value(1) === true;
  if (type !== 'function') throw unknown(node);
  switch (meta?.name) {
    case 'startswith':
      return String(value(0)).startsWith(String(value(1)));
    case 'regex': {
      const [match] = new RegExp(String(value(0))).exec(String(value(1))) ?? [];
      if (match === undefined) throw new NearcadeError('invalid_request', 'regex: nothing matches');
      return match;
    }
    case 'can':
      return succeeds(() => value(0));
    default:
      throw unknown(node);
  }
}

function found({ meta }: Node, values: Values): unknown {
  return meta?.traversal?.reduce<unknown>((from, { segment }) => {
    if (typeof from === 'object' && from !== null && segment in from) return (from as Values)[segment];
    throw new NearcadeError('invalid_request', `${meta.value} is not there`);
  }, values);
}

function succeeds(work: () => unknown): boolean {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}

function unknown({ type, meta }: Node): NearcadeError {
  return new NearcadeError(
    'invalid_request',
    `cannot be evaluated: ${type} ${meta?.name ?? meta?.operator ?? ''}`,
  );
}
