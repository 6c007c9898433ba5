import { z } from 'zod';

/** A directory goes into the Caddyfile as it is: no white space, braces or quotes. */
const directorySchema = z
  .url({ protocol: /^https?$/ })
  .regex(/^[^\s{}"'`#]+$/, 'an address without white space, quotes and braces');

/** Where a node's certificate comes from: a part of boot.json, which has no secret, so of an account at an issuer only that it wants one. */
export const acmeSettingsSchema = z.object({
  /** The issuer's directory (RFC 8555, 7.1.1). */
  acmeDirectory: directorySchema,
  /** Whom the issuer may write to. With Let's Encrypt it also makes ZeroSSL the second issuer, which wants nothing else. */
  acmeEmail: z.email().optional(),
  /** Whether that issuer wants an account (external-account.ts). */
  acmeExternalAccount: z.boolean().nullish(),
  /** Asked when the first issuer refuses or does not answer: its limits, its outage. */
  acmeFallback: z
    .strictObject({ directory: directorySchema, externalAccount: z.boolean().default(false) })
    .nullish(),
});
export type AcmeSettings = z.infer<typeof acmeSettingsSchema>;
