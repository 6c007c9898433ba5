import { describe, expect, it } from 'vitest';
import { goodVersions } from './standing.ts';

/** Deployments in the order in which they were made: `a`, or `a 90 b 10`, and what they are called. */
function after(...deployments: [shares: string, message: string][]): string[] {
  const past = deployments.map(([shares, message]) => ({
    message,
    shares: [...shares.matchAll(/(\w)(?: (\d+))?(?: |$)/g)].map(([, version = '', percentage = '100']) => ({
      version,
      percentage: Number(percentage),
    })),
  }));
  return goodVersions(past.toReversed(), version => -version.charCodeAt(0));
}

describe('what one can go back to', () => {
  it.each<[string, [string, string][], string[]]>([
    [
      'what served, in order',
      [
        ['a', '1: 100%'],
        ['b', '2: 100%'],
      ],
      ['a', 'b'],
    ],
    [
      'nothing that was shared out only',
      [
        ['a', '1: 100%'],
        ['a 90 b 10', '2: 10%'],
      ],
      ['a'],
    ],
    [
      'nothing that a deploy has taken back at its end',
      [
        ['a', '1: 100%'],
        ['a 100 b 0', '2: 0%'],
        ['b', '2: 100%'],
        ['a', 'back from 2'],
      ],
      ['a'],
    ],
    [
      'nothing that a person went back from, twice',
      [
        ['a', ''],
        ['b', ''],
        ['c', ''],
        ['b', 'rolled back'],
        ['a', 'rolled back'],
      ],
      ['a'],
    ],
    [
      'what came after one that was taken back',
      [
        ['a', ''],
        ['b', ''],
        ['a', 'rolled back'],
        ['c', ''],
      ],
      ['a', 'c'],
    ],
    [
      'the one before, where one was gone forward to again',
      [
        ['a', ''],
        ['b', ''],
        ['a', 'rolled back'],
        ['b', 'rolled back'],
      ],
      ['a', 'b'],
    ],
    [
      'not what serves, from before all that is listed',
      [
        ['b', ''],
        ['a', 'rolled back'],
      ],
      ['a'],
    ],
    [
      'each once',
      [
        ['a', ''],
        ['b', ''],
        ['a', ''],
      ],
      ['b', 'a'],
    ],
  ])('is %s', (_, deployments, expected) => {
    expect(after(...deployments)).toEqual(expected);
  });
});
