import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';

const bulkSchema = z.object({ secrets: z.record(z.string(), z.object({ text: z.string() })) });

/** Cloudflare's API as far as `wrangler secret bulk` goes: a Worker's secrets, merged as they come. */
export class WorkerSecretsApi {
  /** What serves has these. */
  readonly serving: Record<string, string> = {};
  /** Requests so far: `PATCH /accounts/...`. */
  readonly calls: string[] = [];
  /** While true the newest version is not the one that serves. */
  isRollingOut = false;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      void this.#answer(request).then(([status, body]) => {
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      });
    });
  }

  static async open(): Promise<WorkerSecretsApi> {
    const api = new WorkerSecretsApi();
    await new Promise<void>(resolve => api.#server.listen(0, '127.0.0.1', resolve));
    return api;
  }

  /** What leads wrangler here. */
  get environment(): Record<string, string> {
    const { port } = this.#server.address() as AddressInfo;
    return {
      CLOUDFLARE_API_BASE_URL: `http://127.0.0.1:${port}/client/v4`,
      CLOUDFLARE_API_TOKEN: 'of-the-stand-in',
    };
  }

  close(): Promise<void> {
    return new Promise(resolve => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  async #answer(request: IncomingMessage): Promise<[number, object]> {
    const path = (request.url ?? '').replace('/client/v4', '');
    this.calls.push(`${request.method} ${path}`);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8') || '{}');
    if (/\/workers\/scripts\/[\w-]+\/secrets-bulk$/.test(path)) {
      if (this.isRollingOut) {
        const message =
          'Secret edit failed. You attempted to modify a secret, but the latest version is not deployed.';
        return [400, { success: false, errors: [{ code: 10215, message }], messages: [], result: null }];
      }
      for (const [name, { text }] of Object.entries(bulkSchema.parse(body).secrets)) {
        this.serving[name] = text;
      }
      return [200, success({})];
    }
    const errors = [{ code: 7000, message: `The stand-in knows no ${path}` }];
    return [404, { success: false, errors, messages: [], result: null }];
  }
}

const success = (result: object) => ({ success: true, errors: [], messages: [], result });
