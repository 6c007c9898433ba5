import { type CloudEnvironment, type EnvironmentName, loadEnvironment } from '#deploy/environment.ts';
import { wranglerConfig } from '#deploy/wrangler/config.ts';
import { AwsStore } from '#secrets/aws-store.ts';
import { type DeclaredSecret, declaredSecrets, isNeeded, prefixOf } from '#secrets/declared.ts';
import type { SecretStore } from '#secrets/secrets.ts';
import { NearcadeError } from '#shared/errors.ts';

/** What the commands of `npm run secrets` work with. */
export interface SecretsContext {
  environment: CloudEnvironment;
  store: SecretStore;
  /** For people: names and states, never a value. */
  print: (line: string) => void;
  /** What wrangler is started with; AWS's SDK reads the process's own. */
  env: NodeJS.ProcessEnv;
  now: () => Date;
}

/** Opens Secrets Manager for an environment in the cloud. Throws `config_invalid`. */
export function openContext(name: EnvironmentName, env: NodeJS.ProcessEnv): SecretsContext {
  if (name === 'local') {
    throw new NearcadeError(
      'config_invalid',
      'The local platform makes its own secrets at its first start, in .nearcade/secrets: --env staging or production',
    );
  }
  const environment = loadEnvironment(name);
  const store = openStore(environment);
  return { environment, store, print: line => console.log(line), env, now: () => new Date() };
}

/** Where an environment's secrets are, by the names of secrets/declared.json. */
export function openStore({ name, aws }: CloudEnvironment): AwsStore {
  return new AwsStore({ prefix: prefixOf(name), region: aws.secretsRegion });
}

/** The secrets that an environment needs, or may have. */
export function secretsOf(environment: CloudEnvironment): DeclaredSecret[] {
  const settings = plainSettings(environment);
  return declaredSecrets().filter(secret => isAskedFor(secret, settings));
}

/** What secrets/declared.json asks in its `when`: the Worker's variables, and what nodes are told. */
export function plainSettings(environment: CloudEnvironment): Record<string, string> {
  const { acme } = environment.node;
  const wantsAccount = acme?.externalAccount === true || acme?.fallback?.externalAccount === true;
  return {
    ...wranglerConfig(environment).vars,
    ...(wantsAccount ? { 'node.acme.externalAccount': 'true' } : {}),
  };
}

/** Whether the environment needs it as a secret: what environments/*.json says plainly need not be one. */
export function isAskedFor(
  { group, setting, facts }: DeclaredSecret,
  vars: Readonly<Record<string, string>>,
): boolean {
  return isNeeded(facts, vars) && !(group === 'worker' && setting in vars);
}

/** The secret that somebody calls `DATABASE_URL` or `worker/DATABASE_URL`. Throws `invalid_request`. */
export function findSecret(called: string): DeclaredSecret {
  const found = declaredSecrets().find(({ name, setting }) => called === name || called === setting);
  if (found !== undefined) return found;
  const names = declaredSecrets().map(({ setting }) => setting);
  throw new NearcadeError('invalid_request', `No secret is called ${called}; there are ${names.join(', ')}`);
}
