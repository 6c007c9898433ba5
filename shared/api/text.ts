import { z } from 'zod';

/** Texts that people write for each other. Characters are counted in UTF-16 units, as everywhere in JavaScript. */

/** One line: no control characters, which no database or page has a use for. */
export const lineSchema = (min: number, max: number) =>
  z
    .string()
    .trim()
    .min(min)
    .max(max)
    .regex(/^\P{Cc}*$/u, 'no control characters');

/** Some lines. */
export const proseSchema = (max: number) =>
  z
    .string()
    .trim()
    .max(max)
    .regex(/^[\P{Cc}\n\t]*$/u, 'no control characters');
