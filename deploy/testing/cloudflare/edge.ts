import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import type { Account, Script, Version } from './state.ts';

/** As wrangler.toml has it: what never is a file. */
const WORKER_PATHS = /^\/(v1|node|\.well-known|openapi\.json|docs|healthz|readyz|outbox)(\/|$)/;

export interface EdgeOptions {
  account: Account;
  worker: string;
  /** A number in [0, 1) that picks the version of a request. */
  random: () => number;
  /** Answers a request in place of the version that has it: how things go wrong at a cloud. */
  fault: (path: string, versionId: string) => number | undefined;
}

/** What players reach: the deployed versions of one Worker in workerd, each with its own assets, shared out as the deployment says. */
export class Edge {
  readonly #options: EdgeOptions;
  readonly #running = new Map<string, Miniflare>();

  constructor(options: EdgeOptions) {
    this.#options = options;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { account, worker, fault } = this.#options;
    const script = account.scripts.get(worker);
    const version = script === undefined ? undefined : this.#pick(script, request);
    if (version === undefined) {
      response.writeHead(530).end('no Worker');
      return;
    }
    const url = new URL(request.url ?? '/', 'http://edge');
    const failure = fault(url.pathname, version.id);
    if (failure !== undefined) {
      response.writeHead(failure).end('error code: 1101');
      return;
    }
    if (!WORKER_PATHS.test(url.pathname)) {
      const hash = version.assets.get(url.pathname) ?? version.assets.get('/index.html');
      const asset = hash === undefined ? undefined : account.asset(hash);
      response.writeHead(asset === undefined ? 404 : 200, { 'content-type': asset?.type ?? 'text/plain' });
      response.end(asset?.content);
      return;
    }
    await this.#ask(version, url, request, response);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#running.values()].map(worker => worker.dispose()));
  }

  /** developers.cloudflare.com/workers/versions-and-deployments: an override of a version in the deployment, else by its share. */
  #pick(script: Script, request: IncomingMessage): Version | undefined {
    const shares = script.deployments.at(-1)?.shares ?? [];
    const header = request.headers['cloudflare-workers-version-overrides'];
    const wanted = new RegExp(`^${this.#options.worker}="([^"]+)"$`).exec(String(header ?? ''))?.[1];
    const pinned = shares.find(({ version_id }) => version_id === wanted);
    let left = this.#options.random() * 100;
    const drawn = shares.find(({ percentage }) => {
      left -= percentage;
      return left < 0;
    });
    const id = (pinned ?? drawn)?.version_id;
    return script.versions.find(version => version.id === id);
  }

  async #ask(version: Version, url: URL, request: IncomingMessage, response: ServerResponse): Promise<void> {
    let worker = this.#running.get(version.id);
    if (worker === undefined) {
      worker = run(version);
      this.#running.set(version.id, worker);
    }
    const { method = 'GET' } = request;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const headers = Object.entries(request.headers).map(([name, value]): [string, string] => [
      name,
      String(value),
    ]);
    const answer = await worker.dispatchFetch(url, {
      method,
      headers: Object.fromEntries(headers.filter(([name]) => name !== 'connection')),
      ...(method === 'GET' || method === 'HEAD' ? {} : { body: Buffer.concat(chunks) }),
    });
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    if (answer.body === null) response.end();
    else Readable.fromWeb(answer.body as Parameters<typeof Readable.fromWeb>[0]).pipe(response);
  }
}

function run({ id, metadata, modules }: Version): Miniflare {
  const of = (type: string) => metadata.bindings.filter(binding => binding.type === type);
  const texts = [...of('plain_text'), ...of('secret_text')].map(({ name, text }) => [name, text ?? '']);
  const [version] = of('version_metadata');
  const worker = {
    name: 'worker',
    modulesRoot: '/',
    modules: [...modules]
      .filter(([name]) => !name.endsWith('.map'))
      .map(([name, contents]) => ({ type: 'ESModule' as const, path: `/${name}`, contents })),
    compatibilityDate: metadata.compatibility_date,
    compatibilityFlags: metadata.compatibility_flags,
    bindings: {
      ...Object.fromEntries(texts),
      ...(version === undefined ? {} : { [version.name]: { id, tag: '', timestamp: '' } }),
    },
    durableObjects: Object.fromEntries(
      of('durable_object_namespace').map(({ name, class_name: className = '' }) => [
        name,
        { className, useSQLite: true },
      ]),
    ),
    queueProducers: Object.fromEntries(
      of('queue').map(({ name, queue_name: queueName = '' }) => [name, { queueName }]),
    ),
  };
  return new Miniflare(convertV4MiniflareOptions({ cf: false, handleStructuredLogs: () => {}, ...worker }));
}
