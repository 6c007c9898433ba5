import { describe, expect, it } from 'vitest';
import { isOlder, parseClient } from './client-version.ts';

describe('a client header', () => {
  it('names a client and three numbers', () => {
    expect(parseClient('web/1.20.3')).toEqual({ name: 'web', version: '1.20.3' });
  });

  it.each([
    undefined,
    '',
    'web',
    'web/',
    'web/1.2',
    'web/1.2.3.4',
    'web/01.2.3',
    'web/1.2.x',
    'Web/1.2.3',
    'a/1.2.3/b',
  ])('is none as %s', header => expect(parseClient(header)).toBeUndefined());
});

describe('versions', () => {
  it.each([
    ['1.2.3', '1.2.4', true],
    ['1.9.9', '1.10.0', true],
    ['0.9.9', '1.0.0', true],
    ['1.2.3', '1.2.3', false],
    ['1.10.0', '1.9.9', false],
    ['2.0.0', '1.99.99', false],
  ])('%s is older than %s: %s', (version, minimum, older) => expect(isOlder(version, minimum)).toBe(older));
});
