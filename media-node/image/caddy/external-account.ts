import { z } from 'zod';
import type { SecretSource } from '#secrets/secrets.ts';
import { parseWith } from '#shared/errors.ts';
import type { AcmeSettings } from './acme-settings.ts';

/** By its name without the prefix. */
export const ACME_ACCOUNT = 'acme-account';

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

/**
 * The account, asked for only where an issuer wants it. Throws `secret_invalid`, which does not show it, and what the source throws: without the
 * account that issuer gives no certificate.
 */
export async function readAccount(
  { acmeExternalAccount, acmeFallback }: AcmeSettings,
  source: SecretSource,
): Promise<ExternalAccount | undefined> {
  if (acmeExternalAccount !== true && acmeFallback?.externalAccount !== true) return undefined;
  return parseWith(externalAccountSchema, await source.read(ACME_ACCOUNT), 'secret_invalid');
}
