import { randomUUID } from 'node:crypto';
import { Resolver } from 'node:dns';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { request } from 'node:https';
import type { AddressInfo, LookupFunction } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CloudflareZone } from '#edge/fleet/naming/cloudflare-zone.ts';
import { TestEdge } from '#media-node/test/test-edge.ts';
import { TestNode } from '#media-node/test/test-node.ts';
import { TestPlayer } from '#media-node/test/test-player.ts';
import { freePort } from '../../supervise/ports.ts';
import { CloudflareDns } from '../cloudflare-dns.ts';
import { openCaddy } from './caddy.ts';
import { DnsServer } from './dns-server.ts';
import { Pebble } from './pebble.ts';

/**
 * From a node without a name to a player on it, with nothing faked but Cloudflare and the root of the internet's names: the edge's adapter makes the
 * record, a name server serves it, an issuer looks there and issues, Debian's Caddy serves the certificate, and then the node joins.
 */

const NODE_ID = 'test-node';
const DOMAIN = 'nodes.test';
const HOSTNAME = `${NODE_ID}.${DOMAIN}`;
const ZONE_ID = '0123456789abcdef0123456789abcdef';
/** A certificate's life, and what of it has to be left: it is due when it is a few seconds old, and good for the whole test. */
const CERTIFICATE_S = 365 * 24 * 3600;
const RENEW_AFTER_S = 3;
const account = { keyId: 'our-account', hmac: Buffer.from(randomUUID()).toString('base64url') };

const stack = new AsyncDisposableStack();
const own = <T extends { close(): unknown }>(part: T): T => {
  stack.defer(async () => void (await part.close()));
  return part;
};
let edge: TestEdge;
let node: TestNode;
let pebble: Pebble;
let limited: { server: Server; asked: number };
let port: number;
let dir: string;
let lookup: LookupFunction;
/** What the fleet looked like when the node asked for its name, and when its certificate was made. */
const joinedBefore: number[] = [];

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'nearcade-acme-test-'));
  stack.defer(async () => rmSync(dir, { recursive: true, force: true }));
  const cloudflare = own(await CloudflareDns.open());
  const dns = own(await DnsServer.open((name, type) => cloudflare.addressesOf(name, type)));
  lookup = lookupBy(dns.address);
  port = await freePort();
  pebble = own(
    await Pebble.open({
      dir: join(dir, 'pebble'),
      dnsServer: dns.address,
      tlsPort: port,
      account,
      certificateSeconds: CERTIFICATE_S,
    }),
  );
  limited = await openLimitedIssuer();
  own({ close: () => new Promise(resolve => limited.server.close(resolve)) });
  const signalPort = await freePort();
  own(
    await openCaddy({
      dir: join(dir, 'caddy'),
      hostname: HOSTNAME,
      upstream: `127.0.0.1:${signalPort}`,
      port,
      acme: {
        acmeDirectory: `http://127.0.0.1:${(limited.server.address() as AddressInfo).port}/directory`,
        acmeEmail: 'operations@example.org',
        acmeFallback: { directory: pebble.directory, externalAccount: account },
      },
      trustedRoots: pebble.serverCertificate,
      renewAt: 1 - RENEW_AFTER_S / CERTIFICATE_S,
    }),
  );
  edge = own(await TestEdge.open());
  const zone = new CloudflareZone({
    api: cloudflare.url,
    token: `token-${ZONE_ID}`,
    zoneId: ZONE_ID,
    domain: DOMAIN,
    platform: 'play.test',
    fetcher: fetch,
  });
  edge.nameNode = async ({ nodeId, address }) => {
    joinedBefore.push(edge.registrations.length, pebble.issued);
    const name = `${nodeId}.${DOMAIN}`;
    const record = { name, type: 'A', content: address } as const;
    await zone.change({ deletes: [], updates: [], creates: [record] }, AbortSignal.timeout(10_000));
    return { hostname: name, ageSeconds: 0 };
  };
  const roots = join(dir, 'roots.pem');
  writeFileSync(roots, pebble.root);
  node = own(
    await TestNode.open({
      edge,
      overrides: {
        nodeId: NODE_ID,
        signal: { host: '127.0.0.1', port: signalPort },
        rtc: { listenIp: '127.0.0.1', announcedAddress: '127.0.0.1' },
        naming: { kind: 'edge', tls: { host: '127.0.0.1', port }, settleSeconds: 0 },
      },
      around: argv => ['env', `NODE_EXTRA_CA_CERTS=${roots}`, ...argv],
    }),
  );
});
afterAll(() => stack.disposeAsync());

