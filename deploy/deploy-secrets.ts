import type { DeploySecrets } from './context.ts';
import type { CloudEnvironment } from './environment.ts';
import { openStore } from './secrets/context.ts';
import { readWorkerSecrets } from './secrets/push.ts';

/** The environment's secrets in AWS Secrets Manager, by whoever runs the deploy. */
export function openDeploySecrets(environment: CloudEnvironment): DeploySecrets {
  const store = openStore(environment);
  return {
    worker: () => readWorkerSecrets(environment, store),
    ownerUrl: () => store.read('deploy/database-owner-url'),
  };
}
