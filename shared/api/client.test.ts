import { describe, expect, it } from 'vitest';
import { NearcadeError, toProblem } from '#shared/errors.ts';
import { asNearcadeError, errorOfAnswer } from './client.ts';

describe('answers that failed', () => {
  it('brings a problem back as the error it was', () => {
    const sent = new NearcadeError('seats_taken', 'All two seats are taken', { details: { seats: 2 } });
    const got = errorOfAnswer(409, toProblem(sent));
    expect(got.code).toBe('seats_taken');
    expect(got.message).toBe('All two seats are taken');
    expect(got.details).toEqual({ seats: 2 });
  });

  it.each([
    [401, 'unauthenticated'],
    [404, 'not_found'],
    [410, 'session_over'],
    [418, 'invalid_request'],
    [429, 'rate_limited'],
    [502, 'unavailable'],
  ])('reads status %i without a problem as %s', (status, code) => {
    expect(errorOfAnswer(status, '<html>').code).toBe(code);
  });

  it('takes a code it does not know by its status', () => {
    const newer = { ...toProblem(new NearcadeError('internal')), code: 'invented_later', status: 503 };
    expect(errorOfAnswer(503, newer).code).toBe('unavailable');
  });

  it('takes what fetch throws as unreachable, and leaves ours alone', () => {
    expect(asNearcadeError(new TypeError('Failed to fetch')).code).toBe('unavailable');
    const ours = new NearcadeError('forbidden');
    expect(asNearcadeError(ours)).toBe(ours);
  });
});
