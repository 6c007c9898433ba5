import { describe, expect, it } from 'vitest';
import { lineSchema, proseSchema } from './text.ts';

const isLine = (text: string) => lineSchema(1, 40).safeParse(text).success;

describe('a line that people write', () => {
  it.each(['Ada', 'Zoë', 'Renée O’Neil', '李小龍', 'محمد', 'שרה', 'नेहा', 'ผู้เล่น', '👩‍🚀', '❤️', '5', '-'])(
    'may be %j',
    text => expect(isLine(text)).toBe(true),
  );

  it.each([
    ['nothing', ''],
    ['blanks', '   '],
    ['characters without a width', '\u200b\u200d\u2060'],
    ['a letter that is drawn as nothing', '\u3164'],
    ['a blank of Braille', '\u2800\u2800'],
    ['a mark without a letter', '\u0301'],
    ['two lines', 'Ada\nAdmin'],
    ['two lines by other characters', 'Ada\u2028Admin'],
    ['a direction that reaches beyond it', 'Ada\u202enimda'],
    ['an isolate that is left open', 'Ada\u2067'],
    ['a control character', 'Ada\u0007'],
  ])('is not %s', (_, text) => expect(isLine(text)).toBe(false));

  it('may be left empty where nothing has to be said', () => {
    expect(lineSchema(0, 10).parse('  ')).toBe('');
    expect(lineSchema(0, 10).safeParse('a\u202eb').success).toBe(false);
  });
});

it('prose has lines, and no control characters', () => {
  expect(proseSchema(20).parse(' a\n\tb ')).toBe('a\n\tb');
  expect(proseSchema(20).safeParse('a\u0000b').success).toBe(false);
});
