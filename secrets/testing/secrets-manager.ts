import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { declaredSecrets, PERMISSIONS, prefixOf, type SecretRole } from '../declared.ts';

const CURRENT = 'AWSCURRENT';
const PREVIOUS = 'AWSPREVIOUS';

/** The account and region that it plays. */
const ACCOUNT = '000000000000';
export const STAND_IN_REGION = 'eu-central-1';

const requestSchema = z.object({
  SecretId: z.string(),
  VersionStage: z.string().optional(),
  SecretString: z.string().optional(),
  ClientRequestToken: z.string().optional(),
  VersionStages: z.array(z.string()).optional(),
  MoveToVersionId: z.string().optional(),
  RemoveFromVersionId: z.string().optional(),
});
type Request = z.infer<typeof requestSchema>;

interface Version {
  text: string;
  createdAt: Date;
  labels: Set<string>;
}
interface Secret {
  versions: Map<string, Version>;
  changedAt: Date;
}

/** What was asked of it: `action` as IAM calls it. */
export interface SecretsCall {
  role: SecretRole;
  action: string;
  secret: string;
}

/** An answer that is no success, as the service's JSON protocol has it. */
class Refusal extends Error {
  readonly type: string;
  readonly status: number;

  constructor(type: string, message: string, status = 400) {
    super(message);
    this.type = type;
    this.status = status;
  }
}

/**
 * AWS Secrets Manager for tests: its JSON protocol (AWS JSON 1.1) over HTTP as far as we use it, versions and staging labels as its API reference has
 * them, with the policies of secrets/permissions.json in force. The real SDK talks to it by the variables of `environment`.
 */
export class SecretsManagerStandIn {
  readonly calls: SecretsCall[] = [];
  readonly #environment: string;
  readonly #secrets = new Map<string, Secret>();
  readonly #server: Server;
  #throttled = 0;
  #garbled = 0;
  #away = false;
  #closing: Promise<void> | undefined;

