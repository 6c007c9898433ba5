import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';

/** One request to Auto Scaling: its parameters by name, lists flattened as the query protocol has them (`InstanceIds.member.1`). */
export type AutoScalingCall = Readonly<Record<string, string>>;

export interface MetricDatum {
  MetricName: string;
  Value: number;
  Unit: string;
  Dimensions: Array<{ Name: string; Value: string }>;
}

/** What one call is answered instead of what it asked for. `silence`: nothing, ever. */
export type Trouble =
  | { code: 'Throttling' | 'ValidationError' | 'AccessDenied' | 'InternalFailure'; message?: string }
  | 'silence';

/** What an instance waits for in each state. */
const HOOKS: Readonly<Record<string, string>> = {
  'Pending:Wait': 'nearcade-boot',
  'Terminating:Wait': 'nearcade-drain',
};

const STATUS_OF_CODE: Readonly<Record<string, number>> = { InternalFailure: 500, AccessDenied: 403 };

const putMetricDataSchema = z.object({
  Namespace: z.string(),
  MetricData: z.array(
    z.object({
      MetricName: z.string(),
      Value: z.number(),
      Unit: z.string(),
      Dimensions: z.array(z.object({ Name: z.string(), Value: z.string() })),
    }),
  ),
});

/**
 * Auto Scaling (query protocol, XML answers) and CloudWatch (JSON protocol) on loopback, for one group with one instance. It knows which
 * states take which call, as AWS does; the SDK in front of it is the real one.
 */
export class TestAws {
  readonly #http: Server;
  /** Every call, in order, also those that were refused. */
  readonly calls: AutoScalingCall[] = [];
  readonly metrics: Array<MetricDatum & { namespace: string }> = [];
  /** Of the instance; undefined: it is in no group. */
  lifecycleState: string | undefined = 'InService';
  isProtected = false;
  /** What became of the instance's lifecycle actions. */
  readonly completed: Array<{ hook: string; result: string }> = [];
  /** Trouble for the next calls of an action, first come first served. */
  readonly troubles: Array<{ action: string; trouble: Trouble }> = [];
  /** How many of the next values CloudWatch fails to take. */
  failingMetrics = 0;
  /** Called with each call before it is answered. */
  onCall: (call: AutoScalingCall) => void = () => undefined;

  private constructor() {
    this.#http = createServer((request, response) => {
      void this.#answer(request, response).catch((error: unknown) => {
        response.writeHead(500).end(String(error));
      });
    });
  }

  static async open(): Promise<TestAws> {
    const aws = new TestAws();
    await new Promise<void>(resolve => aws.#http.listen(0, '127.0.0.1', resolve));
    return aws;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  /** What makes the real SDK talk to this, and sign with something. */
  get env(): Record<string, string> {
    return {
      AWS_ENDPOINT_URL_AUTO_SCALING: this.url,
      AWS_ENDPOINT_URL_CLOUDWATCH: this.url,
      AWS_ACCESS_KEY_ID: 'AKIATEST',
      AWS_SECRET_ACCESS_KEY: 'test',
    };
  }

  callsOf(action: string): AutoScalingCall[] {
    return this.calls.filter(call => call.Action === action);
  }

  async close(): Promise<void> {
    this.#http.closeAllConnections();
    await new Promise(resolve => this.#http.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    if (!String(request.headers.authorization).startsWith('AWS4-HMAC-SHA256 ')) {
      response.writeHead(403).end('not signed');
      return;
    }
    if (request.headers['x-amz-target'] !== undefined) {
      this.#takeMetrics(text, response);
      return;
    }
    const call = Object.fromEntries(new URLSearchParams(text));
    this.calls.push(call);
    this.onCall(call);
    const at = this.troubles.findIndex(({ action }) => action === call.Action);
    const [planned] = at < 0 ? [] : this.troubles.splice(at, 1);
    if (planned?.trouble === 'silence') return;
    const trouble = planned?.trouble ?? this.#apply(call);
    if (typeof trouble === 'string') {
      send(response, 200, answerTo(call.Action ?? '', trouble));
    } else {
      send(
        response,
        STATUS_OF_CODE[trouble.code] ?? 400,
        errorOf(trouble.code, trouble.message ?? trouble.code),
      );
    }
  }

  /** What the answer has inside, or why there is none. */
  #apply(call: AutoScalingCall): string | Exclude<Trouble, 'silence'> {
    const { lifecycleState: state } = this;
    switch (call.Action) {
      case 'SetInstanceProtection':
        if (state !== 'InService') {
          return invalid(
            `The instance ${call['InstanceIds.member.1']} is not in InService or EnteringStandby or Standby`,
          );
        }
        this.isProtected = call.ProtectedFromScaleIn === 'true';
        return '';
      case 'SetInstanceHealth':
        return state === undefined ? invalid('Instance Id not found') : '';
      case 'RecordLifecycleActionHeartbeat':
        return HOOKS[state ?? ''] === call.LifecycleHookName ? '' : noAction(call);
      case 'CompleteLifecycleAction':
        if (HOOKS[state ?? ''] !== call.LifecycleHookName) return noAction(call);
        this.completed.push({ hook: call.LifecycleHookName ?? '', result: call.LifecycleActionResult ?? '' });
        this.lifecycleState = state === 'Pending:Wait' ? 'InService' : 'Terminating:Proceed';
        return '';
      default:
        return { code: 'ValidationError', message: `unknown action ${call.Action}` };
    }
  }

  #takeMetrics(text: string, response: ServerResponse): void {
    if (this.failingMetrics > 0) {
      this.failingMetrics -= 1;
      response.writeHead(500, { 'content-type': 'application/x-amz-json-1.0' });
      response.end('{"__type":"InternalServiceFault"}');
      return;
    }
    const { Namespace: namespace, MetricData } = putMetricDataSchema.parse(JSON.parse(text));
    this.metrics.push(...MetricData.map(datum => ({ ...datum, namespace })));
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end('{}');
  }
}

function invalid(message: string): Exclude<Trouble, 'silence'> {
  return { code: 'ValidationError', message };
}

function noAction(call: AutoScalingCall): Exclude<Trouble, 'silence'> {
  return invalid(`No active Lifecycle Action found with instance ID ${call.InstanceId}`);
}

function send(response: ServerResponse, status: number, xml: string): void {
  response.writeHead(status, { 'content-type': 'text/xml' }).end(xml);
}

const NAMESPACE = 'http://autoscaling.amazonaws.com/doc/2011-01-01/';

function answerTo(action: string, inside: string): string {
  return `<${action}Response xmlns="${NAMESPACE}"><${action}Result>${inside}</${action}Result>
    <ResponseMetadata><RequestId>0</RequestId></ResponseMetadata></${action}Response>`;
}

function errorOf(code: string, message: string): string {
  return `<ErrorResponse xmlns="${NAMESPACE}"><Error><Type>Sender</Type><Code>${code}</Code>
    <Message>${message}</Message></Error><RequestId>0</RequestId></ErrorResponse>`;
}
