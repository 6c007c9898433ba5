import { and, eq, sql } from 'drizzle-orm';
import { profilesOf } from '#edge/accounts/profiles.ts';
import type { IdempotentRequest } from '#edge/http/idempotency.ts';
import type { Services } from '#edge/services.ts';
import { blockersOf } from '#edge/social/friends/friends.ts';
import type { Database } from '#edge/store/database.ts';
import { resultOfRequest } from '#edge/store/requests.ts';
import { chatChannels, chatMessages, chatRates, idempotencyKeys } from '#edge/store/schema.ts';
import type { ChatMessage } from '#shared/api/chat.ts';
import { NearcadeError } from '#shared/errors.ts';
import { allowRate } from '../rate.ts';
import { type Chat, membersOfChat, requireChatMember } from './scopes.ts';

/** More in a minute is no talk. Counted in Redis; what is above MOST_A_MINUTE is refused by Postgres, with or without it. */
const MESSAGES_A_MINUTE = 30;
export const MOST_A_MINUTE = 40;
const WINDOW_S = 60;

/**
 * Adds a message to a chat; done twice it answers the first. Tell the others with `tellChat`. Throws what keeps the author from
 * being a member, or `rate_limited`.
 */
export async function postMessage(
  services: Services,
  chat: Chat,
  authorId: string,
  text: string,
  idempotency: IdempotentRequest,
): Promise<ChatMessage> {
  const { db } = services;
  await requireChatMember(db, chat, authorId);
  await allowRate(services, 'chat', authorId, MESSAGES_A_MINUTE);
  const id = await insert(db, chat, authorId, text, idempotency);
  const messageId = id ?? (await resultOfRequest(db, idempotency));
  if (messageId === undefined) throw new NearcadeError('rate_limited', 'Too many messages: wait a minute');
  return readMessage(db, messageId);
}

/**
 * One statement: the author's bound, the key of the request, the next number of the chat and the message. The channel's row
 * stays locked until all of it is there, so that numbers come in order and none is left out.
 */
async function insert(
  db: Database,
  { scope, scopeId }: Chat,
  authorId: string,
  text: string,
  { userId, key, requestHash }: IdempotentRequest,
): Promise<string | undefined> {
  const over = sql`${chatRates}.window_start < now() - make_interval(secs => ${WINDOW_S}::float8)`;
  const { rows } = await db.execute<{ id: string }>(sql`
    with allowed as (
      insert into ${chatRates} (user_id, window_start, messages) values (${authorId}::uuid, now(), 1)
      on conflict (user_id) do update set
        window_start = case when ${over} then now() else ${chatRates}.window_start end,
        messages = case when ${over} then 1 else ${chatRates}.messages + 1 end
      where ${over} or ${chatRates}.messages < ${MOST_A_MINUTE}
      returning user_id
    ), first_time as (
      insert into ${idempotencyKeys} (user_id, key, request_hash, resource_id)
      select ${userId}::uuid, ${key}::text, ${requestHash}::text, uuidv7() from allowed
      on conflict do nothing
      returning resource_id
    ), channel as (
      insert into ${chatChannels} (scope, scope_id, last_seq)
      select ${scope}::text, ${scopeId}::uuid, 1 from first_time
      on conflict (scope, scope_id) do update set last_seq = ${chatChannels}.last_seq + 1, used_at = now()
      returning last_seq
    )
    insert into ${chatMessages} (id, scope, scope_id, seq, author_id, text)
    select resource_id, ${scope}::text, ${scopeId}::uuid, last_seq, ${authorId}::uuid, ${text}::text
    from first_time, channel
    returning id`);
  return rows[0]?.id;
}

/** Throws `message_not_found`. */
async function readMessage(db: Database, id: string): Promise<ChatMessage> {
  const [row] = await db.select().from(chatMessages).where(eq(chatMessages.id, id));
  if (row === undefined) throw new NearcadeError('message_not_found');
  const displayName = (await profilesOf(db, [row.authorId])).get(row.authorId)?.displayName ?? '';
  return {
    id,
    seq: row.seq,
    state: row.text === null ? 'deleted' : 'shown',
    from: { id: row.authorId, displayName },
    text: row.text,
    at: row.createdAt.toISOString(),
  };
}

/** Sends a message to everybody in the chat but those who block its author. */
export async function tellChat({ db, live }: Services, chat: Chat, message: ChatMessage): Promise<void> {
  const { id: messageId, seq, from, text, at } = message;
  if (from === null || text === null) return;
  const members = await membersOfChat(db, chat);
  const blockers = await blockersOf(db, from.id, members);
  const readers = members.filter(userId => !blockers.has(userId));
  await live.send(readers, { type: 'chat_message', ...chat, messageId, seq, from, text, at });
}

/**
 * Takes a message's text away for good; who is in the chat is told. Deleted once is deleted. Throws what keeps the user from
 * being a member, `message_not_found`, or `forbidden` unless they wrote it or may moderate.
 */
export async function deleteMessage(
  { db, live }: Services,
  chat: Chat,
  messageId: string,
  userId: string,
): Promise<void> {
  const { isModerator } = await requireChatMember(db, chat, userId);
  const inChat = and(
    eq(chatMessages.id, messageId),
    eq(chatMessages.scope, chat.scope),
    eq(chatMessages.scopeId, chat.scopeId),
  );
  const [found] = await db
    .select({ authorId: chatMessages.authorId, seq: chatMessages.seq })
    .from(chatMessages)
    .where(inChat);
  if (found === undefined) throw new NearcadeError('message_not_found');
  if (found.authorId !== userId && !isModerator) {
    throw new NearcadeError('forbidden', 'Only who wrote a message or leads may delete it');
  }
  const deleted = await db
    .update(chatMessages)
    .set({ text: null, deletedAt: sql`now()` })
    .where(and(inChat, sql`${chatMessages.text} is not null`))
    .returning({ id: chatMessages.id });
  if (deleted.length === 0) return;
  await live.send(await membersOfChat(db, chat), {
    type: 'chat_deleted',
    ...chat,
    messageId,
    seq: found.seq,
  });
}
