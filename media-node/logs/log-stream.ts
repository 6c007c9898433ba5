import {
  CloudWatchLogsClient,
  CreateLogStreamCommand,
  PutLogEventsCommand,
  ResourceAlreadyExistsException,
  ResourceNotFoundException,
} from '@aws-sdk/client-cloudwatch-logs';
import { NearcadeError } from '#shared/errors.ts';
import type { LogEvent } from './batch.ts';

const CONNECT_TIMEOUT_MS = 3000;
const ANSWER_TIMEOUT_MS = 10_000;

export interface LogStreamOptions {
  region: string;
  group: string;
  stream: string;
}

/**
 * A stream of a log group of CloudWatch, with the credentials of the machine's role. `AWS_ENDPOINT_URL_CLOUDWATCH_LOGS` points the SDK
 * somewhere else.
 */
export class LogStream {
  readonly #options: LogStreamOptions;
  readonly #client: CloudWatchLogsClient;

  constructor(options: LogStreamOptions) {
    this.#options = options;
    this.#client = new CloudWatchLogsClient({
      region: options.region,
      requestHandler: {
        connectionTimeout: CONNECT_TIMEOUT_MS,
        requestTimeout: ANSWER_TIMEOUT_MS,
        throwOnRequestTimeout: true,
      },
    });
  }

  /**
   * Puts them, in the order of their times, and makes the stream where it is not there yet. Answers how many the service will never
   * take, for their age or their future. Rejects with `unavailable`: not taken, to be tried again.
   */
  async put(events: readonly LogEvent[]): Promise<number> {
    try {
      return await this.#put(events);
    } catch (cause) {
      const said = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
      throw new NearcadeError('unavailable', `${this.#options.group} takes no logs: ${said}`, { cause });
    }
  }

  /** Idempotent. */
  close(): void {
    this.#client.destroy();
  }

  async #put(events: readonly LogEvent[]): Promise<number> {
    const { group: logGroupName, stream: logStreamName } = this.#options;
    const command = new PutLogEventsCommand({ logGroupName, logStreamName, logEvents: [...events] });
    try {
      return rejectedIn(events.length, (await this.#client.send(command)).rejectedLogEventsInfo);
    } catch (error) {
      if (!(error instanceof ResourceNotFoundException)) throw error;
      await this.#make();
      return rejectedIn(events.length, (await this.#client.send(command)).rejectedLogEventsInfo);
    }
  }

  async #make(): Promise<void> {
    const { group: logGroupName, stream: logStreamName } = this.#options;
    await this.#client
      .send(new CreateLogStreamCommand({ logGroupName, logStreamName }))
      .catch((error: unknown) => {
        if (!(error instanceof ResourceAlreadyExistsException)) throw error;
      });
  }
}

/** The service names the ends of what it left out at the beginning (too old) and at the end (too new). */
function rejectedIn(
  count: number,
  info:
    | {
        tooOldLogEventEndIndex?: number | undefined;
        expiredLogEventEndIndex?: number | undefined;
        tooNewLogEventStartIndex?: number | undefined;
      }
    | undefined,
): number {
  if (info === undefined) return 0;
  const old = Math.max(info.tooOldLogEventEndIndex ?? 0, info.expiredLogEventEndIndex ?? 0);
  return old + (count - (info.tooNewLogEventStartIndex ?? count));
}
