import { AwsStore } from '#secrets/aws-store.ts';
import { CachedSecrets } from '#secrets/cached-secrets.ts';
import { FileStore } from '#secrets/file-store.ts';
import type { SecretSource } from '#secrets/secrets.ts';
import type { Config } from './config.ts';
import type { Logger } from './log.ts';

/** What lets the node register with the edge, by its name without the prefix. */
export const FLEET_KEY = 'fleet-key';

/** Where the node's configuration says that its secrets are. */
export function openSource(config: Config['secrets']): SecretSource {
  return config.kind === 'files' ? new FileStore(config.dir) : new AwsStore(config);
}

/** The node's secrets, from where its configuration says. What cannot be read is said in the log, never what was read. */
export function openSecrets(config: Config['secrets'], log: Logger): CachedSecrets {
  return new CachedSecrets({
    source: openSource(config),
    onTrouble: ({ code, message }, secret) => log.warn({ code, secret }, message),
  });
}
