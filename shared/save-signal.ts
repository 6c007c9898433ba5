import { z } from 'zod';
import { saveSchema, saveSlotSchema } from './api/saves.ts';
import { errorCodeSchema } from './errors.ts';

/** What signalling says of saved games (shared/signal.ts). Only the player whose saves they are asks and is told. */
export const saveRequestSchemas = [
  /** Save now, into `slot` or the session's own. The response's data are `savedResponseSchema`. */
  z.object({ type: z.literal('save'), id: z.int().nonnegative(), slot: saveSlotSchema.optional() }),
] as const;

export const savedResponseSchema = z.object({ save: saveSchema });

export const saveNewsSchemas = [
  z.object({ type: z.literal('saved'), save: saveSchema }),
  /** The game goes on and is not saved. */
  z.object({ type: z.literal('saveFailed'), code: errorCodeSchema, message: z.string() }),
  /** To everybody: the game has ended, and the session does when its last save is up. */
  z.object({ type: z.literal('saving') }),
] as const;
