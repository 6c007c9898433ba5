import { z } from 'zod';
import { CHAT_MAX_CHARS, chatScopeSchema } from '../chat.ts';
import { endpoint } from './endpoint.ts';
import { playerRefSchema } from './friends.ts';
import { pageOf, pageQuery } from './page.ts';

/** What may be sent: no control characters but the end of a line. */
export const chatTextSchema = z
  .string()
  .trim()
  .min(1)
  .max(CHAT_MAX_CHARS)
  .refine(text => !/[^\P{Cc}\n]/u.test(text), 'no control characters');

export const chatMessageSchema = z.object({
  id: z.uuid(),
  /** 1, 2, 3 and so on in its chat: who sees one missing has missed a message. */
  seq: z.int().positive(),
  /** `blocked`: from a player whom the caller blocks. */
  state: z.enum(['shown', 'deleted', 'blocked']),
  /** Null for `blocked`. */
  from: playerRefSchema.nullable(),
  /** Null unless `shown`. */
  text: z.string().nullable(),
  /** ISO 8601. */
  at: z.string(),
});
export type ChatMessage = z.infer<typeof chatMessageSchema>;

const chat = { tag: 'Chat', access: 'player' } as const;
const params = z.object({
  scope: chatScopeSchema,
  /** The party's, club's or session's. */
  scopeId: z.uuid(),
});

export const chatApi = {
  post: endpoint({
    ...chat,
    method: 'post',
    path: '/v1/chat/{scope}/{scopeId}/messages',
    summary: 'Write to everybody in my party, club or room',
    idempotent: true,
    params,
    body: z.object({ text: chatTextSchema }),
    status: 201,
    response: chatMessageSchema,
  }),
  history: endpoint({
    ...chat,
    method: 'get',
    path: '/v1/chat/{scope}/{scopeId}/messages',
    summary: 'What was written, the newest first',
    revalidate: true,
    params,
    query: z.object({
      ...pageQuery,
      /** Only what came after the message of this sequence. */
      after: z.coerce.number().int().min(0).max(2_147_483_647).default(0),
    }),
    response: pageOf(chatMessageSchema),
  }),
  remove: endpoint({
    ...chat,
    method: 'delete',
    path: '/v1/chat/{scope}/{scopeId}/messages/{messageId}',
    summary: "Delete a message: its author, the party's leader, the club's officers or the room's host",
    params: params.extend({ messageId: z.uuid() }),
  }),
} as const;
