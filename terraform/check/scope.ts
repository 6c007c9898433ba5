import { BUILT_IN } from './by-hand.ts';
import { jsonKind } from './environments.ts';
import type { Expression, Node, Step } from './expression.ts';
import { keyName, literalText, pairs } from './expression.ts';
import { infer, type Names } from './infer.ts';
import { ANY, BOOL, elementOf, type Kind, listOf, mapOf, NUMBER, objectOf, STRING } from './kinds.ts';
import type { Module } from './module.ts';
import { kindOf, type Schema } from './schema.ts';
import type { Provider } from './schemas.ts';
import type { Block } from './source.ts';

/** What a name leads to, and how many of its steps were taken on the way; or what is missing. */
export type Resolved = { kind: Kind; steps: number } | { missing: string };

/** What is fixed in Terraform's language. */
const FIXED: Readonly<Record<string, Kind>> = {
  path: objectOf('path', { module: STRING, root: STRING, cwd: STRING }),
  terraform: objectOf('terraform', { workspace: STRING, applying: BOOL }),
};

/** All modules with the schemas that they are held against. */
export class World {
  readonly root: string;
  readonly modules: ReadonlyMap<string, Module>;
  readonly providers: readonly Provider[];
  readonly #scopes = new Map<string, ModuleScope>();

  constructor(root: string, modules: ReadonlyMap<string, Module>, providers: readonly Provider[]) {
    this.root = root;
    this.modules = modules;
    this.providers = providers;
  }

  scope(path: string): ModuleScope | undefined {
    const module = this.modules.get(path);
    if (module === undefined) return undefined;
    const known = this.#scopes.get(path) ?? new ModuleScope(this, module);
    this.#scopes.set(path, known);
    return known;
  }

  /** The schema of a type; undefined: no provider knows it. */
  schemaOf(of: 'resource' | 'data', type: string): Schema | undefined {
    return [...this.providers, BUILT_IN]
      .map(provider => provider[of][type])
      .find(schema => schema !== undefined);
  }
}

/** What names mean in one module. */
export class ModuleScope {
  readonly world: World;
  readonly module: Module;
  /** Names that were asked for: what is never asked for is not used. */
  readonly used = new Set<string>();
  readonly #locals = new Map<string, Kind>();

  constructor(world: World, module: Module) {
    this.world = world;
    this.module = module;
  }

  jsonFile(path: string): Kind | undefined {
    return jsonKind(this.world.root, path);
  }

  resolve(name: string, rest: readonly Step[]): Resolved {
    const next = rest[0]?.segment ?? '';
    const fixed = FIXED[name];
    if (fixed !== undefined) return { kind: fixed, steps: 0 };
    if (name === 'var')
      return this.#found(`var.${next}`, this.#variable(next), 1, `no variable ${next} is declared`);
    if (name === 'local')
      return this.#found(`local.${next}`, this.#local(next), 1, `no local ${next} is declared`);
    if (name === 'module')
      return this.#found(`module.${next}`, this.#call(next), 1, `no module ${next} is called here`);
    if (name === 'each') return { missing: 'each is used without for_each' };
    if (name === 'count') return { missing: 'count is used without count' };
    if (name === 'data') {
      const second = rest[1]?.segment ?? '';
      const kind = this.#resource('data', `${next}.${second}`);
      return this.#found(`data.${next}.${second}`, kind, 2, `no data source ${next}.${second} is declared`);
    }
    const kind = this.#resource('resource', `${name}.${next}`);
    const missing = next === '' ? `nothing is called ${name}` : `no resource ${name}.${next} is declared`;
    return this.#found(`${name}.${next}`, kind, 1, missing);
  }

  #found(used: string, kind: Kind | undefined, steps: number, missing: string): Resolved {
    this.used.add(used);
    return kind === undefined ? { missing } : { kind, steps };
  }

  /** What an expression is, without telling what is wrong in it: that is told where it stands. */
  quietly(expression: Expression, names: Names = new Map()): Kind {
    return infer(this, expression, names, () => {});
  }

  #variable(name: string): Kind | undefined {
    const block = this.module.variables.get(name);
    if (block === undefined) return undefined;
    const type = block.body.attributes.get('type');
    return type === undefined ? ANY : typeKind(type.value, type.value.node, `var.${name}`);
  }

  #local(name: string): Kind | undefined {
    const local = this.module.locals.get(name);
    if (local === undefined) return undefined;
    const known = this.#locals.get(name);
    if (known !== undefined) return known;
    // One that leads back to itself is anything; Terraform says so by itself.
    this.#locals.set(name, ANY);
    const kind = this.quietly(local.value);
    const named =
      kind.is === 'object' && kind.what === 'an object' ? { ...kind, what: `local.${name}` } : kind;
    this.#locals.set(name, named);
    return named;
  }

  #call(name: string): Kind | undefined {
    const call = this.module.calls.get(name);
    if (call === undefined) return undefined;
    const called = call.path === undefined ? undefined : this.world.scope(call.path);
    if (called === undefined) return ANY;
    const outputs = called.module.outputs;
    const kind: Kind = {
      is: 'object',
      what: `module.${name}`,
      names: [...outputs.keys()],
      get: output => {
        const value = outputs.get(output)?.body.attributes.get('value');
        if (value === undefined) return undefined;
        called.used.add(`output.${output}`);
        return called.quietly(value.value);
      },
    };
    return repeated(call.block, kind);
  }

  #resource(of: 'resource' | 'data', name: string): Kind | undefined {
    const block = (of === 'resource' ? this.module.resources : this.module.data).get(name);
    if (block === undefined) return undefined;
    const schema = this.world.schemaOf(of, block.labels[0] ?? '');
    if (schema === undefined) return ANY;
    return repeated(block, kindOf(schema, { body: schema.root }, of === 'data' ? `data.${name}` : name));
  }

  /** What `each`, `count` and `self` are in a block. */
  namesIn(block: Block): Names {
    const names = new Map<string, Kind>();
    const forEach = block.body.attributes.get('for_each');
    if (forEach !== undefined) {
      const value = elementOf(this.quietly(forEach.value));
      names.set('each', objectOf('each', { key: STRING, value }));
    }
    if (block.body.attributes.has('count')) names.set('count', objectOf('count', { index: NUMBER }));
    return names;
  }
}

/** What is made more than once is a list or a map. */
function repeated(block: Block, kind: Kind): Kind {
  if (block.body.attributes.has('count')) return listOf(kind);
  if (!block.body.attributes.has('for_each')) return kind;
  return { is: 'map', of: kind, madeForEach: kind.is === 'object' ? kind.what : 'this' };
}

/** What a variable's type says. */
export function typeKind(expression: Expression, node: Node, what: string): Kind {
  const [first] = node.children;
  const inner = () => (first === undefined ? ANY : typeKind(expression, first, what));
  if (node.type === 'scopeTraversal') {
    return { string: STRING, number: NUMBER, bool: BOOL }[node.meta?.value ?? ''] ?? ANY;
  }
  if (node.type === 'object') {
    return objectOf(
      what,
      Object.fromEntries(
        pairs(node).map(([key, value]) => {
          const name = keyName(expression, key) ?? literalText(key) ?? '';
          return [name, typeKind(expression, value, `${what}.${name}`)];
        }),
      ),
    );
  }
  if (node.type !== 'function') return ANY;
  if (node.meta?.name === 'list' || node.meta?.name === 'set') return listOf(inner());
  return node.meta?.name === 'map' ? mapOf(inner()) : inner();
}
