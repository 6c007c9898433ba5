import { connect, createServer } from 'node:net';

export interface Forward {
  readonly port: number;
  close(): Promise<void>;
}

/** Takes connections at `host` to a port of this machine's loopback, which the other machine has no way to. */
export async function forward(host: string, toPort: number): Promise<Forward> {
  const sockets = new Set<{ destroy(): void }>();
  const server = createServer(client => {
    const target = connect(toPort, '127.0.0.1');
    for (const socket of [client, target]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.once('close', () => sockets.delete(socket));
    }
    client.once('close', () => target.destroy());
    target.once('close', () => client.destroy());
    client.pipe(target).pipe(client);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, host, resolve);
  });
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('unreachable: it listens on TCP');
  return {
    port: address.port,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise(resolve => server.close(resolve));
    },
  };
}
