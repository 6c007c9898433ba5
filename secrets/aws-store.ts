import { randomUUID } from 'node:crypto';
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { NearcadeError } from '#shared/errors.ts';
import { asRefusal } from './aws-refusal.ts';
import type { SecretState, SecretStore, Stage } from './secrets.ts';

/** Milliseconds to get a connection and for one try: an answer takes some tens. A node that starts waits for this. */
const CONNECT_MS = 2_000;
const REQUEST_MS = 4_000;

/** Tries of one request, with the SDK's own pauses between them: a throttled one succeeds by the second or third. */
const MAX_ATTEMPTS = 3;

const LABELS = { current: 'AWSCURRENT', pending: 'AWSPENDING', previous: 'AWSPREVIOUS' } as const;

/**
 * AWS Secrets Manager, with the credentials of the machine's role or the operator's profile. `AWS_ENDPOINT_URL_SECRETS_MANAGER` leads the SDK
 * elsewhere. What it asks for is all in secrets/permissions.json.
 */
export class AwsStore implements SecretStore {
  readonly place: string;
  readonly #client: SecretsManagerClient;
  readonly #prefix: string;
  readonly #region: string;

  /** `prefix`: before each name, e.g. `nearcade/production/node/`. */
  constructor(options: { prefix: string; region: string }) {
    this.#client = new SecretsManagerClient({
      region: options.region,
      maxAttempts: MAX_ATTEMPTS,
      requestHandler: {
        connectionTimeout: CONNECT_MS,
        requestTimeout: REQUEST_MS,
        throwOnRequestTimeout: true,
      },
    });
    this.#prefix = options.prefix;
    this.#region = options.region;
    this.place = `Secrets Manager in ${options.region}, ${options.prefix}`;
  }

  async read(name: string): Promise<string> {
    const text = await this.readStage(name, 'current');
    if (text !== undefined && text !== '') return text;
    throw new NearcadeError(
      'secret_missing',
      `The secret ${this.#id(name)} is not in Secrets Manager in ${this.#region}, or has no value yet`,
    );
  }

  async readStage(name: string, stage: Stage): Promise<string | undefined> {
    try {
      const { SecretString: text } = await this.#client.send(
        new GetSecretValueCommand({ SecretId: this.#id(name), VersionStage: LABELS[stage] }),
      );
      return text;
    } catch (error) {
      const refusal = this.#refusal(error, name);
      if (refusal.code === 'secret_missing') return undefined;
      throw refusal;
    }
  }

  async describe(name: string): Promise<SecretState | undefined> {
    const known = await this.#versions(name);
    if (known === undefined) return undefined;
    const { current, pending, previous } = known;
    const stages = new Set<Stage>();
    if (current !== undefined) stages.add('current');
    if (pending !== undefined && pending !== current) stages.add('pending');
    if (previous !== undefined) stages.add('previous');
    return { stages, changedAt: known.changedAt };
  }

  async put(name: string, text: string, stage: 'current' | 'pending'): Promise<void> {
    await this.#send(
      name,
      new PutSecretValueCommand({
        SecretId: this.#id(name),
        ClientRequestToken: randomUUID(),
        SecretString: text,
        VersionStages: [LABELS[stage]],
      }),
    );
  }

  async promote(name: string): Promise<void> {
    const { current, pending } = (await this.#versions(name)) ?? {};
    if (pending === undefined) {
      throw new NearcadeError('secret_missing', `The secret ${this.#id(name)} has no new value that waits`);
    }
    if (pending === current) return;
    await this.#send(
      name,
      new UpdateSecretVersionStageCommand({
        SecretId: this.#id(name),
        VersionStage: LABELS.current,
        MoveToVersionId: pending,
        ...(current === undefined ? {} : { RemoveFromVersionId: current }),
      }),
    );
  }

  async #versions(name: string) {
    try {
      const { VersionIdsToStages: versions = {}, LastChangedDate: changedAt } = await this.#client.send(
        new DescribeSecretCommand({ SecretId: this.#id(name) }),
      );
      const withLabel = (stage: Stage) =>
        Object.entries(versions).find(([, labels]) => labels.includes(LABELS[stage]))?.[0];
      return {
        current: withLabel('current'),
        pending: withLabel('pending'),
        previous: withLabel('previous'),
        changedAt,
      };
    } catch (error) {
      const refusal = this.#refusal(error, name);
      if (refusal.code === 'secret_missing') return undefined;
      throw refusal;
    }
  }

  async #send(name: string, command: PutSecretValueCommand | UpdateSecretVersionStageCommand): Promise<void> {
    try {
      // The two commands have types of their own, which `send` does not take as one.
      if (command instanceof PutSecretValueCommand) await this.#client.send(command);
      else await this.#client.send(command);
    } catch (error) {
      throw this.#refusal(error, name);
    }
  }

  #refusal(error: unknown, name: string): NearcadeError {
    return asRefusal(error, this.#id(name), this.#region);
  }

  #id(name: string): string {
    return `${this.#prefix}${name}`;
  }
}
