import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { NearcadeError } from '#shared/errors.ts';
import type { SecretName, Secrets } from './secrets.ts';

/**
 * AWS Secrets Manager, with the credentials of the machine's role. `AWS_ENDPOINT_URL_SECRETS_MANAGER` points the SDK
 * somewhere else.
 */
export class AwsSecrets implements Secrets {
  readonly #client: SecretsManagerClient;
  readonly #prefix: string;

  constructor(options: { prefix: string; region: string }) {
    this.#client = new SecretsManagerClient({ region: options.region });
    this.#prefix = options.prefix;
  }

  async get(name: SecretName): Promise<string> {
    const id = `${this.#prefix}${name}`;
    try {
      const { SecretString: secret } = await this.#client.send(new GetSecretValueCommand({ SecretId: id }));
      if (secret !== undefined && secret !== '') return secret;
    } catch (cause) {
      throw new NearcadeError('secret_missing', `Secrets Manager did not give ${id}`, { cause });
    }
    throw new NearcadeError('secret_missing', `The secret ${id} is empty`);
  }
}
