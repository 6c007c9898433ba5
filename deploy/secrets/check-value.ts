import { z } from 'zod';
import { settingsSchema } from '#edge/env.ts';
import { externalAccountSchema } from '#media-node/image/caddy/external-account.ts';
import type { DeclaredSecret } from '#secrets/declared.ts';
import { NearcadeError } from '#shared/errors.ts';

/** Secrets Manager's limit of one secret (its API reference, PutSecretValue). */
const MAX_BYTES = 65_536;

const shape: Readonly<Record<string, z.ZodType>> = settingsSchema.shape;

const otherSchemas: Readonly<Record<string, z.ZodType>> = {
  'node/fleet-key': z
    .string()
    .min(32)
    .regex(/^[^,]+$/),
  'node/acme-account': externalAccountSchema,
  'deploy/database-owner-url': settingsSchema.shape.DATABASE_URL,
};

/** Throws `secret_invalid` for what the Worker, a node or a deploy would not take; says the secret's name and why, never the value. */
export function checkValue({ name, group, setting }: DeclaredSecret, text: string): void {
  const wrong = (why: string) => new NearcadeError('secret_invalid', `This is no value for ${name}: ${why}`);
  if (text.trim() === '') throw wrong('it is empty');
  if (text !== text.trim()) throw wrong('there is white space at its beginning or end');
  if (Buffer.byteLength(text) > MAX_BYTES) throw wrong(`more than ${MAX_BYTES} bytes`);
  const schema = group === 'worker' ? shape[setting] : otherSchemas[name];
  const { error } = schema?.safeParse(text) ?? {};
  // zod's own words may hold what they are about: only its kinds of faults are told.
  if (error !== undefined)
    throw wrong(error.issues.map(({ code, path }) => [code, ...path].join(' ')).join(', '));
}
