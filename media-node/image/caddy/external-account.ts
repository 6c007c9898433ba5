import { z } from 'zod';
import { parseWith } from '#shared/errors.ts';

/**
 * The text of the secret `node/acme-account`: an account at an issuer that Caddy's own is bound to (RFC 8555, 7.3.4), `<key id>:<HMAC>`, the latter in
 * base64url as the issuer hands it out. Both go into the Caddyfile as they are. Who reads it opens accounts in our name, but gets no key of any node.
 */
export const externalAccountSchema = z
  .string()
  .regex(/^[\w.-]{1,256}:[\w-]{16,512}$/)
  .transform(text => {
    const [keyId = '', hmac = ''] = text.split(':');
    return { keyId, hmac };
  });
export type ExternalAccount = z.infer<typeof externalAccountSchema>;

/** Throws `secret_invalid`, which does not show it. */
export function parseExternalAccount(text: string): ExternalAccount {
  return parseWith(externalAccountSchema, text, 'secret_invalid');
}
