import { AwsStore } from '#secrets/aws-store.ts';
import { declaredSecrets, isNeeded, prefixOf } from '#secrets/declared.ts';
import type { SecretSource } from '#secrets/secrets.ts';
import { NearcadeError } from '#shared/errors.ts';
import type { DeploySecrets } from './context.ts';
import type { CloudEnvironment } from './environment.ts';

/** The environment's secrets in AWS Secrets Manager, by whoever runs the deploy. `vars`: the Worker's plain settings, which say what it needs. */
export function openDeploySecrets(
  environment: CloudEnvironment,
  vars: Readonly<Record<string, string>>,
): DeploySecrets {
  const prefix = prefixOf(environment.name);
  return deploySecretsOf(new AwsStore({ prefix, region: environment.aws.secretsRegion }), vars);
}

/** The same over any source. */
export function deploySecretsOf(source: SecretSource, vars: Readonly<Record<string, string>>): DeploySecrets {
  return {
    async worker() {
      const wanted = declaredSecrets().filter(
        ({ group, facts }) => group === 'worker' && isNeeded(facts, vars),
      );
      const missing: string[] = [];
      const found: Record<string, string> = {};
      for (const { name, setting, facts } of wanted) {
        try {
          found[setting] = await source.read(name);
        } catch (error) {
          if (!(error instanceof NearcadeError && error.code === 'secret_missing')) throw error;
          if (!facts.optional) missing.push(name);
        }
      }
      if (missing.length === 0) return found;
      throw new NearcadeError('secret_missing', `Missing: ${missing.join(', ')}. See npm run secrets.`);
    },
    ownerUrl: () => source.read('deploy/database-owner-url'),
  };
}
