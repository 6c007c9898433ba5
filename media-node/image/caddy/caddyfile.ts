import type { AcmeSettings } from './acme-settings.ts';
import type { ExternalAccount } from './external-account.ts';

/** Let's Encrypt's for certificates that browsers trust, not its staging. */
const LETS_ENCRYPT = 'https://acme-v02.api.letsencrypt.org/directory';

/**
 * Orders that handshakes may begin in an hour: Let's Encrypt locks a name for an hour after five failed validations
 * (letsencrypt.org/docs/rate-limits), and a node that has its certificate needs none.
 */
const ORDERS_PER_HOUR = 5;

/** Seconds for a handshake and a request's head: a handshake waits for the first certificate, which takes an issuer up to half a minute. */
const READ_HEADER_S = 30;

/** Seconds in which browsers use nothing but TLS for this name, after each answer: a year, RFC 6797. */
const HSTS_S = 31_536_000;

export interface CaddyfileOptions {
  /** The node's public name: the only one that a certificate is asked for. */
  hostname: string;
  /** Where the node's own WebSocket and WHEP server listens, e.g. `127.0.0.1:8443`. */
  upstream: string;
  acme: AcmeSettings;
  /** At the issuer that wants one. */
  account?: ExternalAccount | undefined;
  /** For tests: another port, data folder and issuer's root. */
  port?: number;
  dataDir?: string;
  trustedRoots?: string;
}

/**
 * The configuration of the Caddy (2.6 or newer) in front of a node: TLS by a certificate that it gets itself, everything else is the node's.
 *
 * - The certificate is asked for in the first handshake that names the node, which is the node's own, after the edge has made its record:
 *   an order before that would fail, and failures are counted by the issuer. Later ones renew it in the last third of its life.
 * - TLS-ALPN-01 (RFC 8737) alone: port 80 stays closed.
 * - No admin interface, so no reload: in 2.6 it cuts every WebSocket (caddyserver/caddy#5471). What changes is a new node.
 * - `X-Forwarded-For` of clients is replaced by Caddy with the address that they have.
 */
export function caddyfile(options: CaddyfileOptions): string {
  const { hostname, upstream, port = 443, dataDir = '/var/lib/caddy' } = options;
  return `# Made by the node's set-up: media-node/image/caddy/caddyfile.ts
{
	admin off
	auto_https disable_redirects
	storage file_system ${quote(dataDir)}
	https_port ${port}
	on_demand_tls {
		interval 1h
		burst ${ORDERS_PER_HOUR}
	}
	servers {
		protocols h1 h2
		timeouts {
			read_header ${READ_HEADER_S}s
			idle 2m
		}
		max_header_size 32KB
	}
}

${hostname} {
	tls {
		on_demand
${issuers(options).map(indent).join('\n')}
	}
	header Strict-Transport-Security "max-age=${HSTS_S}"
	header -Server
	reverse_proxy ${upstream} {
		transport http {
			dial_timeout 5s
			versions 1.1
		}
	}
}
`;
}

function issuers({ acme, account, trustedRoots }: CaddyfileOptions): string[][] {
  const { acmeDirectory, acmeEmail, acmeExternalAccount, acmeFallback } = acme;
  const common = [
    ...(acmeEmail === undefined ? [] : [`email ${quote(acmeEmail)}`]),
    ...(trustedRoots === undefined ? [] : [`trusted_roots ${quote(trustedRoots)}`]),
    'disable_http_challenge',
  ];
  const issuer = (directory: string, wants: boolean) =>
    block('issuer acme', [
      `dir ${directory}`,
      ...(wants && account !== undefined ? [`eab ${account.keyId} ${account.hmac}`] : []),
      ...common,
    ]);
  const first = issuer(acmeDirectory, acmeExternalAccount === true);
  if (acmeFallback) return [first, issuer(acmeFallback.directory, acmeFallback.externalAccount)];
  if (acmeDirectory !== LETS_ENCRYPT || acmeEmail === undefined) return [first];
  return [first, block('issuer zerossl', common)];
}

const block = (head: string, lines: readonly string[]) => [
  `${head} {`,
  ...lines.map(line => `\t${line}`),
  '}',
];

const indent = (lines: readonly string[]) => lines.map(line => `\t\t${line}`).join('\n');

/** A Caddyfile's string: between double quotes, with those and backslashes escaped. */
const quote = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`;
