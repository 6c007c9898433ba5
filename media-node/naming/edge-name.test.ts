import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { NearcadeError, toProblem } from '#shared/errors.ts';
import { createLog } from '../log.ts';
import { EdgeName } from './edge-name.ts';

const HOSTNAME = 'eu-1.nodes.test';
const never = new AbortController().signal;
const request = { nodeId: 'eu-1', bootId: randomUUID(), address: '127.0.0.1' };

/** Certificates by openssl, each its own root. */
interface Pem {
  key: string;
  cert: string;
}
let dir: string;
let good: Pem;
let otherName: Pem;
let unknown: Pem;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'nearcade-names-test-'));
  const make = (name: string, hostname: string): Pem => {
    const [key, cert] = [join(dir, `${name}.key`), join(dir, `${name}.crt`)];
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    const about = ['-subj', '/CN=test', '-addext', `subjectAltName=DNS:${hostname}`, '-days', '2'];
    execFileSync('openssl', ['req', '-x509', ...kind, '-keyout', key, '-out', cert, ...about], {
      stdio: 'ignore',
    });
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  };
  good = make('good', HOSTNAME);
  otherName = make('other', 'eu-2.nodes.test');
  unknown = make('unknown', HOSTNAME);
});
afterAll(() => rmSync(dir, { recursive: true }));

/** What the edge answers, in turn; the last one stays. */
type Turn = { hostname: string; ageSeconds: number } | NearcadeError;
let asked: Array<{ body: object; authorization: string | undefined; family: string | undefined }>;
let turns: Turn[];
let edge: Server;
/** In front of the node: what each connection meets, in turn; the last one stays. */
let doors: Array<TlsOptions | undefined>;
let met: number;
let front: Server;
const inFront = new Set<Server>();

beforeEach(async () => {
  [asked, turns, doors, met] = [[], [{ hostname: HOSTNAME, ageSeconds: 3600 }], [good], 0];
  edge = createHttpServer(async (incoming, response) => {
    asked.push({
      body: JSON.parse(await text(incoming)) as object,
      authorization: incoming.headers.authorization,
      family: incoming.socket.remoteFamily,
    });
    const turn = (turns.length > 1 ? turns.shift() : turns[0]) as Turn;
    const isWrong = turn instanceof NearcadeError;
    response.writeHead(isWrong ? turn.status : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(isWrong ? toProblem(turn) : turn));
  });
  front = createServer(socket => {
    const door = doors[Math.min(met, doors.length - 1)];
    met += 1;
    if (door === undefined) return socket.destroy();
    const tls = createTlsServer(door);
    tls.on('tlsClientError', () => undefined);
    inFront.add(tls);
    return tls.emit('connection', socket);
  });
  for (const server of [edge, front]) {
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  }
});
afterEach(async () => {
  for (const server of [edge, front]) await new Promise(resolve => server.close(resolve));
  for (const tls of inFront) tls.close();
});

async function text(incoming: IncomingMessage): Promise<string> {
  let all = '';
  for await (const chunk of incoming) all += String(chunk);
  return all;
}

const portOf = (server: Server) => (server.address() as AddressInfo).port;
const newName = (more: { fallback?: string; edgePort?: number; settleSeconds?: number } = {}) =>
  new EdgeName({
    edgeUrl: `http://127.0.0.1:${more.edgePort ?? portOf(edge)}/`,
    request,
    tls: { host: '127.0.0.1', port: portOf(front), ca: good.cert + otherName.cert },
    settleSeconds: more.settleSeconds ?? 0,
    fallback: more.fallback,
    log: createLog('silent', {}),
    retryMs: () => 1,
  });

it('is what the edge says, when TLS is answered by it', async () => {
  const name = newName();
  expect(() => name.signalUrl).toThrow(expect.objectContaining({ code: 'unavailable' }));
  expect(await name.settle('the key', never)).toBe(`wss://${HOSTNAME}/`);
  expect(name.signalUrl).toBe(`wss://${HOSTNAME}/`);
  expect(asked).toEqual([{ body: request, authorization: 'Bearer the key', family: 'IPv4' }]);
});

it('is not used before a browser would be content with its certificate, and is kept by asking again', async () => {
  doors = [undefined, otherName, unknown, good];
  expect(await newName().settle('the key', never)).toBe(`wss://${HOSTNAME}/`);
  expect(met).toBe(4);
  expect(asked).toHaveLength(4);
});

it('lets a new record reach the world first', async () => {
  turns = [{ hostname: HOSTNAME, ageSeconds: 0 }];
  const stop = new AbortController();
  const settling = newName({ settleSeconds: 300 }).settle('the key', stop.signal);
  const settled = settling.catch((error: Error) => error.name);
  await expect.poll(() => asked.length).toBe(1);
  expect(met).toBe(0);
  stop.abort();
  expect(await settled).toBe('AbortError');
  expect(met).toBe(0);
});

it('gives way to the configured address only where the edge gives no names', async () => {
  const fallback = 'wss://node-1.example.org/';
  turns = [new NearcadeError('naming_off')];
  const name = newName({ fallback });
  expect(await name.settle('the key', never)).toBe(fallback);
  expect(name.signalUrl).toBe(fallback);
  await expect(newName().settle('the key', never)).rejects.toMatchObject({ code: 'naming_off' });
  for (const code of ['dns_failed', 'node_name_held', 'node_address_wrong', 'node_unknown'] as const) {
    turns = [new NearcadeError(code)];
    await expect(newName({ fallback }).settle('the key', never)).rejects.toMatchObject({ code });
  }
});

it('is refused with a code when the edge is away or talks nonsense', async () => {
  turns = [{ hostname: 'not a name', ageSeconds: 0 }];
  await expect(newName().settle('the key', never)).rejects.toMatchObject({ code: 'unavailable' });
  const gone = createServer();
  await new Promise<void>(resolve => gone.listen(0, '127.0.0.1', resolve));
  const edgePort = portOf(gone);
  await new Promise(resolve => gone.close(resolve));
  await expect(newName({ edgePort }).settle('the key', never)).rejects.toMatchObject({ code: 'unavailable' });
});

it('stops waiting when the node stops', async () => {
  // Takes the connection and says nothing, as a Caddy does whose issuer does not answer.
  const silent = createServer();
  await new Promise<void>(resolve => silent.listen(0, '127.0.0.1', resolve));
  const stop = new AbortController();
  const waiting = new Promise<void>(resolve => silent.once('connection', () => resolve()));
  const name = new EdgeName({
    edgeUrl: `http://127.0.0.1:${portOf(edge)}`,
    request,
    tls: { host: '127.0.0.1', port: portOf(silent) },
    settleSeconds: 0,
    fallback: undefined,
    log: createLog('silent', {}),
  });
  const settling = name.settle('the key', stop.signal).catch((error: Error) => error.name);
  await waiting;
  stop.abort();
  expect(await settling).toBe('AbortError');
  await new Promise(resolve => silent.close(resolve));
});
