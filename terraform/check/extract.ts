import type { Body, Field, Schema, TypeRef } from './schema.ts';

/** A schema with what it is of: `aws_vpc` as a resource, `aws_ami` as a data source, or a provider's settings. */
export interface Extracted {
  of: 'resource' | 'data' | 'provider';
  name: string;
  schema: Schema;
}

/** The class that a kind of thing extends in cdktf's packages. */
const BASES = {
  TerraformResource: 'resource',
  TerraformDataSource: 'data',
  TerraformProvider: 'provider',
} as const;

/**
 * Reads a provider's schema back out of the bindings that cdktf generated from it: types declare what may be set, whether it must and
 * whether it is a block; classes have what can be read, and how deep it lies. `declarations` is a type's index.d.ts, `program` its index.js.
 */
export function extract(declarations: string, program: string): Extracted | undefined {
  const type =
    /^export declare class (\w+) extends cdktf\.(\w+) \{\s+static readonly tfResourceType = "([^"]+)"/m.exec(
      declarations,
    );
  const [, root, base, name] = type ?? [];
  if (root === undefined || name === undefined || !(base !== undefined && base in BASES)) return undefined;
  const classes = readClasses(program);
  const interfaces = readInterfaces(declarations);
  const bodies: Record<string, Body> = {};
  const pending = [root];
  for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
    if (bodies[id] !== undefined) continue;
    const settable = interfaces.get(id === root ? `${root}Config` : id) ?? {};
    const readable = readAttributes(classes.get(id === root ? root : `${id}OutputReference`) ?? '', classes);
    const body: Body = {};
    for (const [field, type] of Object.entries(readable)) body[field] = { type, use: 'computed' };
    for (const [field, set] of Object.entries(settable)) {
      const read = readable[field];
      // The class knows whether a block that may come once is kept as a list of one.
      const type = read !== undefined && bodyOf(set.type) !== undefined ? read : set.type;
      body[field] = { ...set, type };
    }
    bodies[id] = body;
    for (const { type } of Object.values(body)) {
      const inner = bodyOf(type);
      if (inner !== undefined) pending.push(inner);
    }
  }
  return { of: BASES[base as keyof typeof BASES], name, schema: { root, bodies } };
}

function bodyOf(type: TypeRef): string | undefined {
  if (typeof type === 'string') return undefined;
  if ('body' in type) return type.body;
  return bodyOf('list' in type ? type.list : type.map);
}

function readClasses(program: string): Map<string, string> {
  const classes = new Map<string, string>();
  for (const [text, name] of program.matchAll(/^class (\w+) extends cdktf\.\w+ \{[\s\S]*?^\}/gm)) {
    if (name !== undefined) classes.set(name, text);
  }
  return classes;
}

const GETTERS: Readonly<Record<string, TypeRef>> = {
  String: 'string',
  Number: 'number',
  Boolean: 'bool',
  List: { list: 'string' },
  NumberList: { list: 'number' },
  StringMap: { map: 'string' },
  NumberMap: { map: 'number' },
  BooleanMap: { map: 'bool' },
  AnyMap: 'any',
};

/** What can be read of a class: attributes by their getters, and what lies in it by the classes that it makes for that. */
function readAttributes(text: string, classes: ReadonlyMap<string, string>): Record<string, TypeRef> {
  const read: Record<string, TypeRef> = {};
  for (const [, name = ''] of text.matchAll(/interpolationForAttribute\(['"](\w+)['"]\)/g))
    read[name] = 'any';
  for (const [, getter = '', name = ''] of text.matchAll(/this\.get(\w+)Attribute\(['"](\w+)['"]\)/g)) {
    read[name] = GETTERS[getter] ?? 'any';
  }
  for (const [, made = '', name = ''] of text.matchAll(/new (\w+)\(this, ['"](\w+)['"]/g)) {
    const of = classes.get(made) ?? '';
    if (of.includes('extends cdktf.ComplexList')) read[name] = { list: { body: made.replace(/List$/, '') } };
    else if (of.includes('extends cdktf.ComplexMap'))
      read[name] = { map: { body: made.replace(/Map$/, '') } };
    else {
      const body = { body: made.replace(/OutputReference$/, '') };
      const isListOfOne = /super\(terraformResource, terraformAttribute, (?:false|true), 0\)/.test(of);
      read[name] = isListOfOne ? { list: body } : body;
    }
  }
  return read;
}

type Settable = Record<string, Field>;

function readInterfaces(declarations: string): Map<string, Settable> {
  const interfaces = new Map<string, Settable>();
  for (const [, name = '', text = ''] of declarations.matchAll(
    /^export interface (\w+)(?: extends [\w.]+)? \{$([\s\S]*?)^\}/gm,
  )) {
    interfaces.set(name, readMembers(text));
  }
  return interfaces;
}

const MEMBER = /\/\*\*([\s\S]*?)\*\/\s+readonly \w+(\?)?: ((?:\{[^}]*\}|[^;{])*);/g;

function readMembers(text: string): Settable {
  const members: Settable = {};
  for (const [, comment = '', optional, type = ''] of text.matchAll(MEMBER)) {
    const name = /#(\w+) \w+#/.exec(comment)?.[1];
    if (name === undefined) continue;
    const ref = readType(type.trim());
    const isBlock = /^\s*\* \w+ block$/m.test(comment);
    const values = /Available values: ((?:"[^"]*"(?:, )?)+)/.exec(comment)?.[1];
    members[name] = {
      type: ref,
      use: optional === undefined ? 'required' : 'optional',
      ...(isBlock ? { block: true } : {}),
      ...(isBlock && typeof ref === 'object' && 'body' in ref ? { single: true } : {}),
      ...(values === undefined
        ? {}
        : { values: [...values.matchAll(/"([^"]*)"/g)].map(([, value = '']) => value) }),
    };
  }
  return members;
}

/** A member's type in TypeScript. */
function readType(text: string): TypeRef {
  const type = text.replace(/ \| cdktf\.IResolvable$/, '');
  if (type === 'string' || type === 'number') return type;
  if (type === 'boolean') return 'bool';
  if (type.endsWith('[]')) return { list: readType(type.slice(0, -2)) };
  const values = /^\{\s*\[key: string\]: ([^;]+);\s*\}$/.exec(type)?.[1];
  // A value of any type is declared like that too.
  if (values !== undefined)
    return values === 'any' ? 'any' : { map: readType(values.replace(/^\(|\)$/g, '')) };
  return /^[A-Z]\w*$/.test(type) ? { body: type } : 'any';
}
