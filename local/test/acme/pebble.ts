import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { freePort } from '../../supervise/ports.ts';
import { Program } from './program.ts';

export interface PebbleOptions {
  /** A folder of its own. */
  dir: string;
  /** host:port of the name server by which it finds who asks. */
  dnsServer: string;
  /** The port that TLS-ALPN-01 is answered at, instead of 443. */
  tlsPort: number;
  /** Only who has these may have an account (RFC 8555, 7.3.4). The key is base64url. */
  account: { keyId: string; hmac: string };
  certificateSeconds: number;
}

/** Let's Encrypt's server for tests (RFC 8555), Debian's package: an issuer that really looks whether the name is the asker's. */
export class Pebble {
  readonly directory: string;
  /** What its own address is to be trusted by, as a file. */
  readonly serverCertificate: string;
  /** What its certificates lead to, as PEM. */
  readonly root: string;
  readonly #program: Program;

  private constructor(program: Program, directory: string, serverCertificate: string, root: string) {
    this.#program = program;
    this.directory = directory;
    this.serverCertificate = serverCertificate;
    this.root = root;
  }

  static async open(options: PebbleOptions): Promise<Pebble> {
    const { dir, dnsServer, tlsPort, account } = options;
    mkdirSync(dir, { recursive: true });
    const [certificate, privateKey] = [join(dir, 'server.crt'), join(dir, 'server.key')];
    const about = ['-days', '2', '-subj', '/CN=pebble', '-addext', 'subjectAltName=IP:127.0.0.1'];
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    execFileSync('openssl', ['req', '-x509', ...kind, '-keyout', privateKey, '-out', certificate, ...about], {
      stdio: 'ignore',
    });
    const [port, managementPort] = [await freePort(), await freePort()];
    const config = join(dir, 'pebble.json');
    const pebble = {
      listenAddress: `127.0.0.1:${port}`,
      managementListenAddress: `127.0.0.1:${managementPort}`,
      certificate,
      privateKey,
      // Nobody is there: a challenge by plain HTTP would fail.
      httpPort: await freePort(),
      tlsPort,
      externalAccountBindingRequired: true,
      externalAccountMACKeys: { [account.keyId]: account.hmac },
      certificateValidityPeriod: options.certificateSeconds,
    };
    writeFileSync(config, JSON.stringify({ pebble }));
    const program = new Program(['pebble', '-config', config, '-dnsserver', dnsServer, '-strict'], {
      // Else it waits at random before it looks.
      PEBBLE_VA_NOSLEEP: '1',
    });
    await program.says('ACME directory available');
    await program.says('Management interface listening');
    const ca = readFileSync(certificate, 'utf8');
    const root = await read(`https://127.0.0.1:${managementPort}/roots/0`, ca);
    return new Pebble(program, `https://127.0.0.1:${port}/dir`, certificate, root);
  }

  /** Certificates that it has issued. */
  get issued(): number {
    return this.#program.lines.filter(line => line.includes('Issued certificate serial')).length;
  }

  close(): Promise<void> {
    return this.#program.close();
  }
}

function read(url: string, ca: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { ca }, response => {
      let text = '';
      response.on('data', chunk => (text += String(chunk)));
      response.on('end', () => resolve(text));
    });
    sent.on('error', reject);
    sent.end();
  });
}
