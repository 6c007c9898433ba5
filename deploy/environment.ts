import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { NearcadeError, parseWith } from '#shared/errors.ts';
import { MACHINE_SLOTS_MAX } from '#shared/limits.ts';

/** NEARCADE_ENVIRONMENTS: another folder of such files, as tests have one. Terraform always reads this one. */
const folderOf = () => process.env.NEARCADE_ENVIRONMENTS ?? join(import.meta.dirname, '..', 'environments');

const hostname = z.hostname();
/**
 * A VPC is /16 at the most (docs.aws.amazon.com/vpc, "VPC CIDR blocks"); a zone's subnet is a sixteenth of it (modules/aws-region), which is 251
 * nodes in the smallest here.
 */
const cidr = z.cidrv4().regex(/\/(1[6-9]|20)$/, 'a network of /16 to /20');
/** As mails show it, and as terraform/modules/aws-mail takes the domain out of it. */
const MAIL_FROM = /^[^<>"@\r\n]+ <[^<>@\s]+@([^<>@\s]+)>$/;
const awsRegion = z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'an AWS region');

/** What a Worker is told as plain variables (edge/env.ts). Secrets are never here. */
const workerSchema = z.strictObject({
  /** Its name at Cloudflare. */
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/),
  vars: z.record(z.string().regex(/^[A-Z][A-Z0-9_]*$/), z.string()),
});

/**
 * Another issuer of the nodes' certificates than Let's Encrypt with ZeroSSL behind it, or more of them (media-node/image/caddy). The account that one
 * of them may want is the secret node/acme-account.
 */
const acmeSchema = z
  .strictObject({
    /** Who may issue for nodes, as their CAA records are called (RFC 8659): each issuer's own documentation says it. */
    issuers: z.array(hostname).min(1),
    /** Whether the one at `acmeDirectory` wants the account. */
    externalAccount: z.boolean().default(false),
    /** Asked when the first one refuses or does not answer. */
    fallback: z
      .strictObject({
        directory: z.url({ protocol: /^https$/ }),
        externalAccount: z.boolean().default(false),
      })
      .optional(),
  })
  .refine(
    ({ externalAccount, fallback }) => !(externalAccount && fallback?.externalAccount === true),
    'one account, for one of the two',
  );

/** One AWS region with media nodes. */
const regionSchema = z.strictObject({
  /** Of its VPC. */
  cidr,
  /** The first is preferred. */
  instanceTypes: z.array(z.string().min(1)).min(1),
  minNodes: z.int().min(0).max(1000),
  maxNodes: z.int().min(1).max(1000),
});

/** Empty for what is no URL, which zod still hands to the checks after it. */
const hostOf = (url: string) => URL.parse(url)?.hostname ?? '';

/** Whom terraform/modules/cloudflare lets issue where an environment names nobody. */
const LETS_ENCRYPT = 'letsencrypt.org';
const isLetsEncrypt = (directory: string) => {
  const hostname = hostOf(directory);
  return hostname === LETS_ENCRYPT || hostname.endsWith(`.${LETS_ENCRYPT}`);
};

const localSchema = z.strictObject({
  name: z.literal('local'),
  publicUrl: z.url({ protocol: /^http$/ }),
  worker: workerSchema,
  node: z.strictObject({ slots: z.int().min(1).max(MACHINE_SLOTS_MAX), drainSeconds: z.number().min(0) }),
});

