import { and, eq, isNull, sql } from 'drizzle-orm';
import { log } from '#edge/http/log.ts';
import type { Services } from '#edge/services.ts';
import { deadLetters } from '#edge/store/schema.ts';
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

/** Puts a dead letter into the queue again, when what kept it from being taken was put right. Throws `not_found`. */
export async function replayDeadLetter({ db, events }: Services, id: string): Promise<void> {
  const [letter] = await db
    .update(deadLetters)
    .set({ replayedAt: sql`now()` })
    .where(and(eq(deadLetters.id, id), isNull(deadLetters.replayedAt)))
    .returning({ body: deadLetters.body });
  if (letter === undefined)
    throw new NearcadeError('not_found', 'No such dead letter, or it was replayed already');
  // As it came: the consumer parses it, like any other.
  await events.send(letter.body as Parameters<typeof events.send>[0]);
}
