import { z } from 'zod';
import declared from './declared.json' with { type: 'json' };
import permissions from './permissions.json' with { type: 'json' };

/** Which part of the platform a secret is for; the first part of its name. */
export const SECRET_GROUPS = ['worker', 'node', 'deploy'] as const;
export type SecretGroup = (typeof SECRET_GROUPS)[number];

/** Who asks Secrets Manager. */
export const SECRET_ROLES = ['node', 'deployer', 'operator'] as const;
export type SecretRole = (typeof SECRET_ROLES)[number];

const factsSchema = z.strictObject({
  /** What it is, for people. */
  what: z.string().min(1),
  /** How `npm run secrets -- make` makes it. Absent: somebody else gives it out, and it is `set`. */
  make: z.enum(['random', 'signing-jwks', 'fleet-key', 'database-url']).optional(),
  /** How it is changed while everything runs (deploy/secrets/rotate). `value`: `set`, then `push`. */
  rotate: z.enum(['signing-jwks', 'fleet-key', 'database-url', 'webhook-secrets', 'value']),
  /** It is needed where this plain setting is there, or has this value. Absent: always. */
  when: z.union([z.tuple([z.string()]), z.tuple([z.string(), z.string()])]).optional(),
  /** Its owner may do without it. */
  optional: z.boolean().default(false),
});
export type SecretFacts = z.infer<typeof factsSchema>;

const group = z.record(z.string().regex(/^[A-Za-z][A-Za-z0-9_-]*$/), factsSchema);

/**
 * Every secret of the platform: which settings of edge/env.ts are secrets (all others are plain variables of
 * environments/*.json), what nodes have, what operators need. Terraform makes an empty secret for each, by the same file.
 */
export const DECLARED = z.strictObject({ worker: group, node: group, deploy: group }).parse(declared);

const statementSchema = z.strictObject({
  /** Names below `nearcade/<environment>/`; `*` is what it is in IAM's ARNs. */
  secrets: z.string().min(1),
  actions: z.array(z.string().regex(/^secretsmanager:[A-Z][A-Za-z]+$/)).min(1),
});

/** The most that each role may do; Terraform makes the IAM policies of the same file. */
export const PERMISSIONS = z
  .strictObject({
    node: z.array(statementSchema),
    deployer: z.array(statementSchema),
    operator: z.array(statementSchema),
  })
  .parse(permissions);

/** `nearcade/<environment>/`: what the names of an environment's secrets begin with. */
export const prefixOf = (environment: string): string => `nearcade/${environment}/`;

/** A secret by its name without that prefix, e.g. `worker/DATABASE_URL`. */
export interface DeclaredSecret {
  /** With its group. */
  name: string;
  group: SecretGroup;
  /** Without it: a setting's name, for the Worker. */
  setting: string;
  facts: SecretFacts;
}

/** All of them, in the order in which they are declared. */
export function declaredSecrets(): DeclaredSecret[] {
  return SECRET_GROUPS.flatMap(name =>
    Object.entries(DECLARED[name]).map(([setting, facts]) => ({
      name: `${name}/${setting}`,
      group: name,
      setting,
      facts,
    })),
  );
}

/** Whether an environment with these plain settings needs it. */
export function isNeeded({ when }: SecretFacts, vars: Readonly<Record<string, string>>): boolean {
  if (when === undefined) return true;
  const [setting, value] = when;
  return value === undefined ? vars[setting] !== undefined : vars[setting] === value;
}
