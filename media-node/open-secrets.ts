import { AwsStore } from '#secrets/aws-store.ts';
import { CachedSecrets } from '#secrets/cached-secrets.ts';
import { FileStore } from '#secrets/file-store.ts';
import type { Config } from './config.ts';
import type { Logger } from './log.ts';

/** What lets the node register with the edge: the one secret that it has, by its name without the prefix. */
export const FLEET_KEY = 'fleet-key';

/** The node's secrets, from where its configuration says. What cannot be read is said in the log, never what was read. */
export function openSecrets(config: Config['secrets'], log: Logger): CachedSecrets {
  const source = config.kind === 'files' ? new FileStore(config.dir) : new AwsStore(config);
  return new CachedSecrets({
    source,
    onTrouble: ({ code, message }, secret) => log.warn({ code, secret }, message),
  });
}
