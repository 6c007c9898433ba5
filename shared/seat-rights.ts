import { z } from 'zod';
import type { InputMessage } from './input.ts';

/**
 * What a seat may do, each switched by the session's host while the game runs. Postgres holds it, ticket and orders carry
 * it to the node, the node asks it at each message. `pad`: the gamepads that the manifest gives the seat; `voice`: being heard.
 */
export const SEAT_RIGHTS = ['keyboard', 'mouse', 'pad', 'voice'] as const;
export const seatRightSchema = z.enum(SEAT_RIGHTS);
export type SeatRight = z.infer<typeof seatRightSchema>;

/** Each at most once. */
export const seatRightsSchema = z
  .array(seatRightSchema)
  .max(SEAT_RIGHTS.length)
  .refine(rights => new Set(rights).size === rights.length, 'a right is there twice');

/** What reaches the game: the rights that a paused seat does not have for as long. */
export const INPUT_RIGHTS = ['keyboard', 'mouse', 'pad'] as const satisfies readonly SeatRight[];

/** The right that each kind of input takes; null: letting go is everybody's. */
export const RIGHT_OF: Record<InputMessage['kind'], SeatRight | null> = {
  key: 'keyboard',
  button: 'mouse',
  wheel: 'mouse',
  pointer: 'mouse',
  motion: 'mouse',
  text: 'keyboard',
  pad: 'pad',
  padAxes: 'pad',
  padPlug: 'pad',
  releaseAll: null,
};
