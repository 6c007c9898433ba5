import { describe, expect, it } from 'vitest';
import { takeSignInError } from './sign-in-error.ts';

/** A window at an address, as far as this asks for one. */
function windowAt(href: string) {
  const at = {
    location: { href },
    history: {
      replaceState: (_: unknown, __: string, url: URL) => {
        at.location.href = url.href;
      },
    },
  };
  return at;
}

describe('coming back from the sign-in service', () => {
  it.each([
    ['/', null, '/'],
    ['/?sign_in_error=oidc_refused', 'oidc_refused', '/'],
    ['/join/123456?as=player&sign_in_error=oidc_failed', 'oidc_failed', '/join/123456?as=player'],
    ['/?sign_in_error=%3Cscript%3E', 'internal', '/'],
  ])('reads %s', (path, code, left) => {
    const window = windowAt(`http://nearcade.test${path}`);
    expect(takeSignInError(window as unknown as Window)).toBe(code);
    expect(window.location.href).toBe(`http://nearcade.test${left}`);
  });
});
