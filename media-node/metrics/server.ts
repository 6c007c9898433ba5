import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { NearcadeError } from '#shared/errors.ts';
import type { Config } from '../config.ts';
import type { NodeFigures } from './figures.ts';
import { observe } from './instruments.ts';

export interface MetricsServerOptions {
  address: Config['metrics'];
  gather: () => NodeFigures;
}

/**
 * Health and figures on a port of their own, which players don't reach: `/livez` answers while the program runs, `/healthz` while it is in
 * service, `/readyz` while it takes sessions, `/metrics` in Prometheus' text format. Health and readiness say no from the first moment of a drain
 * until nothing of the node is left to be asked.
 */
export class MetricsServer {
  readonly #options: MetricsServerOptions;
  readonly #http: Server;
  readonly #exporter = new PrometheusExporter({
    preventServerStart: true,
    withoutScopeInfo: true,
    withoutTargetInfo: true,
  });
  readonly #provider = new MeterProvider({ readers: [this.#exporter] });
  #closing: Promise<void> | undefined;

  private constructor(options: MetricsServerOptions) {
    this.#options = options;
    observe(this.#provider, options.gather);
    this.#http = createServer((request, response) => {
      this.#answer(request, response);
    });
  }

  /** Rejects with `config_invalid` when the address cannot be listened on. */
  static async open(options: MetricsServerOptions): Promise<MetricsServer> {
    const server = new MetricsServer(options);
    const { host, port } = options.address;
    await new Promise<void>((resolve, reject) => {
      server.#http.once('error', cause => {
        reject(new NearcadeError('config_invalid', `${host}:${port} cannot be listened on`, { cause }));
      });
      server.#http.listen(port, host, resolve);
    });
    return server;
  }

  /** The port that was taken. */
  get port(): number {
    const address = this.#http.address();
    return typeof address === 'object' && address !== null ? address.port : this.#options.address.port;
  }

  /** Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    this.#http.closeAllConnections();
    await new Promise(resolve => this.#http.close(resolve));
    await this.#provider.shutdown();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = request.method === 'GET' ? new URL(request.url ?? '/', 'http://node').pathname : '';
    if (path === '/metrics') {
      this.#exporter.getMetricsRequestHandler(request, response);
    } else if (path === '/livez') {
      json(response, 200, { ok: true });
    } else if (path === '/healthz') {
      const { isDraining, edge } = this.#options.gather();
      json(response, isDraining ? 503 : 200, {
        ok: !isDraining,
        draining: isDraining,
        edgeReachable: edge.reachable,
      });
    } else if (path === '/readyz') {
      const readiness = readinessOf(this.#options.gather());
      json(response, readiness.ok ? 200 : 503, readiness);
    } else {
      json(response, 404, { code: 'not_found' });
    }
  }
}

/**
 * Ready is who takes sessions. An edge that does not answer takes nothing from that: whoever acts on it must not end a node whose
 * players go on.
 */
function readinessOf({ edge, isDraining, slots, cpu }: NodeFigures) {
  return {
    ok: edge.registered && !isDraining && slots.some(({ state }) => state !== 'clearing'),
    registered: edge.registered,
    edgeReachable: edge.reachable,
    draining: isDraining,
    slots: slots.map(({ state }) => state),
    freeCores: cpu.freeCores,
  };
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
