import { z } from 'zod';

/** Binds the account that Caddy makes at the issuer to one that we have there (RFC 8555, 7.3.4). */
const externalAccountSchema = z.strictObject({
  keyId: z.string().regex(/^[\w.-]{1,256}$/),
  /** Base64url, as the issuer hands it out. A secret: who reads it opens accounts in our name, but gets no key of any node. */
  hmac: z.string().regex(/^[\w-]{16,512}$/),
});

/** A directory goes into the Caddyfile as it is: no white space, braces or quotes. */
const directorySchema = z
  .url({ protocol: /^https?$/ })
  .regex(/^[^\s{}"'`#]+$/, 'an address without white space, quotes and braces');

/** Where a node's certificate comes from: a part of boot.json. */
export const acmeSettingsSchema = z.object({
  /** The issuer's directory (RFC 8555, 7.1.1). */
  acmeDirectory: directorySchema,
  /** Whom the issuer may write to. With Let's Encrypt it also makes ZeroSSL the second issuer, which wants nothing else. */
  acmeEmail: z.email().optional(),
  acmeExternalAccount: externalAccountSchema.optional(),
  /** Asked when the first issuer refuses or does not answer: its limits, its outage. */
  acmeFallback: z
    .strictObject({ directory: directorySchema, externalAccount: externalAccountSchema.optional() })
    .optional(),
});
export type AcmeSettings = z.infer<typeof acmeSettingsSchema>;
