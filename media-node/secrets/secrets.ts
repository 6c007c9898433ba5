import type { Config } from '../config.ts';
import { AwsSecrets } from './aws.ts';
import { FileSecrets } from './files.ts';

/** The secrets a media node needs, by name. `fleet-key` lets it register with the edge. */
export type SecretName = 'fleet-key';

/** Where secrets come from: the one port to them. */
export interface Secrets {
  /** The secret's text, read anew each time so that a rotated one takes effect. Throws `secret_missing`. */
  get(name: SecretName): Promise<string>;
}

export function openSecrets(config: Config['secrets']): Secrets {
  return config.kind === 'files'
    ? new FileSecrets(config.dir)
    : new AwsSecrets({ prefix: config.prefix, region: config.region });
}
