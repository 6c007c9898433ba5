import { z } from 'zod';
import { hashSecret } from './secrets.ts';

/** The header that each mutating request of playing carries: a new random value a request, the same on a repetition. */
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

export function idempotentRequest(
  userId: string,
  key: string,
  operation: string,
  body: Record<string, unknown>,
): IdempotentRequest {
  // Parsed by zod, so the fields come in the schema's order whatever order they were sent in.
  return { userId, key, requestHash: hashSecret(`${operation}\n${JSON.stringify(body)}`) };
}
