import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { until } from '../test/stage.ts';
import { LogGroup } from './log-group.ts';
import { shipLogs } from './log-shipper.ts';

/** The real SDK against a stand-in of CloudWatch Logs (JSON 1.1). */

const bodySchema = z.looseObject({
  logGroupName: z.string(),
  logStreamName: z.string(),
  logEvents: z.array(z.strictObject({ timestamp: z.number(), message: z.string() })).default([]),
});

let server: Server;
/** Requests in order: what was asked, of which stream, with which events. */
let calls: Array<{ action: string; stream: string; events: Array<{ timestamp: number; message: string }> }>;
/** What is answered instead; by action. */
let trouble: Map<string, string>;
let group: LogGroup;
let kept: string[];
let said: string[];
let stop: AbortController;

beforeEach(async () => {
  calls = [];
  kept = [];
  said = [];
  trouble = new Map();
  stop = new AbortController();
  server = createServer(async (request, response) => {
    const action = String(request.headers['x-amz-target']).replace(/^Logs_20140328\./, '');
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = bodySchema.parse(JSON.parse(Buffer.concat(chunks).toString()));
    expect(body.logGroupName).toBe('/nearcade/test/eu-central-1');
    const wrong = trouble.get(action);
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    if (wrong !== undefined) response.writeHead(400).end(JSON.stringify({ __type: wrong, message: 'no' }));
    else response.end('{}');
    calls.push({
      action: wrong === undefined ? action : `${action}: ${wrong}`,
      stream: body.logStreamName,
      events: body.logEvents,
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  vi.stubEnv(
    'AWS_ENDPOINT_URL_CLOUDWATCH_LOGS',
    `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  );
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  group = new LogGroup({ region: 'eu-central-1', name: '/nearcade/test/eu-central-1' });
});
afterEach(async () => {
  stop.abort();
  group.close();
  vi.unstubAllEnvs();
  server.closeAllConnections();
  await new Promise(resolve => server.close(resolve));
});

function line(cursor: string, at: number, text: unknown, unit = 'nearcade-node.service'): string {
  return JSON.stringify({
    __CURSOR: cursor,
    __REALTIME_TIMESTAMP: String(at * 1000),
    _SYSTEMD_UNIT: unit,
    MESSAGE: text,
  });
}

/** Ships what a journal has, which then stays quiet or ends. */
function ship(lines: readonly string[], { staysOpen = false } = {}): Promise<void> {
  async function* journal() {
    yield* lines;
    if (staysOpen) await new Promise(() => {});
  }
  return shipLogs(journal(), {
    put: (stream, events) => group.put(stream, events),
    instance: 'i-1',
    keep: async cursor => void kept.push(cursor),
    say: message => said.push(message),
    signal: stop.signal,
    gatherMs: 20,
    retryFirstMs: 5,
  });
}

const written = () => calls.filter(({ action }) => action === 'PutLogEvents');

it('writes each unit into a stream of its own, by time, and keeps the place behind the last line', async () => {
  await ship([
    line('c1', 1001, '{"msg":"ready"}'),
    line('c2', 1000, 'earlier'),
    line('c3', 1002, 'handshake', 'caddy.service'),
    line('c4', 1003, [0xe2, 0x82, 0xac, 0xff]),
    line('c5', 1004, null),
    '-- a line that is no entry',
  ]);
  expect(written()).toEqual([
    {
      action: 'PutLogEvents',
      stream: 'i-1/nearcade-node',
      events: [
        { timestamp: 1000, message: 'earlier' },
        { timestamp: 1001, message: '{"msg":"ready"}' },
        { timestamp: 1003, message: '€\ufffd' },
      ],
    },
    { action: 'PutLogEvents', stream: 'i-1/caddy', events: [{ timestamp: 1002, message: 'handshake' }] },
  ]);
  expect(calls.filter(({ action }) => action === 'CreateLogStream').map(({ stream }) => stream)).toEqual([
    'i-1/nearcade-node',
    'i-1/caddy',
  ]);
  expect(kept).toEqual(['c5']);
});

it('goes on in a stream that is there already', async () => {
  trouble.set('CreateLogStream', 'ResourceAlreadyExistsException');
  await ship([line('c1', 1, 'again')]);
  expect(written()).toHaveLength(1);
  expect(kept).toEqual(['c1']);
});

it('keeps within what one request takes', async () => {
  const long = 'x'.repeat(300 * 1024);
  await ship(Array.from({ length: 6 }, (_, index) => line(`c${index}`, index, long)));
  const sizes = written().map(({ events }) =>
    events.reduce((sum, { message }) => sum + message.length + 26, 0),
  );
  expect(sizes).toHaveLength(2);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(1_048_576);
  expect(written().flatMap(({ events }) => events)).toHaveLength(6);
});

it('tries again until it is written, says so once, and keeps no place before', async () => {
  trouble.set('CreateLogStream', 'ResourceNotFoundException');
  const shipping = ship([line('c1', 1, 'kept')]);
  await until(() => calls.length >= 3);
  expect(kept).toEqual([]);
  trouble.clear();
  await shipping;
  expect(written().flatMap(({ events }) => events)).toEqual([{ timestamp: 1, message: 'kept' }]);
  expect(kept).toEqual(['c1']);
  expect(said).toEqual([expect.stringContaining('wait in the journal'), 'logs are written again']);
});

it('ends when it is stopped while it cannot write', async () => {
  trouble.set('PutLogEvents', 'AccessDeniedException');
  const shipping = ship([line('c1', 1, 'never')], { staysOpen: true });
  await until(() => calls.length >= 3);
  stop.abort();
  await shipping;
  expect(kept).toEqual([]);
});

it('ends when it is stopped while the journal is quiet', async () => {
  const shipping = ship([line('c1', 1, 'all')], { staysOpen: true });
  await until(() => kept.length === 1);
  stop.abort();
  await shipping;
});
