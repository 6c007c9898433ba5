import type { z } from 'zod';
import { NearcadeError } from '#shared/errors.ts';

export function textOf(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === 'string' ? value : '';
}

/** Throws `invalid_request` with `otherwise`, in the player's words, unless `value` is what `schema` takes. */
export function checkField(schema: z.ZodType, value: string, otherwise: string): void {
  if (!schema.safeParse(value).success) throw new NearcadeError('invalid_request', otherwise);
}
