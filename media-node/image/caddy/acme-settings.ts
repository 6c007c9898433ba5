import { z } from 'zod';

/** A directory goes into the Caddyfile as it is: no white space, braces or quotes. */
const directorySchema = z
  .url({ protocol: /^https?$/ })
  .regex(/^[^\s{}"'`#]+$/, 'an address without white space, quotes and braces');

/** Where a node's certificate comes from: a part of boot.json, which says of an account at an issuer only that there is one (external-account.ts). */
export const acmeSettingsSchema = z.object({
  /** The issuer's directory (RFC 8555, 7.1.1). */
  acmeDirectory: directorySchema,
  /** Whom the issuer may write to. With Let's Encrypt it also makes ZeroSSL the second issuer, which wants nothing else. */
  acmeEmail: z.email().optional(),
  /** Whether that issuer wants the account. */
  acmeExternalAccount: z.boolean().nullish(),
  /** Asked when the first issuer refuses or does not answer: its limits, its outage. */
  acmeFallback: z
    .strictObject({ directory: directorySchema, externalAccount: z.boolean().default(false) })
    .nullish(),
});
export type AcmeSettings = z.infer<typeof acmeSettingsSchema>;

/** Whether an issuer wants the account, so that it has to be read. */
export function wantsAccount({ acmeExternalAccount, acmeFallback }: AcmeSettings): boolean {
  return acmeExternalAccount === true || acmeFallback?.externalAccount === true;
}
