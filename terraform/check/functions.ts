import { ANY, BOOL, common, elementOf, type Kind, listOf, mapOf, NUMBER, objectOf, STRING } from './kinds.ts';

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

/** Terraform 1.11's functions by what they return: `terraform metadata functions -json`. */
const RETURNS: readonly (readonly [Kind, readonly string[]])[] = [
  [NUMBER, words('abs ceil floor index length log max min parseint pow signum sum timecmp tonumber')],
  [
    STRING,
    words(`abspath base64decode base64encode base64gzip base64sha256 base64sha512 basename bcrypt chomp cidrhost cidrnetmask
      cidrsubnet dirname file filebase64 filebase64sha256 filebase64sha512 filemd5 filesha1 filesha256 filesha512 format formatdate indent
      join jsonencode lower md5 pathexpand plantimestamp replace rsadecrypt sha1 sha256 sha512 strrev substr templatefile templatestring
      textdecodebase64 textencodebase64 timeadd timestamp title tostring trim trimprefix trimspace trimsuffix upper urlencode uuid uuidv5
      yamlencode`),
  ],
  [BOOL, words('alltrue anytrue can contains endswith fileexists issensitive startswith strcontains tobool')],
  [listOf(STRING), words('cidrsubnets compact fileset formatlist keys split')],
  [listOf(NUMBER), words('range')],
  [ANY, words('csvdecode jsondecode regex regexall setproduct transpose yamldecode zipmap')],
];

/** Functions that return what they are given, or a part of it. */
const FOLLOWS: Readonly<Record<string, (args: readonly Kind[]) => Kind>> = {
  chunklist: args => listOf(args[0] ?? ANY),
  coalesce: common,
  coalescelist: common,
  concat: args => listOf(common(args.map(elementOf))),
  distinct: args => listOf(elementOf(args[0] ?? ANY)),
  element: args => elementOf(args[0] ?? ANY),
  ephemeralasnull: args => args[0] ?? ANY,
  flatten: () => listOf(ANY),
  lookup: args => elementOf(args[0] ?? ANY),
  matchkeys: args => listOf(elementOf(args[0] ?? ANY)),
  merge: mergeOf,
  nonsensitive: args => args[0] ?? ANY,
  one: args => elementOf(args[0] ?? ANY),
  reverse: args => listOf(elementOf(args[0] ?? ANY)),
  sensitive: args => args[0] ?? ANY,
  setintersection: args => listOf(elementOf(args[0] ?? ANY)),
  setsubtract: args => listOf(elementOf(args[0] ?? ANY)),
  setunion: args => listOf(elementOf(args[0] ?? ANY)),
  slice: args => listOf(elementOf(args[0] ?? ANY)),
  sort: args => listOf(elementOf(args[0] ?? ANY)),
  tolist: args => listOf(elementOf(args[0] ?? ANY)),
  tomap: args => mapOf(elementOf(args[0] ?? ANY)),
  toset: args => listOf(elementOf(args[0] ?? ANY)),
  try: args => args[0] ?? ANY,
  values: args => listOf(elementOf(args[0] ?? ANY)),
};

const KNOWN: ReadonlyMap<string, Kind> = new Map(
  RETURNS.flatMap(([kind, names]) => names.map(name => [name, kind] as const)),
);

/** What a call returns; undefined: there is no such function. */
export function returnOf(name: string, args: readonly Kind[]): Kind | undefined {
  return Object.hasOwn(FOLLOWS, name) ? FOLLOWS[name]?.(args) : KNOWN.get(name);
}

function mergeOf(args: readonly Kind[]): Kind {
  const fields: Record<string, Kind> = {};
  for (const arg of args) {
    if (arg.is !== 'object') return ANY;
    for (const name of arg.names) fields[name] = arg.get(name) ?? ANY;
  }
  return objectOf('what was merged', fields);
}
