import { randomUUID } from 'node:crypto';
import { Resolver } from 'node:dns';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { request } from 'node:https';
import type { LookupFunction } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { TestPlayer } from '#media-node/test/test-player.ts';
import { ApiClient } from '../../../e2e/support/api.ts';
import { NEARCADE_DIR } from '../../paths.ts';
import { type Platform, startPlatform } from '../../platform.ts';
import { LOCAL_NODE_ID } from '../../services/media-node.ts';
import { freePort } from '../../supervise/ports.ts';
import { CloudflareDns } from '../cloudflare-dns.ts';
import { openCaddy } from './caddy.ts';
import { DnsServer } from './dns-server.ts';
import { LimitedIssuer } from './limited-issuer.ts';
import { Pebble } from './pebble.ts';

/**
 * From a node without a name to a player on it, with a stand-in for Cloudflare alone: the edge makes the record, a name server serves
 * it, an issuer looks there and issues, Debian's Caddy serves the certificate, and then the node joins.
 */

const PLATFORM = 'acme';
const DOMAIN = 'nodes.test';
const HOSTNAME = `${LOCAL_NODE_ID}.${DOMAIN}`;
const ZONE_ID = '0123456789abcdef0123456789abcdef';
/** A certificate's life, and how old it is when it is due: at once, and good for the whole test. */
const CERTIFICATE_S = 365 * 24 * 3600;
const RENEW_AFTER_S = 3;
const account = { keyId: 'our-account', hmac: Buffer.from(randomUUID()).toString('base64url') };

const stack = new AsyncDisposableStack();
const own = <T extends { close(): Promise<void> }>(part: T): T => {
  stack.defer(() => part.close());
  return part;
};
let cloudflare: CloudflareDns;
let pebble: Pebble;
let limited: LimitedIssuer;
let platform: Platform;
let port: number;
let dir: string;
let lookup: LookupFunction;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'nearcade-acme-test-'));
  stack.defer(async () => rmSync(dir, { recursive: true, force: true }));
  // What it says is counted: not of an earlier run, whose logs a platform keeps.
  rmSync(join(NEARCADE_DIR, 'run', PLATFORM, 'logs'), { recursive: true, force: true });
  cloudflare = own(await CloudflareDns.open());
  const dns = own(await DnsServer.open((name, type) => cloudflare.addressesOf(name, type)));
  lookup = lookupBy(dns.address);
  port = await freePort();
  const signalPort = await freePort();
  pebble = own(
    await Pebble.open({
      dir: join(dir, 'pebble'),
      dnsServer: dns.address,
      tlsPort: port,
      account,
      certificateSeconds: CERTIFICATE_S,
    }),
  );
  limited = own(await LimitedIssuer.open());
  own(
    await openCaddy({
      dir: join(dir, 'caddy'),
      hostname: HOSTNAME,
      upstream: `127.0.0.1:${signalPort}`,
      port,
      acme: {
        acmeDirectory: limited.directory,
        acmeEmail: 'operations@example.org',
        acmeFallback: { directory: pebble.directory, externalAccount: true },
      },
      account,
      trustedRoots: pebble.serverCertificate,
      renewAt: 1 - RENEW_AFTER_S / CERTIFICATE_S,
    }),
  );
  // The node trusts it beside the roots of the internet.
  const roots = join(dir, 'roots.pem');
  writeFileSync(roots, pebble.root);
  vi.stubEnv('NODE_EXTRA_CA_CERTS', roots);
  platform = own(
    await startPlatform({
      name: PLATFORM,
      slots: 1,
      drainSeconds: 0,
      ports: { signal: signalPort },
      workerSettings: {
        DNS_API_URL: cloudflare.url,
        DNS_API_TOKEN: `token-${ZONE_ID}`,
        DNS_ZONE_ID: ZONE_ID,
        NODE_DOMAIN: DOMAIN,
      },
      nodeConfig: {
        signal: { host: '127.0.0.1', port: signalPort },
        rtc: { listenIp: '127.0.0.1', announcedAddress: '127.0.0.1' },
        naming: { kind: 'edge', tls: { port }, settleSeconds: 0 },
      },
    }),
  );
});
afterAll(async () => {
  await stack.disposeAsync();
  vi.unstubAllEnvs();
});

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

/** What a TLS client gets that trusts the issuer's root alone. */
function serialNow(servername = HOSTNAME): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, servername, ca: pebble.root }, () => {
      const { serialNumber } = socket.getPeerCertificate();
      socket.destroy();
      resolve(serialNumber);
    });
    socket.on('error', reject);
  });
}

interface Answer {
  status: number | undefined;
  headers: IncomingHttpHeaders;
  text: string;
}

function post(path: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const about = { hostname: HOSTNAME, port, path, method: 'POST', ca: pebble.root, lookup, agent: false };
    const sent = request(about, response => {
      let text = '';
      response.on('data', chunk => {
        text += String(chunk);
      });
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, text }));
    });
    sent.on('error', reject);
    sent.end();
  });
}

it('a node joins the fleet by its name, when that has its record and its certificate', async () => {
  expect(cloudflare.addressesOf(HOSTNAME, 'A')).toEqual(['127.0.0.1']);
  expect(pebble.issued).toBeGreaterThan(0);
  const steps = /the node has its name|the certificate is there|registered with the edge/g;
  const said = () => readFileSync(join(platform.paths.logs, 'media-node.log'), 'utf8').match(steps);
  await expect
    .poll(said)
    .toEqual(['the node has its name', 'the certificate is there', 'registered with the edge']);
});

it('the certificate comes from the second issuer while the first one has had enough of us', () => {
  expect(limited.asked).toBeGreaterThan(0);
  const stores = readdirSync(join(dir, 'caddy', 'data', 'certificates'));
  expect(stores).toEqual([expect.stringContaining(new URL(pebble.directory).port)]);
});

it('a player is sent there, and goes on while the certificate is renewed', async () => {
  const ada = await ApiClient.register(platform.baseUrl, 'Ada');
  const { ticket, signalUrl } = await ada.createSession('probe');
  expect(signalUrl).toBe(`wss://${HOSTNAME}/`);
  const url = new URL(signalUrl);
  url.port = String(port);
  const player = await TestPlayer.hello(url.href, ticket, { ca: pebble.root, lookup });
  expect(await player.welcome()).toMatchObject({ type: 'welcome' });
  const before = await serialNow();
  await expect.poll(() => serialNow()).not.toBe(before);
  player.send({ type: 'ping', sentAt: 7 });
  await player.waitFor((message): message is Extract<typeof message, { type: 'pong' }> => {
    return message.type === 'pong' && message.sentAt === 7;
  });
  expect(player.closed).toBeUndefined();
  player.send({ type: 'quit' });
  await player.waitForClose();
});

it('browsers are told to use nothing but TLS, and what is behind it is the node', async () => {
  const answer = await post(`/whep/${randomUUID()}`);
  expect(answer.status).toBe(401);
  expect(JSON.parse(answer.text)).toMatchObject({ code: 'unauthenticated' });
  expect(answer.headers).toMatchObject({ 'strict-transport-security': 'max-age=31536000' });
  expect(answer.headers).not.toHaveProperty('server');
});

it('by any other name there is no certificate', async () => {
  await expect(serialNow(`other.${DOMAIN}`)).rejects.toThrow();
});

it('the record goes with the node', async () => {
  await platform.stopNode();
  await expect.poll(() => cloudflare.addressesOf(HOSTNAME, 'A')).toEqual([]);
});
