import { z } from 'zod';
import { NearcadeError } from '#shared/errors.ts';

/** EC2's own address for it, the same on every instance. */
const LINK_LOCAL = 'http://169.254.169.254';

/** The SDK's variable too, so that one setting points both somewhere else. */
export const ENDPOINT_VARIABLE = 'AWS_EC2_METADATA_SERVICE_ENDPOINT';

/** Seconds that a token is asked for: the service's most, six hours. */
const TOKEN_TTL_S = 21_600;

/** Part of its life after which a token is renewed, so that none runs out on its way. */
const TOKEN_USED_FOR = 0.9;

/** Milliseconds for one answer: the service is on the same host, and notices are looked for every few seconds. */
const TIMEOUT_MS = 2000;

const TTL_HEADER = 'x-aws-ec2-metadata-token-ttl-seconds';
const TOKEN_HEADER = 'x-aws-ec2-metadata-token';

const tokenSchema = z.string().regex(/^[\w=+/-]{1,512}$/, 'is no token');
const instanceIdSchema = z.string().regex(/^i-[0-9a-f]{8,17}$/, 'is no instance id');
const regionSchema = z.string().regex(/^[a-z0-9-]{1,64}$/, 'is no region');
const ipv4Schema = z.ipv4();
const lifecycleStateSchema = z.string().regex(/^[A-Za-z]{1,32}(:[A-Za-z]{1,32})?$/, 'is no lifecycle state');
/** The service writes whole seconds and `Z`. */
const momentSchema = z.iso.datetime().transform(text => Date.parse(text));
const spotActionSchema = z.object({
  action: z.enum(['terminate', 'stop', 'hibernate']),
  time: momentSchema,
});
const rebalanceSchema = z.object({ noticeTime: momentSchema });

/** What EC2 announces to a spot instance about two minutes before. `time`: when it is done, milliseconds since 1970. */
export type SpotAction = z.infer<typeof spotActionSchema>;

export interface InstanceMetadataOptions {
  /** Origin of the service; `AWS_EC2_METADATA_SERVICE_ENDPOINT`, then EC2's own address, when absent. */
  endpoint?: string | undefined;
  fetch?: typeof fetch;
  /** Milliseconds, growing steadily. */
  now?: () => number;
  timeoutMs?: number;
}

/**
 * What an EC2 instance is told about itself, by IMDSv2 alone (EC2 user guide, "Use the Instance Metadata Service"). Every answer may
 * throw `metadata_unavailable`: the service is away, says no, or says what it cannot mean.
 */
export class InstanceMetadata {
  readonly #base: string;
  readonly #fetch: typeof fetch;
  readonly #now: () => number;
  readonly #timeoutMs: number;
  #token: { value: string; renewAt: number } | undefined;
  #renewing: Promise<string> | undefined;

  constructor(options: InstanceMetadataOptions = {}) {
    const endpoint = options.endpoint ?? (process.env[ENDPOINT_VARIABLE] || LINK_LOCAL);
    this.#base = `${endpoint.replace(/\/+$/, '')}/latest`;
    this.#fetch = options.fetch ?? fetch;
    this.#now = options.now ?? (() => performance.now());
    this.#timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
  }

  /** E.g. `i-0123456789abcdef0`. */
  instanceId(): Promise<string> {
    return this.#mustHave('instance-id', instanceIdSchema);
  }

  /** E.g. `eu-central-1`. */
  region(): Promise<string> {
    return this.#mustHave('placement/region', regionSchema);
  }

  /** The address that the world reaches; undefined: the instance has none. */
  publicIpv4(): Promise<string | undefined> {
    return this.#read('public-ipv4', ipv4Schema);
  }

  /**
   * Where Auto Scaling is bringing the instance: `InService`, `Terminated`, `Detached`, `Standby`, `Warmed:...`. Undefined: it is in no
   * group, or was never moved.
   */
  targetLifecycleState(): Promise<string | undefined> {
    return this.#read('autoscaling/target-lifecycle-state', lifecycleStateSchema);
  }

  /** Undefined: no notice was given. */
  spotAction(): Promise<SpotAction | undefined> {
    return this.#read('spot/instance-action', json(spotActionSchema));
  }

  /** When EC2 said that it may soon need this spot instance back, milliseconds since 1970; undefined: it did not. */
  async rebalanceNotice(): Promise<number | undefined> {
    const notice = await this.#read('events/recommendations/rebalance', json(rebalanceSchema));
    return notice?.noticeTime;
  }

  async #mustHave<T>(path: string, schema: z.ZodType<T>): Promise<T> {
    const value = await this.#read(path, schema);
    if (value === undefined) throw unavailable(`knows no ${path}`);
    return value;
  }

  async #read<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
    let answer = await this.#get(path, await this.#currentToken());
    if (answer.status === 401) {
      // The token is not good any more, whatever its age: an instance that was stopped and started, or moved.
      this.#token = undefined;
      answer = await this.#get(path, await this.#currentToken());
    }
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw unavailable(`answered ${answer.status} for ${path}`);
    const parsed = schema.safeParse(answer.text.trim());
    if (!parsed.success) throw unavailable(`gave a ${path} that cannot be read`, parsed.error);
    return parsed.data;
  }

  #get(path: string, token: string): Promise<{ status: number; text: string }> {
    return this.#request('GET', `meta-data/${path}`, { [TOKEN_HEADER]: token });
  }

  /** One request for all who need it at once. */
  async #currentToken(): Promise<string> {
    if (this.#token !== undefined && this.#now() < this.#token.renewAt) return this.#token.value;
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  async #renew(): Promise<string> {
    const askedAt = this.#now();
    const { status, text } = await this.#request('PUT', 'api/token', { [TTL_HEADER]: String(TOKEN_TTL_S) });
    const value = status === 200 ? tokenSchema.safeParse(text) : undefined;
    if (value?.success !== true) throw unavailable(`gave no token (${status})`);
    this.#token = { value: value.data, renewAt: askedAt + TOKEN_TTL_S * 1000 * TOKEN_USED_FOR };
    return value.data;
  }

  async #request(
    method: 'GET' | 'PUT',
    path: string,
    headers: Record<string, string>,
  ): Promise<{ status: number; text: string }> {
    try {
      const response = await this.#fetch(`${this.#base}/${path}`, {
        method,
        headers,
        // The token is this service's alone.
        redirect: 'error',
        signal: AbortSignal.timeout(this.#timeoutMs),
      });
      return { status: response.status, text: await response.text() };
    } catch (cause) {
      throw unavailable(`did not answer ${path}`, cause);
    }
  }
}

function json<T>(schema: z.ZodType<T>) {
  const parsed = z.string().transform((text, context): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      context.addIssue({ code: 'custom', message: 'is no JSON' });
      return z.NEVER;
    }
  });
  return parsed.pipe(schema);
}

function unavailable(what: string, cause?: unknown): NearcadeError {
  return new NearcadeError('metadata_unavailable', `The instance metadata service ${what}`, { cause });
}
