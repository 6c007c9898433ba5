import { z } from 'zod';
import { ANY, BOOL, type Kind, listOf, mapOf, NUMBER, STRING } from './kinds.ts';

/** A type as the providers' schemas have it; `body` names one of the schema's bodies. */
export type TypeRef =
  | 'any'
  | 'string'
  | 'number'
  | 'bool'
  | { list: TypeRef }
  | { map: TypeRef }
  | { body: string };

const typeRefSchema: z.ZodType<TypeRef> = z.lazy(() =>
  z.union([
    z.enum(['any', 'string', 'number', 'bool']),
    z.strictObject({ list: typeRefSchema }),
    z.strictObject({ map: typeRefSchema }),
    z.strictObject({ body: z.string() }),
  ]),
);

const fieldSchema = z.strictObject({
  type: typeRefSchema,
  /** `computed` can be read and not set. */
  use: z.enum(['required', 'optional', 'computed']),
  /** Written `name { }` and not `name = `. */
  block: z.literal(true).optional(),
  /** At most one such block. */
  single: z.literal(true).optional(),
  /** The only values, where the schema's text lists them. */
  values: z.array(z.string()).optional(),
});
export type Field = z.infer<typeof fieldSchema>;
export type Body = Record<string, Field>;

/** Attributes and blocks of one type of resource or data source, or of a provider's settings. */
export const schemaSchema = z.strictObject({
  root: z.string(),
  bodies: z.record(z.string(), z.record(z.string(), fieldSchema)),
});
export type Schema = z.infer<typeof schemaSchema>;

/** What a type is to who reads a value of it. */
export function kindOf(schema: Schema, type: TypeRef, what: string): Kind {
  if (type === 'string') return STRING;
  if (type === 'number') return NUMBER;
  if (type === 'bool') return BOOL;
  if (type === 'any') return ANY;
  if ('list' in type) return listOf(kindOf(schema, type.list, what));
  if ('map' in type) return mapOf(kindOf(schema, type.map, what));
  const body = schema.bodies[type.body] ?? {};
  return {
    is: 'object',
    what,
    names: Object.keys(body),
    get: name => {
      const field = Object.hasOwn(body, name) ? body[name] : undefined;
      return field === undefined ? undefined : kindOf(schema, field.type, `${what}.${name}`);
    },
  };
}
