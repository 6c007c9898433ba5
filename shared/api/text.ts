import { z } from 'zod';

/** Texts that people write for each other. Characters are counted in UTF-16 units, as everywhere in JavaScript. */

/**
 * Control characters, which no database or page has a use for; ends of lines and paragraphs; and what turns the direction of a text around
 * (UAX #9, 2), which reaches into the words of others beside it.
 */
const LINE = /^[^\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]*$/u;

/**
 * Something that can be seen: a letter, number, sign or symbol that is not drawn as nothing (Default_Ignorable_Code_Point) nor as a blank
 * (U+2800 of Braille).
 */
const VISIBLE = /(?!\u2800)(?!\p{Default_Ignorable_Code_Point})[\p{L}\p{N}\p{P}\p{S}]/u;

/** One line, which shows something unless it may be empty. */
export const lineSchema = (min: number, max: number) => {
  const line = z.string().trim().min(min).max(max).regex(LINE, 'no control characters');
  return min === 0 ? line : line.regex(VISIBLE, 'something that can be seen');
};

/** Some lines. */
export const proseSchema = (max: number) =>
  z
    .string()
    .trim()
    .max(max)
    .regex(/^[\P{Cc}\n\t]*$/u, 'no control characters');
