import { and, eq, lt, sql } from 'drizzle-orm';
import type { IdempotentRequest } from '#edge/http/idempotency.ts';
import { NearcadeError } from '#shared/errors.ts';
import type { Database } from './database.ts';
import { idempotencyKeys } from './schema.ts';

/** How long a repeated request answers its first result: far longer than any client goes on retrying. */
const KEEP_S = 24 * 3600;

/** What this very request led to before, e.g. the session, if it was done. Throws `idempotency_key_reused`. */
export async function resultOfRequest(db: Database, request: IdempotentRequest): Promise<string | undefined> {
  const [found] = await db
    .select({ requestHash: idempotencyKeys.requestHash, resourceId: idempotencyKeys.resourceId })
    .from(idempotencyKeys)
    .where(and(eq(idempotencyKeys.userId, request.userId), eq(idempotencyKeys.key, request.key)));
  if (found !== undefined && found.requestHash !== request.requestHash) {
    throw new NearcadeError('idempotency_key_reused');
  }
  return found?.resourceId;
}

export async function deleteOldIdempotencyKeys(db: Database): Promise<void> {
  await db
    .delete(idempotencyKeys)
    .where(lt(idempotencyKeys.createdAt, sql`now() - make_interval(secs => ${KEEP_S}::float8)`));
}
