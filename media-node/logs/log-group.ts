import {
  CloudWatchLogsClient,
  CreateLogStreamCommand,
  PutLogEventsCommand,
  ResourceAlreadyExistsException,
} from '@aws-sdk/client-cloudwatch-logs';

/** Bytes of one request and of one event, events of one request, and what each counts beside its text: CloudWatch's limits for PutLogEvents. */
const MAX_BATCH_BYTES = 1_048_576;
const MAX_EVENTS = 10_000;
const EVENT_OVERHEAD_BYTES = 26;

/** Bytes of one line that are kept. Ours are far shorter; the service's own limit was 256 KiB for long. */
const MAX_LINE_BYTES = 200 * 1024;

const CONNECT_TIMEOUT_MS = 2000;
const ANSWER_TIMEOUT_MS = 10_000;

export interface LogEvent {
  /** Milliseconds since 1970. */
  at: number;
  text: string;
}

/** A group of CloudWatch Logs with this machine's streams in it. `AWS_ENDPOINT_URL_CLOUDWATCH_LOGS` points the SDK somewhere else. */
export class LogGroup {
  readonly #name: string;
  readonly #client: CloudWatchLogsClient;
  readonly #streams = new Set<string>();

  constructor(options: { region: string; name: string }) {
    this.#name = options.name;
    this.#client = new CloudWatchLogsClient({
      region: options.region,
      requestHandler: {
        connectionTimeout: CONNECT_TIMEOUT_MS,
        requestTimeout: ANSWER_TIMEOUT_MS,
        throwOnRequestTimeout: true,
      },
    });
  }

  /** Writes events, in the order of their time, into a stream, which is made at first. Rejects with the SDK's error. */
  async put(stream: string, events: readonly LogEvent[]): Promise<void> {
    await this.#open(stream);
    const inOrder = events.filter(({ text }) => text !== '').toSorted((a, b) => a.at - b.at);
    for (const batch of batches(inOrder)) {
      await this.#client.send(
        new PutLogEventsCommand({
          logGroupName: this.#name,
          logStreamName: stream,
          logEvents: batch.map(({ at, text }) => ({ timestamp: at, message: text })),
        }),
      );
    }
  }

  async #open(stream: string): Promise<void> {
    if (this.#streams.has(stream)) return;
    const command = new CreateLogStreamCommand({ logGroupName: this.#name, logStreamName: stream });
    await this.#client.send(command).catch((error: unknown) => {
      if (!(error instanceof ResourceAlreadyExistsException)) throw error;
    });
    this.#streams.add(stream);
  }

  /** Idempotent. */
  close(): void {
    this.#client.destroy();
  }
}

/** Cut so that each fits into a request. */
function* batches(events: readonly LogEvent[]): Generator<LogEvent[]> {
  let batch: LogEvent[] = [];
  let bytes = 0;
  for (const { at, text } of events) {
    const cut = cutTo(text, MAX_LINE_BYTES);
    const size = Buffer.byteLength(cut) + EVENT_OVERHEAD_BYTES;
    if (batch.length > 0 && (bytes + size > MAX_BATCH_BYTES || batch.length === MAX_EVENTS)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push({ at, text: cut });
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}

/** At most so many bytes of UTF-8; a character that is cut through becomes U+FFFD, of three bytes. */
function cutTo(text: string, bytes: number): string {
  if (text.length * 3 <= bytes || Buffer.byteLength(text) <= bytes) return text;
  return Buffer.from(text)
    .subarray(0, bytes - 3)
    .toString();
}
