import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { environmentSchema } from '#deploy/environment.ts';
import { ANY, BOOL, type Kind, listOf, NUMBER, objectOf, STRING } from './kinds.ts';

/** The part of JSON Schema that zod makes of the environments' schema. */
interface JsonSchema {
  type?: string;
  const?: unknown;
  enum?: readonly unknown[];
  oneOf?: readonly JsonSchema[];
  items?: JsonSchema;
  properties?: Readonly<Record<string, JsonSchema>>;
  additionalProperties?: JsonSchema | false;
}

/**
 * What `jsondecode(file(path))` is. Of an environment, what its schema has (deploy/environment.ts), and of its lists by name, such as
 * the regions, what is in the file; of another file what is in it. Undefined: it cannot be read.
 */
export function jsonKind(root: string, path: string): Kind | undefined {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(join(root, path), 'utf8'));
  } catch {
    return undefined;
  }
  return basename(dirname(path)) === 'environments'
    ? shapedBy(schemaOf(value), value, path)
    : shaped(value, path);
}

function schemaOf(value: unknown): JsonSchema {
  const { name } = z.looseObject({ name: z.unknown() }).parse(value);
  const any = z.toJSONSchema(environmentSchema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
  const fits = ({ properties }: JsonSchema) =>
    properties?.name?.const === name || properties?.name?.enum?.includes(name) === true;
  return any.oneOf?.find(fits) ?? any;
}

function shapedBy(schema: JsonSchema, value: unknown, what: string): Kind {
  if (schema.type === 'array') return listOf(shapedBy(schema.items ?? {}, undefined, what));
  if (schema.type === 'string') return STRING;
  if (schema.type === 'number' || schema.type === 'integer') return NUMBER;
  if (schema.type === 'boolean') return BOOL;
  if (schema.type !== 'object') return ANY;
  const given = z.record(z.string(), z.unknown()).catch({}).parse(value);
  const fields: Record<string, JsonSchema> = { ...schema.properties };
  if (schema.additionalProperties)
    for (const name of Object.keys(given)) fields[name] = schema.additionalProperties;
  return objectOf(
    what,
    Object.fromEntries(
      Object.entries(fields).map(([name, field]) => [name, shapedBy(field, given[name], `${what}: ${name}`)]),
    ),
  );
}

function shaped(value: unknown, what: string): Kind {
  if (typeof value === 'string') return STRING;
  if (typeof value === 'number') return NUMBER;
  if (typeof value === 'boolean') return BOOL;
  if (Array.isArray(value)) return listOf(value.length === 0 ? ANY : shaped(value[0], what));
  if (typeof value !== 'object' || value === null) return ANY;
  return objectOf(
    what,
    Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [name, shaped(inner, `${what}: ${name}`)]),
    ),
  );
}
