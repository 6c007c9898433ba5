import { keyName, lineOf, literalText, type Node, pairs } from './expression.ts';
import { infer, type Names } from './infer.ts';
import { ANY, elementOf, type Kind, mayBe, NUMBER, nameOf, objectOf, STRING } from './kinds.ts';
import type { Finding } from './module.ts';
import { type Field, kindOf, type Schema, type TypeRef } from './schema.ts';
import type { ModuleScope } from './scope.ts';
import type { Attribute, Block, Body } from './source.ts';

/** What Terraform itself knows in blocks of these types, and what may stand in its own blocks there. */
const META_ATTRIBUTES = ['count', 'for_each', 'provider', 'depends_on'];
const LIFECYCLE: Readonly<Record<string, Kind>> = {
  create_before_destroy: { is: 'bool' },
  prevent_destroy: { is: 'bool' },
  ignore_changes: ANY,
  replace_triggered_by: ANY,
};

/** Holds a resource, a data source or a provider's settings against its schema. */
export class BodyCheck {
  readonly #scope: ModuleScope;
  readonly #schema: Schema;
  readonly #what: string;
  readonly #tell: (finding: Finding) => void;

  constructor(scope: ModuleScope, schema: Schema, what: string, tell: (finding: Finding) => void) {
    this.#scope = scope;
    this.#schema = schema;
    this.#what = what;
    this.#tell = tell;
  }

  /** `meta`: attributes that are Terraform's own here. */
  run(block: Block, names: Names, meta: readonly string[] = META_ATTRIBUTES): void {
    this.#body(block, this.#schema.root, names, meta);
  }

