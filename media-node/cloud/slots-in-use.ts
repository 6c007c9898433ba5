import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import type { Clock } from '../clock.ts';
import type { Logger } from '../log.ts';

/** What the group's scaling policy in terraform/ goes by. */
export const NAMESPACE = 'Nearcade';
export const METRIC = 'SlotsInUse';

/** Milliseconds between two values: CloudWatch keeps one a minute. */
export const PERIOD_MS = 60_000;

const CONNECT_TIMEOUT_MS = 2000;
const ANSWER_TIMEOUT_MS = 5000;

export interface SlotsInUseOptions {
  region: string;
  group: string;
  /** Percent; undefined: the node takes nobody, and says nothing so as not to count among those that do. */
  read: () => number | undefined;
  clock: Clock;
  log: Logger;
}

/** Tells CloudWatch once a minute how full this node is. `AWS_ENDPOINT_URL_CLOUDWATCH` points the SDK somewhere else. */
export class SlotsInUse {
  readonly #options: SlotsInUseOptions;
  readonly #client: CloudWatchClient;
  #cancelNext: (() => void) | undefined;
  #telling: Promise<void> | undefined;
  #isFailing = false;
  #closed = false;

  constructor(options: SlotsInUseOptions) {
    this.#options = options;
    this.#client = new CloudWatchClient({
      region: options.region,
      requestHandler: {
        connectionTimeout: CONNECT_TIMEOUT_MS,
        requestTimeout: ANSWER_TIMEOUT_MS,
        throwOnRequestTimeout: true,
      },
    });
  }

  /** The first value now, others each minute. */
  begin(): void {
    if (this.#closed) return;
    this.#cancelNext = this.#options.clock.after(PERIOD_MS, () => this.begin());
    // One that hangs is not overtaken: the next minute has a newer value.
    this.#telling ??= this.#tell().finally(() => {
      this.#telling = undefined;
    });
  }

  /** Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelNext?.();
    this.#client.destroy();
    await this.#telling;
  }

  /** A value that does not get there is lost: the next one says more. Logged when it begins to fail and when it works again. */
  async #tell(): Promise<void> {
    const { read, group, clock, log } = this.#options;
    const value = read();
    if (value === undefined) return;
    const data = {
      MetricName: METRIC,
      Dimensions: [{ Name: 'AutoScalingGroupName', Value: group }],
      Timestamp: new Date(clock.now()),
      Unit: 'Percent' as const,
      Value: value,
    };
    try {
      await this.#client.send(new PutMetricDataCommand({ Namespace: NAMESPACE, MetricData: [data] }));
      if (this.#isFailing) log.info('slots in use are told again');
      this.#isFailing = false;
    } catch (err) {
      if (!this.#isFailing && !this.#closed) log.warn({ err }, 'slots in use could not be told');
      this.#isFailing = true;
    }
  }
}
