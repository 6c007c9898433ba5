import { expect, it } from 'vitest';
import { releasesOf } from './releases.ts';

const upload = (id: string, tag?: string) => ({
  id,
  annotations: {
    'workers/triggered_by': 'version_upload',
    ...(tag === undefined ? {} : { 'workers/tag': tag }),
  },
});
const secret = (id: string) => ({ id, annotations: { 'workers/triggered_by': 'secret' } });

it('knows the release of what was uploaded, and of what secrets were changed in since', () => {
  const made = [upload('a', '1.0.0'), secret('b'), { id: 'c' }, upload('d', '1.1.0'), secret('e')];
  expect(Object.fromEntries(releasesOf(made.toReversed()))).toEqual({
    a: '1.0.0',
    b: '1.0.0',
    c: '1.0.0',
    d: '1.1.0',
    e: '1.1.0',
  });
});

it('gives none to what somebody uploaded by other means, nor to what there is of it since', () => {
  const made = [upload('a', '1.0.0'), upload('b'), secret('c')];
  expect(Object.fromEntries(releasesOf(made.toReversed()))).toEqual({ a: '1.0.0' });
});