  private constructor(environment: string) {
    this.#environment = environment;
    this.#server = createServer((request, response) => {
      if (this.#away) {
        request.socket.destroy();
        return;
      }
      void this.#serve(request).then(({ status, body }) => {
        response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
        response.end(body);
      });
    });
  }

  /** `environment`: whose policies are in force; `empty`: without the empty secrets that Terraform makes. */
  static async open(
    environment: string,
    { empty = false }: { empty?: boolean } = {},
  ): Promise<SecretsManagerStandIn> {
    const standIn = new SecretsManagerStandIn(environment);
    if (!empty) for (const { name } of declaredSecrets()) standIn.create(`${prefixOf(environment)}${name}`);
    await new Promise<void>(resolve => standIn.#server.listen(0, '127.0.0.1', resolve));
    return standIn;
  }

  /** What leads a program here as somebody with a role. */
  environment(role: SecretRole): Record<string, string> {
    const { port } = this.#server.address() as AddressInfo;
    return {
      AWS_ENDPOINT_URL_SECRETS_MANAGER: `http://127.0.0.1:${port}`,
      AWS_REGION: STAND_IN_REGION,
      AWS_ACCESS_KEY_ID: `role-${role}`,
      AWS_SECRET_ACCESS_KEY: 'of the stand-in',
      AWS_EC2_METADATA_DISABLED: 'true',
    };
  }

  /** An empty secret, as Terraform makes it; with a text when there is one. */
  create(id: string, text?: string): void {
    this.#secrets.set(id, { versions: new Map(), changedAt: new Date() });
    if (text !== undefined) this.set(id, text);
  }

  /** A new current value; makes the secret where there is none. */
  set(id: string, text: string): void {
    if (!this.#secrets.has(id)) this.create(id);
    this.#put(this.#secretOf(id), { SecretId: id, SecretString: text });
  }

  delete(id: string): void {
    this.#secrets.delete(id);
  }

  /** The text that has a label, e.g. AWSPREVIOUS. */
  text(id: string, label = CURRENT): string | undefined {
    return this.#versionWith(this.#secretOf(id), label)?.[1].text;
  }

  /** All texts that it holds. */
  texts(): string[] {
    return [...this.#secrets.values()].flatMap(({ versions }) => [...versions.values()].map(v => v.text));
  }

  /** Its next so many requests are turned down for being too many. */
  throttle(requests: number): void {
    this.#throttled = requests;
  }

  /** Its next so many answers break off in the middle. */
  garble(answers: number): void {
    this.#garbled = answers;
  }

  /** While true every connection is cut. */
  set away(away: boolean) {
    this.#away = away;
  }

  /** All that is there was done so much earlier. */
  pass(ms: number): void {
    for (const secret of this.#secrets.values()) {
      secret.changedAt = new Date(secret.changedAt.getTime() - ms);
    }
  }

  close(): Promise<void> {
    this.#closing ??= new Promise<void>(resolve => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
    return this.#closing;
  }

  async #serve(request: IncomingMessage): Promise<{ status: number; body: string }> {
    try {
      const body = JSON.stringify(await this.#answer(request));
      if (this.#garbled === 0) return { status: 200, body };
      this.#garbled--;
      return { status: 200, body: body.slice(0, -2) };
    } catch (error) {
      const refusal = error instanceof Refusal ? error : new Refusal('InternalServiceError', 'broken', 500);
      const body = JSON.stringify({ __type: refusal.type, Message: refusal.message });
      return { status: refusal.status, body };
    }
  }

  async #answer(request: IncomingMessage): Promise<object> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = requestSchema.parse(JSON.parse(Buffer.concat(chunks).toString('utf8')));
    const target = /^secretsmanager\.(\w+)$/.exec(String(request.headers['x-amz-target']))?.[1] ?? '';
    const role = /Credential=role-(node|deployer|operator)\//.exec(request.headers.authorization ?? '')?.[1];
    if (role === undefined) {
      throw new Refusal(
        'UnrecognizedClientException',
        'The security token included in the request is invalid.',
      );
    }
    const action = `secretsmanager:${target}`;
    this.calls.push({ role: role as SecretRole, action, secret: body.SecretId });
    if (this.#throttled > 0) {
      this.#throttled--;
      throw new Refusal('ThrottlingException', 'Rate exceeded');
    }
    this.#require(role as SecretRole, action, body.SecretId);
    const secret = this.#secretOf(body.SecretId);
    switch (target) {
      case 'GetSecretValue':
        return this.#get(secret, body);
      case 'DescribeSecret':
        return this.#describe(secret, body);
      case 'PutSecretValue':
        return this.#put(secret, body);
      case 'UpdateSecretVersionStage':
        return this.#updateStage(secret, body);
      default:
        throw new Refusal('UnknownOperationException', target);
    }
  }

  /** IAM: what no policy allows is denied. */
  #require(role: SecretRole, action: string, id: string): void {
    const isAllowed = PERMISSIONS[role].some(
      ({ secrets, actions }) =>
        actions.includes(action) && matches(`${prefixOf(this.#environment)}${secrets}`, id),
    );
    if (isAllowed) return;
    const who = `arn:aws:sts::${ACCOUNT}:assumed-role/nearcade-${this.#environment}-${role}/session`;
    const why = `because no identity-based policy allows the ${action} action`;
    throw new Refusal(
      'AccessDeniedException',
      `User: ${who} is not authorized to perform: ${action} on resource: ${id} ${why}`,
    );
  }

  #secretOf(id: string): Secret {
    const secret = this.#secrets.get(id);
    if (secret === undefined) {
      throw new Refusal('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
    }
    return secret;
  }

  #versionWith({ versions }: Secret, label: string): [string, Version] | undefined {
    return [...versions].find(([, { labels }]) => labels.has(label));
  }

  #get(secret: Secret, { SecretId, VersionStage = CURRENT }: Request): object {
    const found = this.#versionWith(secret, VersionStage);
    if (found === undefined) {
      const what = `Secrets Manager can't find the specified secret value for staging label: ${VersionStage}`;
      throw new Refusal('ResourceNotFoundException', what);
    }
    const [VersionId, { text, createdAt, labels }] = found;
    const CreatedDate = createdAt.getTime() / 1000;
    return { Name: SecretId, VersionId, SecretString: text, VersionStages: [...labels], CreatedDate };
  }

  #describe({ versions, changedAt }: Secret, { SecretId }: Request): object {
    const VersionIdsToStages = Object.fromEntries([...versions].map(([id, v]) => [id, [...v.labels]]));
    return { Name: SecretId, LastChangedDate: changedAt.getTime() / 1000, VersionIdsToStages };
  }

  #put(secret: Secret, { SecretId, SecretString, ClientRequestToken, VersionStages }: Request): object {
    if (SecretString === undefined) throw new Refusal('InvalidParameterException', 'no SecretString');
    const id = ClientRequestToken ?? randomUUID();
    secret.versions.set(id, { text: SecretString, createdAt: new Date(), labels: new Set() });
    // Without labels the new version is the current one.
    for (const label of VersionStages ?? [CURRENT]) this.#move(secret, label, id);
    secret.changedAt = new Date();
    return { Name: SecretId, VersionId: id, VersionStages: VersionStages ?? [CURRENT] };
  }

  #updateStage(secret: Secret, request: Request): object {
    const { SecretId, VersionStage = '', MoveToVersionId: to, RemoveFromVersionId: from } = request;
    const holder = this.#versionWith(secret, VersionStage)?.[0];
    if (holder !== undefined && holder !== from) {
      throw new Refusal(
        'InvalidParameterException',
        'RemoveFromVersionId must be the version with the label',
      );
    }
    if (to !== undefined && !secret.versions.has(to)) {
      throw new Refusal('ResourceNotFoundException', "Secrets Manager can't find the specified version.");
    }
    if (to !== undefined) this.#move(secret, VersionStage, to);
    secret.changedAt = new Date();
    return { Name: SecretId };
  }

  /** One version at most has a label; who loses AWSCURRENT gets AWSPREVIOUS; a version without any is gone before long. */
  #move(secret: Secret, label: string, to: string): void {
    const before = this.#versionWith(secret, label);
    before?.[1].labels.delete(label);
    secret.versions.get(to)?.labels.add(label);
    if (label === CURRENT && before !== undefined && before[0] !== to)
      this.#move(secret, PREVIOUS, before[0]);
    for (const [id, { labels }] of secret.versions) if (labels.size === 0) secret.versions.delete(id);
  }
}

/** IAM's `*`: any characters. */
function matches(pattern: string, id: string): boolean {
  const parts = pattern.split('*').map(part => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(id);
}
