import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { NEARCADE_DIR } from '#local/paths.ts';
import { type Answer, answerApi } from './api.ts';
import { Edge } from './edge.ts';
import { Account } from './state.ts';

/** Where wrangler finds Cloudflare's API, and its token. */
const API_PATH = '/client/v4';

export interface CloudflareOptions {
  /** The Worker whose versions are served. */
  worker: string;
  /** The queues that Terraform has made. */
  queues?: readonly string[];
}

/** What goes wrong at the stand-in. Each returns undefined where nothing does. */
export interface Faults {
  /** An API call, by its method and path below /client/v4. May wait. */
  api: (method: string, path: string) => Answer | undefined | Promise<Answer | undefined>;
  /** A player's request, by its path and the version that it falls to: the status that is answered instead. */
  edge: (path: string, versionId: string) => number | undefined;
}

export interface Cloudflare {
  readonly account: Account;
  /** What the real wrangler and our own programs need to talk to it. */
  readonly env: Readonly<Record<string, string>>;
  /** Where players reach the Worker. */
  readonly publicUrl: string;
  /** API calls so far: `GET /accounts/...`. */
  readonly calls: readonly string[];
  readonly faults: Faults;
  close(): Promise<void>;
}

/**
 * A stand-in for Cloudflare's API, as far as wrangler's `deploy`, `versions`, `deployments` and `triggers` go, and for the edge: what is
 * uploaded runs in workerd and serves by the shares of the deployment.
 */
export async function startCloudflare(options: CloudflareOptions): Promise<Cloudflare> {
  const { worker, queues = [`${worker}-events`, `${worker}-events-dead`] } = options;
  const account = new Account(queues, () => new Date());
  const faults: Faults = { api: () => undefined, edge: () => undefined };
  const calls: string[] = [];
  const edge = new Edge({
    account,
    worker,
    random: Math.random,
    fault: (path, versionId) => faults.edge(path, versionId),
  });
  const api = await listen(async (request, response) => {
    const path = (request.url ?? '').slice(API_PATH.length);
    const { method = 'GET' } = request;
    calls.push(`${method} ${path}`);
    const answer =
      (await faults.api(method, path)) ??
      (await answerApi(account, await toRequest(request), path)) ??
      ({ status: 404, code: 7000, message: `The stand-in knows no ${method} ${path}` } as const);
    const body = envelope(answer);
    response.writeHead('result' in answer ? 200 : answer.status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  });
  const pages = await listen((request, response) => edge.answer(request, response));
  return {
    account,
    faults,
    calls,
    env: {
      CLOUDFLARE_API_BASE_URL: `http://127.0.0.1:${api.port}${API_PATH}`,
      CLOUDFLARE_API_TOKEN: 'stand-in-token',
      // Tests start wrangler many times, which is mostly its own 15 MB being compiled (nodejs.org/api/module.html, "Module compile cache").
      NODE_COMPILE_CACHE: join(NEARCADE_DIR, 'compile-cache'),
    },
    publicUrl: `http://127.0.0.1:${pages.port}`,
    async close() {
      await api.close();
      await pages.close();
      await edge.close();
    },
  };
}

function envelope(answer: Answer): object {
  if ('result' in answer) {
    return {
      success: true,
      errors: [],
      messages: [],
      result: answer.result,
      result_info: pages(answer.result),
    };
  }
  const { code, message } = answer;
  return { success: false, errors: [{ code, message }], messages: [], result: null };
}

/** Everything fits on one page. */
function pages(result: unknown): object | undefined {
  if (!Array.isArray(result)) return undefined;
  return { page: 1, per_page: 100, count: result.length, total_count: result.length, total_pages: 1 };
}

async function toRequest(incoming: IncomingMessage): Promise<Request> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const { method = 'GET', url = '/' } = incoming;
  const headers = Object.entries(incoming.headers).map(([name, value]): [string, string] => [
    name,
    String(value),
  ]);
  const body = Buffer.concat(chunks);
  return new Request(new URL(url, 'http://stand-in'), {
    method,
    headers,
    ...(body.length === 0 || method === 'GET' ? {} : { body }),
  });
}

type Listener = (...parameters: Parameters<RequestListener>) => Promise<void>;

async function listen(listener: Listener): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    listener(request, response).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(500);
      response.end(String(error));
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
