/** What a value of Terraform's language is, as far as it is known: what may be asked of it and what it may be given to. */
export type Kind =
  | { readonly is: 'any' | 'string' | 'number' | 'bool' }
  /** Lists, sets and tuples; of a map, what is made for each of its keys, which are no attributes of it. */
  | { readonly is: 'list' | 'map'; readonly of: Kind; readonly madeForEach?: string }
  | ObjectKind;

/** A value with known attributes. */
export interface ObjectKind {
  readonly is: 'object';
  /** What messages call it, such as `aws_vpc.this`. */
  readonly what: string;
  readonly names: readonly string[];
  /** The kind of an attribute; undefined: there is none of this name. */
  get(name: string): Kind | undefined;
}

export const ANY: Kind = { is: 'any' };
export const STRING: Kind = { is: 'string' };
export const NUMBER: Kind = { is: 'number' };
export const BOOL: Kind = { is: 'bool' };

export const listOf = (of: Kind): Kind => ({ is: 'list', of });
export const mapOf = (of: Kind): Kind => ({ is: 'map', of });

/** An object of these attributes. */
export function objectOf(what: string, fields: Readonly<Record<string, Kind>>): ObjectKind {
  return {
    is: 'object',
    what,
    names: Object.keys(fields),
    get: name => (Object.hasOwn(fields, name) ? fields[name] : undefined),
  };
}

/** What holds of all of them: their kind when they have one in common, else anything. */
export function common(kinds: readonly Kind[]): Kind {
  const [first, ...others] = kinds.filter(kind => kind.is !== 'any');
  if (first === undefined) return ANY;
  return others.every(({ is }) => is === first.is) ? first : ANY;
}

/** What one gets by going through a list, map or object. */
export function elementOf(kind: Kind): Kind {
  if (kind.is === 'list' || kind.is === 'map') return kind.of;
  if (kind.is !== 'object') return ANY;
  return common(kind.names.map(name => kind.get(name) ?? ANY));
}

/**
 * Whether a value may stand where another kind is wanted. Terraform turns scalars into each other, objects into maps and back; what is not
 * known may be right.
 */
export function mayBe(given: Kind, wanted: Kind): boolean {
  if (given.is === 'any' || wanted.is === 'any') return true;
  if (wanted.is === 'list') return given.is === 'list' && mayBe(given.of, wanted.of);
  if (wanted.is === 'map') return given.is === 'object' || (given.is === 'map' && mayBe(given.of, wanted.of));
  if (wanted.is === 'object') return given.is === 'object' || given.is === 'map';
  if (given.is === 'list' || given.is === 'map' || given.is === 'object') return false;
  return !(wanted.is === 'bool' && given.is === 'number') && !(wanted.is === 'number' && given.is === 'bool');
}

/** What messages call a kind. */
export function nameOf(kind: Kind): string {
  if (kind.is === 'list' || kind.is === 'map') return `a ${kind.is} of ${nameOf(kind.of)}`;
  return { any: 'anything', string: 'a string', number: 'a number', bool: 'a bool', object: 'an object' }[
    kind.is
  ];
}
