import { z } from 'zod';

/** Where players write to each other: who is in it may. */
export const CHAT_SCOPES = ['party', 'club', 'room'] as const;
export const chatScopeSchema = z.enum(CHAT_SCOPES);
export type ChatScope = z.infer<typeof chatScopeSchema>;

/** Longer is no chat: it would fill the screen of who plays. */
export const CHAT_MAX_CHARS = 500;
