import type { Context } from 'hono';
import { z } from 'zod';
import { parseWith } from '#shared/errors.ts';
import { hashSecret } from './secrets.ts';

/** The header that idempotent requests carry: a new random value a request, the same on a repetition. */
export const idempotencyHeaderSchema = z.object({
  'idempotency-key': z
    .string('send an Idempotency-Key header')
    .regex(/^[\x21-\x7e]{8,128}$/, '8 to 128 visible ASCII characters'),
});

export interface IdempotentRequest {
  userId: string;
  key: string;
  /** Of operation and body: the same key with another request is refused. */
  requestHash: string;
}

/** Throws `invalid_request` when the header is missing or odd. */
export function idempotencyKey(c: Context): string {
  return parseWith(idempotencyHeaderSchema, { 'idempotency-key': c.req.header('idempotency-key') })[
    'idempotency-key'
  ];
}

/** `operation`: method and path. `body`: as parsed. */
export function idempotentRequest(
  userId: string,
  key: string,
  operation: string,
  body: unknown,
): IdempotentRequest {
  // Parsed by zod, so the fields come in the schema's order whatever order they were sent in.
  return { userId, key, requestHash: hashSecret(`${operation}\n${JSON.stringify(body ?? null)}`) };
}