const cloudSchema = z
  .strictObject({
    name: z.enum(['staging', 'production']),
    /** Where players open the web app; an origin. */
    publicUrl: z.url({ protocol: /^https$/ }).refine(url => URL.parse(url)?.origin === url, 'an origin'),
    worker: workerSchema,
    cloudflare: z.strictObject({
      accountId: z.string().regex(/^[0-9a-f]{32}$/),
      /** The zone that publicUrl and the nodes' names lie in. */
      zone: hostname,
      /** Beyond so many requests a minute an address has to wait, before the Worker is asked at all. */
      requestsPerMinutePerAddress: z.int().positive(),
    }),
    neon: z.strictObject({
      /** Of the organization; a key that is a person's wants it, an organization's own does not. */
      orgId: z
        .string()
        .regex(/^org-[a-z0-9-]+$/)
        .optional(),
      region: z.string().regex(/^(aws|azure)-/),
      /** How far back the database can be restored to. */
      historySeconds: z.int().min(0).max(2_592_000),
      /** Compute units that it scales between. */
      minCu: z.number().min(0.25),
      maxCu: z.number().min(0.25),
    }),
    upstash: z.strictObject({
      primaryRegion: awsRegion,
      readRegions: z.array(awsRegion),
      /** Beyond it Upstash throttles the database until the next month; what it is without this is in terraform/modules/upstash. */
      monthlyBudgetUsd: z.int().positive().optional(),
    }),
    aws: z.strictObject({
      accountId: z.string().regex(/^\d{12}$/),
      /** Where Secrets Manager holds this environment's secrets, under `nearcade/<name>/`. */
      secretsRegion: awsRegion,
    }),
    node: z.strictObject({
      /** Nodes are `<node id>.<domain>`. */
      domain: hostname,
      acmeDirectory: z.url({ protocol: /^https$/ }),
      acmeEmail: z.email(),
      acme: acmeSchema.optional(),
      /** The most sessions of one node. */
      slots: z.int().min(1).max(MACHINE_SLOTS_MAX),
      /** Seconds that players get to finish when a node is to go. */
      drainSeconds: z.number().min(0).max(7200),
    }),
    regions: z.record(awsRegion, regionSchema),
    /** Who is told of alarms. */
    alarmEmail: z.email(),
  })
  .superRefine((environment, context) => {
    const wrong = (path: (string | number)[], message: string) =>
      context.addIssue({ code: 'custom', path, message });
    const { zone } = environment.cloudflare;
    const isInside = (host: string) => host === zone || host.endsWith(`.${zone}`);
    const publicHost = hostOf(environment.publicUrl);
    if (!isInside(publicHost)) wrong(['publicUrl'], `not in the zone ${zone}`);
    // Cloudflare's certificate (Universal SSL) is for the zone and `*.zone`.
    else if (publicHost.split('.').length > zone.split('.').length + 1)
      wrong(['publicUrl'], `more than one label below ${zone}, where Cloudflare has no certificate`);
    if (!isInside(environment.node.domain)) wrong(['node', 'domain'], `not in the zone ${zone}`);
    if (environment.node.acme === undefined && !isLetsEncrypt(environment.node.acmeDirectory))
      wrong(['node', 'acme'], 'the issuers that acmeDirectory is one of have to be named');
    // Else the CAA records forbid each certificate that is asked for.
    if (
      environment.node.acme?.issuers.includes(LETS_ENCRYPT) === false &&
      isLetsEncrypt(environment.node.acmeDirectory)
    )
      wrong(['node', 'acme', 'issuers'], `${LETS_ENCRYPT} is not among them, which acmeDirectory is of`);
    if (environment.neon.minCu > environment.neon.maxCu) wrong(['neon', 'minCu'], 'above maxCu');
    const from = environment.worker.vars.MAIL_FROM;
    const mailDomain = mailDomainOf(environment);
    if (from !== undefined && mailDomain === undefined) {
      wrong(['worker', 'vars', 'MAIL_FROM'], 'not of the form Name <address>');
    } else if (mailDomain !== undefined && !isInside(mailDomain)) {
      wrong(['worker', 'vars', 'MAIL_FROM'], `not in the zone ${zone}, where its DKIM records are made`);
    }
    if (Object.keys(environment.regions).length === 0) wrong(['regions'], 'no region');
    for (const [name, { minNodes, maxNodes }] of Object.entries(environment.regions)) {
      if (minNodes > maxNodes) wrong(['regions', name, 'minNodes'], 'above maxNodes');
    }
  });

/** What mails come from, e.g. `staging.example.org`; undefined where MAIL_FROM is not set, or is none. */
export function mailDomainOf({ worker }: Pick<CloudEnvironment, 'worker'>): string | undefined {
  return MAIL_FROM.exec(worker.vars.MAIL_FROM ?? '')?.[1];
}

/** What differs between one's own machine and the platforms that players use; Terraform reads the same files. */
export const environmentSchema = z.discriminatedUnion('name', [localSchema, cloudSchema]);
export type Environment = z.infer<typeof environmentSchema>;
export type LocalEnvironment = z.infer<typeof localSchema>;
export type CloudEnvironment = z.infer<typeof cloudSchema>;

/** The names that `--env` takes. */
export const ENVIRONMENT_NAMES = ['local', 'staging', 'production'] as const;
export type EnvironmentName = (typeof ENVIRONMENT_NAMES)[number];

/** Reads `environments/<name>.json`. Throws `config_invalid` that names each wrong field. */
export function loadEnvironment(name: 'local', folder?: string): LocalEnvironment;
export function loadEnvironment(name: 'staging' | 'production', folder?: string): CloudEnvironment;
export function loadEnvironment(name: EnvironmentName, folder?: string): Environment;
export function loadEnvironment(name: EnvironmentName, folder = folderOf()): Environment {
  const file = join(folder, `${name}.json`);
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new NearcadeError('config_invalid', `${file} cannot be read as JSON: ${String(cause)}`, { cause });
  }
  const environment = parseWith(environmentSchema, json, 'config_invalid');
  if (environment.name !== name) {
    throw new NearcadeError('config_invalid', `${file} says that it is ${environment.name}`);
  }
  return environment;
}
