import { and, eq, lt, sql } from 'drizzle-orm';
import type { IdempotentRequest } from '#edge/http/idempotency.ts';
import type { Database } from '#edge/store/database.ts';
import { idempotencyKeys } from '#edge/store/schema.ts';
import { NearcadeError } from '#shared/errors.ts';

/** How long a repeated request answers its first result: far longer than any client goes on retrying. */
const KEEP_S = 24 * 3600;

/** The session that this very request led to before, if it was done. Throws `idempotency_key_reused`. */
export async function sessionOfRequest(
  db: Database,
  request: IdempotentRequest,
): Promise<string | undefined> {
  const [found] = await db
    .select({ requestHash: idempotencyKeys.requestHash, sessionId: idempotencyKeys.sessionId })
    .from(idempotencyKeys)
    .where(and(eq(idempotencyKeys.userId, request.userId), eq(idempotencyKeys.key, request.key)));
  if (found !== undefined && found.requestHash !== request.requestHash) {
    throw new NearcadeError('idempotency_key_reused');
  }
  return found?.sessionId;
}

export async function deleteOldIdempotencyKeys(db: Database): Promise<void> {
  await db
    .delete(idempotencyKeys)
    .where(lt(idempotencyKeys.createdAt, sql`now() - make_interval(secs => ${KEEP_S}::float8)`));
}
