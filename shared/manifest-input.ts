import { z } from 'zod';
import { EVDEV_OF_CODE } from './keys.ts';
import { MAX_PADS, padButtonSchema, padControlSchema } from './pads.ts';

/** The parts of a manifest's `input` that say how pads and fingers play (shared/manifest.ts). */

/** As much as lies under two thumbs on a phone. */
const MAX_TOUCH_BUTTONS = 8;

/** Fits on a round button that a thumb covers. */
const MAX_TOUCH_LABEL = 8;

export const keySchema = z.string().refine(code => Object.hasOwn(EVDEV_OF_CODE, code), {
  error: issue => `${JSON.stringify(issue.input)} is no KeyboardEvent.code`,
});

/**
 * Pads of the session: pad n is seat n's. `sdl`: the game reads gamepads by SDL 2.24 or newer, linked dynamically (or by the kernel's
 * devices, on a node that has /dev/uinput). `keys`: it knows none, and each seat's `pad` says which key a control presses.
 * `plugged`: `whenUsed` plugs one in when a player's page reports one, for games that notice that; `fromStart` has them all
 * there before the game starts.
 */
export const padsSchema = z.strictObject({
  max: z.int().min(1).max(MAX_PADS),
  how: z.enum(['sdl', 'keys']),
  plugged: z.enum(['whenUsed', 'fromStart']).default('whenUsed'),
});

/** What a control of the seat's pad presses: the KeyboardEvent.code that the game sees. */
export const padToKeysSchema = z.partialRecord(padControlSchema, keySchema);

/** The pad's buttons that a player without a pad presses by key: the KeyboardEvent.code that they press, to the button. */
export const keysToPadSchema = z.record(keySchema, padButtonSchema);

/**
 * What lies on a touch screen for who has no keyboard, in the KeyboardEvent.codes that the player would press. Without it, directions
 * and buttons follow from the seat's keys.
 */
export const touchSchema = z.strictObject({
  directions: z
    .strictObject({ up: keySchema, down: keySchema, left: keySchema, right: keySchema })
    .nullable()
    .default(null),
  /** The first lies nearest to the thumb. */
  buttons: z
    .array(z.strictObject({ label: z.string().trim().min(1).max(MAX_TOUCH_LABEL), press: keySchema }))
    .max(MAX_TOUCH_BUTTONS),
});
export type TouchControls = z.infer<typeof touchSchema>;

interface InputParts {
  pads?: z.infer<typeof padsSchema> | undefined;
  seats: readonly {
    pad?: z.infer<typeof padToKeysSchema> | undefined;
    keysToPad?: z.infer<typeof keysToPadSchema> | undefined;
  }[];
}

export interface InputIssue {
  path: (string | number)[];
  message: string;
}

/** What does not fit together in a manifest's pads and seats. */
export function padIssues({ pads, seats }: InputParts): InputIssue[] {
  const issues: InputIssue[] = [];
  if (pads !== undefined && pads.max > seats.length) {
    issues.push({ path: ['pads', 'max'], message: `must not be above the number of seats, ${seats.length}` });
  }
  for (const [index, { pad, keysToPad }] of seats.entries()) {
    const how = pads !== undefined && index < pads.max ? pads.how : undefined;
    if (how === 'keys' && pad === undefined) {
      issues.push({ path: ['seats', index, 'pad'], message: 'must say what the pad presses' });
    }
    if (how !== 'keys' && pad !== undefined) {
      issues.push({ path: ['seats', index, 'pad'], message: 'is only for a seat whose pad presses keys' });
    }
    if (how !== 'sdl' && keysToPad !== undefined) {
      issues.push({ path: ['seats', index, 'keysToPad'], message: 'is only for a seat with a pad of SDL' });
    }
  }
  return issues;
}
