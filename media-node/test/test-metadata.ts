import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

const TTL_HEADER = 'x-aws-ec2-metadata-token-ttl-seconds';
const TOKEN_HEADER = 'x-aws-ec2-metadata-token';

/** What the stand-in's instance is, unless a test says otherwise: paths below `/latest/meta-data/`. */
export const INSTANCE_ID = 'i-0123456789abcdef0';
const INSTANCE = {
  'instance-id': INSTANCE_ID,
  'placement/region': 'eu-central-1',
  'public-ipv4': '203.0.113.7',
  'autoscaling/target-lifecycle-state': 'InService',
};

/** EC2's instance metadata service, version 2 alone, on loopback: an instance whose answers a test sets. */
export class TestMetadata {
  readonly #http: Server;
  /** Answers by path below `/latest/meta-data/`; others are 404. */
  readonly values = new Map<string, string>(Object.entries(INSTANCE));
  /** Tokens that were given, with the seconds that they were asked for. */
  readonly tokens = new Map<string, number>();
  /** Method and path of each request, in order. */
  readonly requests: string[] = [];
  /** While set, every request is answered with this status. */
  failsWith: number | undefined;
  /** While true no request is answered. */
  isSilent = false;

  private constructor() {
    this.#http = createServer((request, response) => {
      const { method = '', url = '', headers } = request;
      this.requests.push(`${method} ${url}`);
      if (this.isSilent) return;
      const [status, text] = this.#answer(method, url, headers[TOKEN_HEADER], headers[TTL_HEADER]);
      response.writeHead(status, { 'content-type': 'text/plain' }).end(text);
    });
  }

  static async open(): Promise<TestMetadata> {
    const metadata = new TestMetadata();
    await new Promise<void>(resolve => metadata.#http.listen(0, '127.0.0.1', resolve));
    return metadata;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#http.closeAllConnections();
    await new Promise(resolve => this.#http.close(resolve));
  }

  #answer(method: string, url: string, token: unknown, ttl: unknown): [status: number, text: string] {
    if (this.failsWith !== undefined) return [this.failsWith, 'no'];
    if (method === 'PUT' && url === '/latest/api/token') {
      const seconds = Number(ttl);
      if (!(seconds >= 1 && seconds <= 21_600)) return [400, 'Bad Request'];
      const fresh = Buffer.from(randomUUID()).toString('base64');
      this.tokens.set(fresh, seconds);
      return [200, fresh];
    }
    if (typeof token !== 'string' || !this.tokens.has(token)) return [401, 'Unauthorized'];
    const path = url.replace(/^\/latest\/meta-data\//, '');
    const value = this.values.get(path);
    return value === undefined ? [404, 'Not Found'] : [200, value];
  }
}