  #say(at: { file: string; line: number }, message: string): void {
    this.#tell({ file: at.file, line: at.line, message: `${this.#what}: ${message}` });
  }

  #body(block: Block, bodyName: string, names: Names, meta: readonly string[]): void {
    const fields = this.#schema.bodies[bodyName] ?? {};
    const { body } = block;
    for (const attribute of body.attributes.values()) {
      if (meta.includes(attribute.name)) continue;
      const field = this.#field(fields, attribute.name);
      if (field === undefined) {
        this.#say(attribute, `there is no attribute ${attribute.name}`);
      } else if (field.block) {
        this.#say(attribute, `${attribute.name} is a block: ${attribute.name} { ... }`);
      } else if (field.use === 'computed') {
        this.#say(attribute, `${attribute.name} can be read and not set`);
      } else {
        this.#value(attribute, attribute.name, field.type, field, attribute.value.node, names);
      }
    }
    for (const [index, inner] of body.blocks.entries()) {
      this.#block(inner, fields, names, meta.length > 0);
      const isSecond = body.blocks.slice(0, index).some(({ type }) => type === inner.type);
      if (isSecond && this.#field(fields, inner.type)?.single)
        this.#say(inner, `${inner.type} may come once`);
    }
    for (const [name, { use }] of Object.entries(fields)) {
      if (use === 'required' && !this.#has(body, name)) this.#say(block, `${name} is missing`);
    }
  }

  #field(fields: Readonly<Record<string, Field>>, name: string): Field | undefined {
    return Object.hasOwn(fields, name) ? fields[name] : undefined;
  }

  #has(body: Body, name: string): boolean {
    const isIt = ({ type, labels }: Block) => type === name || (type === 'dynamic' && labels[0] === name);
    return body.attributes.has(name) || body.blocks.some(isIt);
  }

  #block(inner: Block, fields: Readonly<Record<string, Field>>, names: Names, isOuter: boolean): void {
    const isDynamic = inner.type === 'dynamic';
    const name = isDynamic ? (inner.labels[0] ?? '') : inner.type;
    const field = this.#field(fields, name);
    const bodyName = field === undefined ? undefined : innerBody(field.type);
    if (isOuter && name === 'lifecycle' && field === undefined) this.#lifecycle(inner, fields);
    else if (field === undefined) this.#say(inner, `there is no block ${name}`);
    else if (!field.block) this.#say(inner, `${name} is an attribute: ${name} = ...`);
    else if (bodyName === undefined) this.#say(inner, `this check does not know what is in ${name}`);
    else if (isDynamic) this.#dynamic(inner, name, bodyName, names);
    else this.#body(inner, bodyName, names, []);
  }

  #dynamic(block: Block, name: string, bodyName: string, names: Names): void {
    const content = block.body.blocks.find(({ type }) => type === 'content');
    if (!block.body.attributes.has('for_each')) this.#say(block, `dynamic ${name} has no for_each`);
    if (content === undefined) this.#say(block, `dynamic ${name} has no content`);
    else this.#body(content, bodyName, dynamicNames(this.#scope, block, names), []);
  }

  #lifecycle(block: Block, fields: Readonly<Record<string, Field>>): void {
    for (const attribute of block.body.attributes.values()) {
      if (LIFECYCLE[attribute.name] === undefined) this.#say(attribute, `lifecycle has no ${attribute.name}`);
      if (attribute.name !== 'ignore_changes' || attribute.value.node.type !== 'tuple') continue;
      for (const { meta } of attribute.value.node.children) {
        const name = meta?.traversal?.[0]?.segment ?? '';
        if (this.#field(fields, name) === undefined)
          this.#say(attribute, `there is no ${name} whose changes to ignore`);
      }
    }
  }

  /** A value where the schema says what it has to be; literal objects and lists are looked into. */
  #value(
    at: Attribute,
    name: string,
    type: TypeRef,
    field: Field | undefined,
    node: Node,
    names: Names,
  ): void {
    const isList = typeof type === 'object' && 'list' in type;
    if (typeof type === 'object' && 'body' in type && node.type === 'object') {
      this.#object(at, name, type.body, node, names);
    } else if (isList && node.type === 'tuple') {
      for (const child of node.children) this.#value(at, name, type.list, field, child, names);
    } else if (isList && node.type === 'for' && (node.meta?.keyExpression ?? '') === '') {
      const [collection, value] = node.children;
      if (collection === undefined || value === undefined) return;
      const element = elementOf(infer(this.#scope, { ...at.value, node: collection }, names, () => {}));
      const bound = new Map(names).set(node.meta?.valVar ?? '', element);
      if (node.meta?.keyVar) bound.set(node.meta.keyVar, STRING);
      this.#value(at, name, type.list, field, value, bound);
    } else {
      this.#scalar(at, name, type, field, node, names);
    }
  }

  #scalar(
    at: Attribute,
    name: string,
    type: TypeRef,
    field: Field | undefined,
    node: Node,
    names: Names,
  ): void {
    const here = { file: at.file, line: lineOf(at.value, node) };
    const wanted = kindOf(this.#schema, type, name);
    const given = infer(this.#scope, { ...at.value, node }, names, () => {});
    if (!mayBe(given, wanted)) this.#say(here, `${name} has to be ${nameOf(wanted)} and is ${nameOf(given)}`);
    const text = literalText(node);
    if (text === undefined) return;
    if (wanted === NUMBER && !/^-?\d+(\.\d+)?$/.test(text)) {
      this.#say(here, `${name} has to be a number and is "${text}"`);
    }
    if (field?.values !== undefined && !field.values.includes(text)) {
      this.#say(here, `${name} cannot be "${text}": ${field.values.join(', ')}`);
    }
  }

  #object(at: Attribute, name: string, bodyName: string, node: Node, names: Names): void {
    const fields = this.#schema.bodies[bodyName] ?? {};
    const given = new Set<string>();
    for (const [key, value] of pairs(node)) {
      const field = keyName(at.value, key);
      if (field === undefined) continue;
      given.add(field);
      const here = { file: at.file, line: lineOf(at.value, key) };
      const known = this.#field(fields, field);
      if (known === undefined) this.#say(here, `${name} has no attribute ${field}`);
      else if (known.use === 'computed') this.#say(here, `${name}.${field} can be read and not set`);
      else this.#value(at, `${name}.${field}`, known.type, known, value, names);
    }
    for (const [field, { use }] of Object.entries(fields)) {
      const here = { file: at.file, line: lineOf(at.value, node) };
      if (use === 'required' && !given.has(field)) this.#say(here, `${name}.${field} is missing`);
    }
  }
}

function innerBody(type: TypeRef): string | undefined {
  if (typeof type === 'string') return undefined;
  if ('body' in type) return type.body;
  return innerBody('list' in type ? type.list : type.map);
}

/** The names inside a dynamic block: its iterator, with key and value. */
export function dynamicNames(scope: ModuleScope, block: Block, names: Names): Names {
  const forEach = block.body.attributes.get('for_each');
  const collection = forEach === undefined ? ANY : infer(scope, forEach.value, names, () => {});
  const iterator = block.body.attributes.get('iterator')?.value.text ?? block.labels[0] ?? '';
  const value = elementOf(collection);
  return new Map(names).set(
    iterator,
    objectOf(iterator, { key: collection.is === 'list' ? value : STRING, value }),
  );
}
