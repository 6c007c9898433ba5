import { type LoopbackServer, listenOnLoopback } from '../http.ts';
import { Pools } from './pools.ts';
import { handleSql } from './sql-over-http.ts';
import { acceptTunnels } from './tunnel.ts';

export interface NeonShim {
  readonly port: number;
  /** For `neonConfig.fetchEndpoint`. */
  readonly fetchEndpoint: string;
  /** For `neonConfig.wsProxy`, with `useSecureWebSocket` off: host, port and path without a scheme. */
  readonly wsProxy: string;
  close(): Promise<void>;
}

/**
 * What stands before Postgres at Neon, for one local Postgres: SQL over HTTP (`POST /sql`) and raw Postgres over a
 * WebSocket (`/v2`), as @neondatabase/serverless speaks them. Who may connect is Postgres' own decision.
 */
export async function startNeonShim(options: {
  postgresPort: number;
  /** Of its Unix socket; without one queries go over TCP. */
  postgresSocketDir?: string | undefined;
  port?: number;
}): Promise<NeonShim> {
  const pools = new Pools(options.postgresPort, options.postgresSocketDir);
  const http: LoopbackServer = await listenOnLoopback((request, response) => {
    void handleSql(request, response, pools);
  }, options.port);
  const tunnels = acceptTunnels(http.server, options.postgresPort);
  let closing: Promise<void> | undefined;
  const close = async () => {
    tunnels.close();
    await http.close();
    await pools.close();
  };
  return {
    port: http.port,
    fetchEndpoint: `http://127.0.0.1:${http.port}/sql`,
    wsProxy: `127.0.0.1:${http.port}/v2`,
    close() {
      closing ??= close();
      return closing;
    },
  };
}
