import { describe, expect, it } from 'vitest';
import { relyingParty } from './relying-party.ts';

describe('who passkeys are made for', () => {
  const production = { PUBLIC_URL: 'https://play.example.com', RP_ID: undefined };
  const local = { PUBLIC_URL: 'http://localhost:8787', RP_ID: undefined };

  it('is the platform of the settings, whatever host a request names', () => {
    for (const url of ['https://play.example.com/v1', 'https://evil.example/v1', 'http://localhost/v1']) {
      expect(relyingParty(production, url)).toMatchObject({
        id: 'play.example.com',
        origin: 'https://play.example.com',
      });
    }
    expect(relyingParty(local, 'http://evil.example/v1')?.origin).toBe('http://localhost:8787');
  });

  it('may be a parent domain', () => {
    const settings = { ...production, RP_ID: 'example.com' };
    expect(relyingParty(settings, 'https://play.example.com/v1')).toMatchObject({
      id: 'example.com',
      origin: 'https://play.example.com',
    });
  });

  it('goes by the name that a developer calls this machine by, unless that is no domain', () => {
    expect(relyingParty(local, 'http://localhost:9000/v1')?.origin).toBe('http://localhost:9000');
    expect(relyingParty(local, 'http://127.0.0.1:8787/v1')).toBeUndefined();
    expect(relyingParty({ ...local, PUBLIC_URL: 'http://192.168.1.5:8787' }, 'http://x/')).toBeUndefined();
  });
});
