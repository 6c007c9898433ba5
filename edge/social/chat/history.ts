import { and, desc, eq, gt, lt, sql } from 'drizzle-orm';
import { z } from 'zod';
import { profilesOf } from '#edge/accounts/profiles.ts';
import { hasBlocked } from '#edge/social/friends/friends.ts';
import { decodeCursor, toPage } from '#edge/store/cursor.ts';
import type { Database } from '#edge/store/database.ts';
import { chatChannels, chatMessages, chatRates } from '#edge/store/schema.ts';
import type { ChatMessage } from '#shared/api/chat.ts';
import type { Page } from '#shared/api/page.ts';
import { type Chat, requireChatMember } from './scopes.ts';

/** Long enough to look up what was agreed, short enough that nobody's old words are kept for ever. */
const KEEP_DAYS = 30;
/** Messages that one run forgets: the next goes on. */
const BATCH = 5000;

/** A number of a message, as far as Postgres' integers go. */
const cursorSchema = z.tuple([z.int().min(1).max(2_147_483_647)]);

export interface HistoryQuery {
  cursor?: string | undefined;
  limit: number;
  /** Only messages with a higher sequence. */
  after: number;
}

/**
 * A page of what was written, the newest first. Messages that were deleted, or of players whom the reader blocks, are there
 * without what they said. Throws what keeps the user from being a member, or `invalid_request`.
 */
export async function readHistory(
  db: Database,
  chat: Chat,
  userId: string,
  { cursor, limit, after }: HistoryQuery,
): Promise<Page<ChatMessage>> {
  await requireChatMember(db, chat, userId);
  const before = decodeCursor(cursorSchema, cursor)?.[0];
  const rows = await db
    .select({
      id: chatMessages.id,
      seq: chatMessages.seq,
      authorId: chatMessages.authorId,
      text: chatMessages.text,
      createdAt: chatMessages.createdAt,
      blocked: sql<boolean>`${hasBlocked(userId, chatMessages.authorId)}`,
    })
    .from(chatMessages)
    .where(
      and(
        eq(chatMessages.scope, chat.scope),
        eq(chatMessages.scopeId, chat.scopeId),
        gt(chatMessages.seq, after),
        before === undefined ? undefined : lt(chatMessages.seq, before),
      ),
    )
    .orderBy(desc(chatMessages.seq))
    .limit(limit + 1);
  const { items, nextCursor } = toPage(rows, limit, row => [row.seq]);
  const profiles = await profilesOf(
    db,
    items.map(row => row.authorId),
  );
  return {
    items: items.map(({ id, seq, authorId, text, createdAt, blocked }) => {
      const state = blocked ? 'blocked' : text === null ? 'deleted' : 'shown';
      const from = { id: authorId, displayName: profiles.get(authorId)?.displayName ?? '' };
      return {
        id,
        seq,
        state,
        from: blocked ? null : from,
        text: blocked ? null : text,
        at: createdAt.toISOString(),
      };
    }),
    nextCursor,
  };
}

/** Forgets what was written long ago, and chats of parties and rooms that ended with it. For cron. */
export async function deleteOldChat(db: Database): Promise<void> {
  const old = sql`now() - make_interval(days => ${KEEP_DAYS}::int)`;
  await db.batch([
    db.execute(sql`
      delete from ${chatMessages} where id in (
        select id from ${chatMessages} where created_at < ${old} order by created_at limit ${BATCH})`),
    // A club goes on, and so must its numbers; twice the time, so that no message of a chat is left.
    db.execute(sql`
      delete from ${chatChannels}
      where scope <> 'club' and used_at < now() - make_interval(days => ${2 * KEEP_DAYS}::int)`),
    db.delete(chatRates).where(lt(chatRates.windowStart, sql`now() - interval '1 day'`)),
  ]);
}
