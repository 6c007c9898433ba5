import { and, desc, eq, isNull, sql } from 'drizzle-orm';
import { z } from 'zod';
import { log } from '#edge/http/log.ts';
import type { Services } from '#edge/services.ts';
import { decodeCursor, toPage } from '#edge/store/cursor.ts';
import type { Database } from '#edge/store/database.ts';
import { deadLetters } from '#edge/store/schema.ts';
import { type DeadLetter, deadLetterSchema } from '#shared/api/admin-backlog.ts';
import type { Page } from '#shared/api/page.ts';
import { momentSchema } from '#shared/api/time.ts';
import { NearcadeError } from '#shared/errors.ts';

/** Keeps what the queue gave up, for an operator. Once for each message. */
export async function keepDeadLetters({ db }: Services, batch: MessageBatch): Promise<void> {
  for (const message of batch.messages) {
    log('error', 'dead letter', { message: message.id, queue: batch.queue });
    await db.execute(sql`
      insert into ${deadLetters} (id, body) values (${message.id}, ${JSON.stringify(message.body)}::jsonb)
      on conflict do nothing`);
    message.ack();
  }
}

const cursorSchema = z.tuple([momentSchema, z.string()]);

/** What the queue gave up, the newest first. Throws `invalid_request` for a cursor that is none of ours. */
export async function listDeadLetters(
  db: Database,
  { cursor, limit }: { cursor?: string | undefined; limit: number },
): Promise<Page<DeadLetter>> {
  const after = decodeCursor(cursorSchema, cursor);
  // To the millisecond, as the cursor has it.
  const at = sql`date_trunc('milliseconds', ${deadLetters.createdAt})`;
  const rows = await db
    .select()
    .from(deadLetters)
    .where(
      after === undefined
        ? undefined
        : sql`(${at}, ${deadLetters.id}) < (${after[0]}::timestamptz, ${after[1]})`,
    )
    .orderBy(desc(at), desc(deadLetters.id))
    .limit(limit + 1);
  return toPage(rows.map(toLetter), limit, letter => [letter.createdAt, letter.id]);
}

/** Throws `not_found`. */
export async function readDeadLetter(db: Database, id: string): Promise<DeadLetter> {
  const [row] = await db.select().from(deadLetters).where(eq(deadLetters.id, id));
  if (row === undefined) throw new NearcadeError('not_found', 'No such dead letter');
  return toLetter(row);
}

const toLetter = (row: typeof deadLetters.$inferSelect): DeadLetter =>
  deadLetterSchema.parse({
    ...row,
    createdAt: row.createdAt.toISOString(),
    replayedAt: row.replayedAt?.toISOString() ?? null,
  });

/** Puts a dead letter into the queue again, when what kept it from being taken was put right. Throws `not_found`. */
export async function replayDeadLetter({ db, events }: Services, id: string): Promise<void> {
  const [letter] = await db
    .update(deadLetters)
    .set({ replayedAt: sql`now()` })
    .where(and(eq(deadLetters.id, id), isNull(deadLetters.replayedAt)))
    .returning({ body: deadLetters.body });
  if (letter === undefined)
    throw new NearcadeError('not_found', 'No such dead letter, or it was replayed already');
  try {
    // As it came: the consumer parses it, like any other.
    await events.send(letter.body as Parameters<typeof events.send>[0]);
  } catch (cause) {
    await db.update(deadLetters).set({ replayedAt: null }).where(eq(deadLetters.id, id));
    throw new NearcadeError('unavailable', 'The queue did not take it', { cause });
  }
}

/** Deletes a dead letter that nobody needs any more, and answers it. Throws `not_found`. */
export async function discardDeadLetter(db: Database, id: string): Promise<DeadLetter> {
  const [row] = await db.delete(deadLetters).where(eq(deadLetters.id, id)).returning();
  if (row === undefined) throw new NearcadeError('not_found', 'No such dead letter');
  return toLetter(row);
}
