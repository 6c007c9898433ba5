import { parseSync } from 'vite';

/** A test's use of a block: `runbookBlock('page', 'name')`. */
export interface Use {
  page: string;
  name: string;
  /** Why the test does not run what it gets; null when it does. */
  fault: string | null;
}

/** Of a syntax tree (https://github.com/estree/estree), as far as this looks. */
interface Node {
  type: string;
  callee?: Node;
  arguments?: readonly Node[];
  object?: Node;
  property?: Node;
  id?: Node;
  name?: string;
  value?: unknown;
}

/** What vitest calls leaving a test out, or the others. */
const LEFT_OUT = new Set(['skip', 'skipIf', 'runIf', 'todo', 'only']);

/**
 * The blocks that a test takes commands from, by its syntax: each call of `runbookBlock` with both names written out. What it gives has to be
 * handed to a call, at once or by the name that it was given, which has to be something other than `expect`: a look at the text runs nothing.
 */
export function usesOf(file: string, source: string): Use[] {
  const { program, errors } = parseSync(file, source);
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]?.message}`);
  const tree = new Tree(program as unknown as Node);
  return tree.nodes.flatMap(node => {
    const [page, name] = isCallOf(node, 'runbookBlock') ? (node.arguments ?? []) : [];
    if (typeof page?.value !== 'string' || typeof name?.value !== 'string') return [];
    return [{ page: page.value, name: name.value, fault: faultOf(node, tree) }];
  });
}

class Tree {
  readonly nodes: Node[] = [];
  readonly #parents = new Map<Node, Node>();

  constructor(root: Node) {
    this.#add(root);
  }

  /** What a node is in, from the inside out. */
  *around(node: Node): Generator<{ inner: Node; outer: Node }> {
    for (
      let inner = node, outer = this.#parents.get(node);
      outer;
      inner = outer, outer = this.#parents.get(outer)
    )
      yield { inner, outer };
  }

  #add(node: Node): void {
    this.nodes.push(node);
    for (const inner of Object.values(node).flat()) {
      if (typeof inner?.type !== 'string') continue;
      this.#parents.set(inner, node);
      this.#add(inner);
    }
  }
}

const isCallOf = (node: Node, name: string): boolean =>
  node.type === 'CallExpression' && node.callee?.name === name;

function faultOf(use: Node, tree: Tree): string | null {
  for (const { outer } of tree.around(use)) if (isLeftOut(outer.callee)) return 'its test is left out';
  return isHandedOn(use, tree) ? null : 'nothing runs it';
}

/** `it.skip(...)`, `describe.skipIf(...)(...)` and the like. */
const isLeftOut = (callee: Node | undefined): boolean =>
  callee !== undefined &&
  (LEFT_OUT.has(callee.property?.name ?? '') || isLeftOut(callee.object) || isLeftOut(callee.callee));

function isHandedOn(value: Node, tree: Tree): boolean {
  for (const { inner, outer } of tree.around(value)) {
    if (outer.type === 'CallExpression' && outer.callee !== inner) return !isCallOf(outer, 'expect');
    if (outer.type === 'VariableDeclarator') {
      const { id } = outer;
      return tree.nodes.some(node => node !== id && node.name === id?.name && isHandedOn(node, tree));
    }
    if (/Statement$|Function/.test(outer.type)) return false;
  }
  return false;
}
