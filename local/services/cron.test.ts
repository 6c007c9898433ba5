import { describe, expect, it } from 'vitest';
import { cronMatches } from './cron.ts';

describe('cron expressions', () => {
  // A Saturday.
  const at = new Date('2026-11-21T06:30:00Z');

  it.each([
    ['* * * * *', true],
    ['30 6 * * *', true],
    ['*/15 * * * *', true],
    ['*/7 * * * *', false],
    ['0,30 * * * *', true],
    ['10-40/10 5-7 21 11 7', true],
    ['31 * * * *', false],
    ['* * * * 1', false],
    ['* * *', false],
  ])('%s', (expression, matches) => {
    expect(cronMatches(expression, at)).toBe(matches);
  });
});
