import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import { INSTANCE_ID, TestMetadata } from '../test/test-metadata.ts';

const GROUP = '/nearcade/staging/eu-central-1';
const STREAM = `eu-central-1-${INSTANCE_ID.slice(2)}`;

/** What a machine in the cloud is told of itself, as far as it matters here. */
const BOOT = {
  environment: 'staging',
  region: 'eu-central-1',
  edgeUrl: 'https://staging.example.org',
  domain: 'nodes.staging.example.org',
  acmeDirectory: 'https://acme.example.org/directory',
  secrets: { region: 'eu-central-1', prefix: 'nearcade/staging/node/' },
  slots: 2,
  drainSeconds: 60,
  release: { url: 'https://releases.example.org/release.tar.gz', sha256: 'a'.repeat(64) },
};

/** Makes journals of entries in journalctl's export format, as journald writes them (Debian's systemd-journal-remote). */
const JOURNAL_REMOTE = '/lib/systemd/systemd-journal-remote';

const putSchema = z.object({
  logGroupName: z.string(),
  logStreamName: z.string(),
  logEvents: z.array(z.object({ timestamp: z.number(), message: z.string() })),
});

/** CloudWatch Logs' JSON protocol, as far as it is used; the SDK in front of it is the real one. */
const taken: z.infer<typeof putSchema>[] = [];
const targets: string[] = [];
let streams = new Set<string>();
let trouble: { status: number; type: string } | undefined;
const server = createServer((request, response) => {
  let body = '';
  request.on('data', chunk => {
    body += chunk;
  });
  request.on('end', () => answer(String(request.headers['x-amz-target']), body, response));
});

function answer(target: string, body: string, response: ServerResponse): void {
  targets.push(target);
  const say = (status: number, json: object) =>
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(json));
  if (trouble !== undefined) return void say(trouble.status, { __type: trouble.type, message: 'no' });
  if (target === 'Logs_20140328.CreateLogStream') {
    const { logStreamName } = z.object({ logStreamName: z.string() }).parse(JSON.parse(body));
    if (streams.has(logStreamName)) return void say(400, { __type: 'ResourceAlreadyExistsException' });
    streams.add(logStreamName);
    return void say(200, {});
  }
  const put = putSchema.parse(JSON.parse(body));
  if (!streams.has(put.logStreamName)) return void say(400, { __type: 'ResourceNotFoundException' });
  taken.push(put);
  say(200, {});
}

let dir: string;
let metadata: TestMetadata;
let running: ChildProcess[] = [];
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  metadata = await TestMetadata.open();
});
afterAll(async () => {
  await metadata.close();
  server.close();
  server.closeAllConnections();
});
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'nearcade-logs-'));
  mkdirSync(join(dir, 'journal'));
  taken.length = 0;
  targets.length = 0;
  streams = new Set();
  trouble = undefined;
});
afterEach(async () => {
  for (const child of running) await stop(child);
  running = [];
  rmSync(dir, { recursive: true });
});

let monotonic = 1000;
function write(...messages: string[]): void {
  const entries = messages.map(message => {
    const fields = {
      __REALTIME_TIMESTAMP: Date.now() * 1000,
      __MONOTONIC_TIMESTAMP: monotonic++,
      _BOOT_ID: '0123456789abcdef0123456789abcdef',
      _SYSTEMD_UNIT: 'nearcade-node.service',
      PRIORITY: 6,
      MESSAGE: message,
    };
    return Object.entries(fields)
      .map(([name, value]) => `${name}=${value}\n`)
      .join('');
  });
  const made = spawnSync(JOURNAL_REMOTE, [`--output=${join(dir, 'journal', 'system.journal')}`, '-'], {
    input: `${entries.join('\n')}\n`,
    encoding: 'utf8',
  });
  if (made.status !== 0) throw new Error(made.stderr);
}

function run(boot: object): ChildProcess {
  const { port } = server.address() as AddressInfo;
  const file = join(dir, 'boot.json');
  writeFileSync(file, JSON.stringify(boot));
  const args = ['--boot', file, '--journal', join(dir, 'journal')];
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args], {
    env: {
      ...process.env,
      STATE_DIRECTORY: dir,
      AWS_EC2_METADATA_SERVICE_ENDPOINT: metadata.url,
      AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: `http://127.0.0.1:${port}`,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    },
    stdio: 'inherit',
  });
  running.push(child);
  return child;
}

const start = () => run({ ...BOOT, logGroup: GROUP });

async function stop(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill();
    await once(child, 'exit');
  }
  return child.exitCode;
}

const messages = () => taken.flatMap(({ logEvents }) => logEvents.map(({ message }) => message));

it('puts up what is in the journal and what comes, into a stream that it makes', async () => {
  write('{"msg":"one"}', '{"msg":"two"}');
  start();
  await expect.poll(messages).toEqual(['{"msg":"one"}', '{"msg":"two"}']);
  write('{"msg":"three"}');
  await expect.poll(messages).toEqual(['{"msg":"one"}', '{"msg":"two"}', '{"msg":"three"}']);
  expect(taken[0]).toMatchObject({ logGroupName: GROUP, logStreamName: STREAM });
});

it('goes on where it was, after an end and a start', async () => {
  write('{"msg":"before"}');
  const first = start();
  await expect.poll(messages).toEqual(['{"msg":"before"}']);
  expect(await stop(first)).toBe(0);
  write('{"msg":"meanwhile"}');
  start();
  await expect.poll(messages).toEqual(['{"msg":"before"}', '{"msg":"meanwhile"}']);
});

it('puts up the last lines when it is told to end', async () => {
  write('{"msg":"first"}');
  const child = start();
  await expect.poll(messages).toEqual(['{"msg":"first"}']);
  write('{"msg":"last"}');
  expect(await stop(child)).toBe(0);
  expect(messages()).toEqual(['{"msg":"first"}', '{"msg":"last"}']);
});

it.each([
  { status: 500, type: 'InternalServerException' },
  { status: 400, type: 'AccessDeniedException' },
])('loses nothing while the service answers $type', async answer => {
  trouble = answer;
  write('{"msg":"kept"}');
  start();
  await expect.poll(() => targets.length).toBeGreaterThan(1);
  expect(() => readFileSync(join(dir, 'cursor'))).toThrow();
  trouble = undefined;
  await expect.poll(messages).toEqual(['{"msg":"kept"}']);
});

it('ends well where boot.json names no group, and with a code where it is wrong', async () => {
  const [code] = await once(run(BOOT), 'exit');
  expect(code).toBe(0);
  const wrong = run({ ...BOOT, logGroup: '' });
  expect(await once(wrong, 'exit')).toEqual([1, null]);
  expect(targets).toEqual([]);
});
