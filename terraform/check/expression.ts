/**
 * An expression as @cdktf/hcl2json gives it. What belongs to it are its children, in the order that they are written in; names and operators
 * are in `meta`.
 */
export interface Node {
  /** '' is a pair of parentheses or the key of an object. */
  readonly type: string;
  readonly meta?: {
    readonly value?: string;
    readonly name?: string;
    readonly type?: string;
    readonly operator?: string;
    readonly keyVar?: string;
    readonly valVar?: string;
    readonly keyExpression?: string;
    readonly conditionalExpression?: string;
    readonly expandedFinalArgument?: boolean;
    readonly traversal?: readonly Step[];
  };
  readonly children: readonly Node[];
  readonly range: { readonly start: { readonly byte: number }; readonly end: { readonly byte: number } };
}

/** `.name` or `[index]`. */
export interface Step {
  readonly type: 'nameTraversal' | 'indexTraversal';
  /** An index that is text is in quotes. */
  readonly segment: string;
}

/** An attribute's expression and where it stands. */
export interface Expression {
  readonly file: string;
  readonly line: number;
  readonly text: string;
  readonly node: Node;
}

/** The line of a part of an expression. */
export function lineOf(expression: Expression, node: Node): number {
  const before = Buffer.from(expression.text).subarray(0, node.range.start.byte).toString();
  return expression.line + before.split('\n').length - 1;
}

/** Text that stands there literally, without a template in it; undefined: it is no such text. */
export function literalText(node: Node): string | undefined {
  if (node.type === '' && node.children.length === 1 && node.children[0] !== undefined) {
    return literalText(node.children[0]);
  }
  if (node.type !== 'template') return undefined;
  if (!node.children.every(({ type }) => type === 'literalValue')) return undefined;
  return node.children.map(({ meta }) => meta?.value ?? '').join('');
}

/** The name of an object's key that is written without quotes, or as literal text; undefined: it is computed. */
export function keyName(expression: Expression, key: Node): string | undefined {
  const literal = literalText(key);
  if (literal !== undefined) return literal;
  if (key.children.length > 0) return undefined;
  return Buffer.from(expression.text).subarray(key.range.start.byte, key.range.end.byte).toString();
}

/** Pairs of key and value of an object. */
export function pairs(node: Node): (readonly [key: Node, value: Node])[] {
  return node.children.flatMap((key, index) => {
    const value = node.children[index + 1];
    return index % 2 === 0 && value !== undefined ? [[key, value] as const] : [];
  });
}

/** Each node, the outer ones first. */
export function* nodesOf(node: Node): Generator<Node> {
  yield node;
  for (const child of node.children) yield* nodesOf(child);
}
