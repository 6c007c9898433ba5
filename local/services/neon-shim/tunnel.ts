import type { Server } from 'node:http';
import { connect } from 'node:net';
import { pipeline } from 'node:stream';
import { createWebSocketStream, WebSocketServer } from 'ws';
import { NEON_SHIM_ADDRESS } from '../postgres.ts';

/** WebSocket close code "policy violation" (RFC 6455, 7.4.1). */
const POLICY_VIOLATION = 1008;

/**
 * Accepts WebSockets at `/v2?address=host:port` and passes bytes between them and the local Postgres, whatever the
 * host's name; any other port is refused, so that this is no way to other services of the machine.
 */
export function acceptTunnels(server: Server, postgresPort: number): { close(): void } {
  const sockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, socket, head) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    if (url.pathname !== '/v2') {
      socket.destroy();
      return;
    }
    sockets.handleUpgrade(request, socket, head, webSocket => {
      webSocket.on('error', () => webSocket.terminate());
      if (url.searchParams.get('address')?.split(':').at(-1) !== String(postgresPort)) {
        webSocket.close(POLICY_VIOLATION, 'This proxy leads to one Postgres only.');
        return;
      }
      const client = createWebSocketStream(webSocket);
      const postgres = connect({ host: '127.0.0.1', port: postgresPort, localAddress: NEON_SHIM_ADDRESS });
      postgres.setNoDelay(true);
      // Either end closing or failing closes the other; there is nobody to tell.
      pipeline(client, postgres, client, () => {
        postgres.destroy();
        webSocket.terminate();
      });
    });
  });
  return {
    close() {
      for (const webSocket of sockets.clients) webSocket.terminate();
      sockets.close();
    },
  };
}