/** By that name server alone. */
function lookupBy(server: string): LookupFunction {
  const resolver = new Resolver();
  resolver.setServers([server]);
  return (hostname, options, callback) =>
    resolver.resolve4(hostname, (error, addresses) => {
      if (options.all === true)
        callback(
          error,
          (addresses ?? []).map(address => ({ address, family: 4 })),
        );
      else callback(error, addresses?.[0] ?? '', 4);
    });
}

/** As Let's Encrypt answers who has had too many certificates this week (RFC 8555, 6.7). */
async function openLimitedIssuer() {
  const issuer = { asked: 0, server: undefined as unknown as Server };
  issuer.server = createServer((_, response) => {
    issuer.asked += 1;
    response.writeHead(429, { 'content-type': 'application/problem+json', 'retry-after': '3600' });
    response.end(
      JSON.stringify({ type: 'urn:ietf:params:acme:error:rateLimited', detail: 'too many', status: 429 }),
    );
  });
  await new Promise<void>(resolve => issuer.server.listen(0, '127.0.0.1', resolve));
  return issuer;
}

/** What a TLS client gets that trusts the issuer's root alone. */
function serialNow(): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, servername: HOSTNAME, ca: pebble.root }, () => {
      const { serialNumber } = socket.getPeerCertificate();
      socket.destroy();
      resolve(serialNumber);
    });
    socket.on('error', reject);
  });
}

function ask(
  path: string,
  method = 'GET',
): Promise<{ status: number; headers: Record<string, unknown>; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { hostname: HOSTNAME, port, path, method, ca: pebble.root, lookup, agent: false },
      response => {
        let text = '';
        response.on('data', chunk => (text += String(chunk)));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
        );
      },
    );
    sent.on('error', reject);
    sent.end();
  });
}

it('a node that had no name joins the fleet by one, when it has its record and its certificate', () => {
  expect(joinedBefore.slice(0, 2)).toEqual([0, 0]);
  expect(edge.registrations).toMatchObject([{ nodeId: NODE_ID, signalUrl: `wss://${HOSTNAME}/` }]);
  expect(pebble.issued).toBeGreaterThan(0);
  const said = node.log.map(({ msg }) => msg);
  const order = ['the node has its name', 'the certificate is there', 'registered with the edge'];
  expect(said.filter(msg => order.includes(msg))).toEqual(order);
});

it('the certificate comes from the second issuer while the first one has had enough of us', () => {
  expect(limited.asked).toBeGreaterThan(0);
  const stores = readdirSync(join(dir, 'caddy', 'data', 'certificates'));
  expect(stores).toEqual([expect.stringContaining(new URL(pebble.directory).port)]);
});

it('a player plays over it, and goes on while the certificate is renewed', async () => {
  const ticket = await edge.ticket({ aud: NODE_ID });
  const url = `wss://${HOSTNAME}:${port}/`;
  const player = await TestPlayer.hello(url, ticket, { ca: pebble.root, lookup });
  const welcome = await player.welcome();
  expect(welcome.type).toBe('welcome');
  const before = await serialNow();
  await expect.poll(serialNow).not.toBe(before);
  player.send({ type: 'ping', sentAt: 7 });
  await player.waitFor(
    (message): message is Extract<typeof message, { type: 'pong' }> =>
      message.type === 'pong' && message.sentAt === 7,
  );
  expect(player.closed).toBeUndefined();
  player.vanish();
});

it('browsers are told to use nothing but TLS, and what is behind it is the node', async () => {
  const answer = await ask(`/whep/${randomUUID()}`, 'POST');
  expect(answer.status).toBeGreaterThanOrEqual(400);
  expect(JSON.parse(answer.text)).toMatchObject({ code: expect.any(String) });
  expect(answer.headers).toMatchObject({ 'strict-transport-security': 'max-age=31536000' });
  expect(answer.headers).not.toHaveProperty('server');
});

it('by any other name there is no certificate', async () => {
  const other = new Promise((resolve, reject) => {
    const about = { host: '127.0.0.1', port, servername: `other.${DOMAIN}`, ca: pebble.root };
    const socket = connect(about, () => resolve(undefined));
    socket.on('error', reject);
  });
  await expect(other).rejects.toThrow();
});
