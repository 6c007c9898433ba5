import { SELF } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';

describe('errors', () => {
  it('answers an unknown path as problem details', async () => {
    const response = await SELF.fetch('http://nearcade.test/v1/nothing');
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({ code: 'not_found', instance: '/v1/nothing' });
  });
});
