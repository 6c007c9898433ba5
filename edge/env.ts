import { z } from 'zod';
import { isLoopback } from '#edge/http/public-origin.ts';
import { emailSchema } from '#shared/api/accounts.ts';
import { creditPackSchema, TOP_UP_MAX } from '#shared/api/wallet.ts';
import { NearcadeError } from '#shared/errors.ts';
import { qualityBoundsSchema } from '#shared/quality.ts';

/** A setting that is JSON text. */
function json<S extends z.ZodType>(schema: S) {
  return z
    .string()
    .transform((text, context) => {
      try {
        return JSON.parse(text) as unknown;
      } catch {
        context.addIssue('no JSON');
        return z.NEVER;
      }
    })
    .pipe(schema);
}

/** Two while one takes the other's place, and one that somebody forgot to take out: each more is one more way in. */
const MAX_SECRETS = 4;

/** Several secrets, so that a new one goes in before the old one goes out: separated by commas. */
const secrets = z
  .string()
  .transform(text => text.split(',').filter(secret => secret !== ''))
  .pipe(z.array(z.string().min(32)).max(MAX_SECRETS));

const limit = z.coerce.number().int().positive();

/** Every variable and secret that the Worker takes. */
export const settingsSchema = z.object({
  /** Where players open the web app, without a path: links in mails lead there, whatever host a request names. */
  PUBLIC_URL: z.url({ protocol: /^https?$/ }).transform(url => new URL(url).origin),
  /** Postgres connection string, as Neon shows it. */
  DATABASE_URL: z.string().regex(/^postgres(ql)?:\/\//, 'a postgres:// address'),
  /**
   * Which platform this Worker serves: what operators set (maintenance, lists, versions) is kept under this name, so that a
   * preview of the next release can share the database and be closed while players go on.
   */
  PLATFORM_NAME: z.string().min(1).max(64).default('main'),
  /** Local only: where queries are sent instead of Neon's own endpoint, e.g. http://127.0.0.1:5481/sql */
  NEON_FETCH_ENDPOINT: z.url().optional(),
  UPSTASH_REDIS_REST_URL: z.url(),
  UPSTASH_REDIS_REST_TOKEN: z.string().min(1),
  /**
   * JSON array of private Ed25519 JWKs (RFC 8037), each with a `kid`. The first signs; all are published, so that a
   * new key goes in second, then first, and the old one out when its last token has expired.
   */
  SIGNING_JWKS: z.string().min(1),
  /** What media nodes show to register: any of them, the newest first, each of at least 32 characters of randomness. */
  NODE_REGISTRATION_KEY: secrets.refine(keys => keys.length > 0, 'no key'),
  /**
   * The zone at Cloudflare that nodes get their names in, `<node id>.<NODE_DOMAIN>`: all three, or none, and nodes have names of their
   * own. The token may edit that zone's DNS and nothing else. Not for a preview that shares the database of another Worker.
   */
  DNS_API_TOKEN: z.string().min(1).optional(),
  DNS_ZONE_ID: z
    .string()
    .regex(/^[0-9a-f]{32}$/)
    .optional(),
  NODE_DOMAIN: z.hostname().toLowerCase().optional(),
  /** For tests: where Cloudflare's API is. */
  DNS_API_URL: z.url({ protocol: /^https?$/ }).default('https://api.cloudflare.com/client/v4'),
  /** Where saved games lie: any store that speaks S3, by its origin; the bucket comes into the path. R2's region is auto. */
  SAVES_S3_ENDPOINT: z
    .url({ protocol: /^https?$/ })
    .refine(value => new URL(value).origin === value, 'an origin, without a path'),
  SAVES_S3_REGION: z.string().min(1).default('auto'),
  SAVES_S3_BUCKET: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/),
  SAVES_S3_ACCESS_KEY_ID: z.string().min(1),
  SAVES_S3_SECRET_ACCESS_KEY: z.string().min(1),
  /** WebAuthn's relying party: PUBLIC_URL's host (the default) or a parent domain of it. Changing it loses all passkeys. */
  RP_ID: z.hostname().optional(),
  /** OpenID Connect provider at which players may sign in; https, on this machine also http. None: no such button. */
  OIDC_ISSUER: z
    .url({ protocol: /^https?$/ })
    .refine(issuer => issuer.startsWith('https:') || isLoopback(new URL(issuer).hostname), 'https')
    .optional(),
  OIDC_CLIENT_ID: z.string().min(1).optional(),
  /** Without it we are a public client: PKCE alone protects the code. */
  OIDC_CLIENT_SECRET: z.string().min(1).optional(),
  /** What players call the provider. */
  OIDC_NAME: z.string().min(1).max(40).default('single sign-on'),
  /** `outbox` keeps mails in Postgres for anybody to read at /outbox: on one machine, or in tests. `ses`: Amazon SES. */
  MAIL_ADAPTER: z.enum(['outbox', 'ses']),
  /** Sender of mails: an address that SES has verified. */
  MAIL_FROM: z.string().min(3).max(320).optional(),
  SES_REGION: z
    .string()
    .regex(/^[a-z0-9-]{1,32}$/)
    .optional(),
  SES_ACCESS_KEY_ID: z.string().min(1).optional(),
  SES_SECRET_ACCESS_KEY: z.string().min(1).optional(),
  /**
   * How the first admin comes to be: who follows the link to verify this address while signed in to its account, or, while there is no
   * admin, who sets the account's password by a mailed link.
   */
  FIRST_ADMIN_EMAIL: emailSchema.optional(),
  /** Tries of signing in or registering per minute, by client address and by e-mail address. */
  SIGN_IN_LIMIT_PER_ADDRESS: limit.default(60),
  SIGN_IN_LIMIT_PER_ACCOUNT: limit.default(10),
  /** Wrong passwords from one client address before it has to wait, longer each time. A school shares one address. */
  SIGN_IN_FAILURES_PER_ADDRESS: limit.default(50),
  /** Credits for each account, once its address is verified: guests get none. */
  WELCOME_CREDITS: z.coerce.number().int().min(0).max(TOP_UP_MAX).default(0),
  /** Who takes the money for credits. `local`: nobody, a page of our own says that it was paid. */
  PAYMENTS: z.enum(['off', 'local', 'stripe']).default('off'),
  /** A restricted key that may write Checkout Sessions. */
  STRIPE_SECRET_KEY: z.string().min(1).optional(),
  /** What the provider signs its webhooks with; at least 32 characters each. */
  PAYMENT_WEBHOOK_SECRETS: secrets.default([]),
  /** JSON array of the packs that are sold (shared/api/wallet.ts: creditPackSchema). */
  CREDIT_PACKS: json(z.array(creditPackSchema).max(20)).default([]),
  /** JSON (shared/quality.ts): the most that the picture of any player here may be. Each player's own choice narrows it further. */
  PICTURE_BOUNDS: json(qualityBoundsSchema.strict()).default({}),
});
const completeSettingsSchema = settingsSchema.superRefine((settings, context) => {
  const wrong = (name: keyof Settings) =>
    context.addIssue({ code: 'custom', path: [name], message: 'missing or unsafe' });
  if (settings.MAIL_ADAPTER === 'ses') {
    for (const name of SES_SETTINGS) if (settings[name] === undefined) wrong(name);
  } else if (settings.PUBLIC_URL.startsWith('https:')) {
    // Its page would hand every account to anybody: not where real people are.
    wrong('MAIL_ADAPTER');
  }
  // Its page would give credits to anybody: not where real people pay.
  if (settings.PAYMENTS === 'local' && settings.PUBLIC_URL.startsWith('https:')) wrong('PAYMENTS');
  if (settings.PAYMENTS !== 'off' && settings.PAYMENT_WEBHOOK_SECRETS.length === 0) {
    wrong('PAYMENT_WEBHOOK_SECRETS');
  }
  if (settings.PAYMENTS === 'stripe' && settings.STRIPE_SECRET_KEY === undefined) wrong('STRIPE_SECRET_KEY');
  const naming = NAMING_SETTINGS.filter(name => settings[name] === undefined);
  if (naming.length < NAMING_SETTINGS.length) naming.forEach(wrong);
});
const NAMING_SETTINGS = ['DNS_API_TOKEN', 'DNS_ZONE_ID', 'NODE_DOMAIN'] as const;
const SES_SETTINGS = ['MAIL_FROM', 'SES_REGION', 'SES_ACCESS_KEY_ID', 'SES_SECRET_ACCESS_KEY'] as const;
export type Settings = z.infer<typeof settingsSchema>;

/** The settings in `bindings`; throws `config_invalid` that names what is wrong, never a value. */
export function parseSettings(bindings: Readonly<Record<string, unknown>>): Settings {
  const result = completeSettingsSchema.safeParse(bindings);
  if (result.success) return result.data;
  const names = result.error.issues.map(issue => issue.path.join('.'));
  throw new NearcadeError('config_invalid', `Wrong or missing settings: ${names.join(', ')}`);
}
