import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An issuer that answers as Let's Encrypt does to who has had too many certificates this week (RFC 8555, 6.6). */
export class LimitedIssuer {
  readonly #http: Server;
  asked = 0;

  private constructor() {
    this.#http = createServer((_, response) => {
      this.asked += 1;
      const problem = { type: 'urn:ietf:params:acme:error:rateLimited', detail: 'too many', status: 429 };
      response.writeHead(429, { 'content-type': 'application/problem+json', 'retry-after': '3600' });
      response.end(JSON.stringify(problem));
    });
  }

  static async open(): Promise<LimitedIssuer> {
    const issuer = new LimitedIssuer();
    await new Promise<void>(resolve => issuer.#http.listen(0, '127.0.0.1', resolve));
    return issuer;
  }

  get directory(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}/directory`;
  }

  async close(): Promise<void> {
    this.#http.closeAllConnections();
    await new Promise(resolve => this.#http.close(resolve));
  }
}
