import { createServer } from 'node:net';
import { NearcadeError } from '#shared/errors.ts';

/** A TCP port of 127.0.0.1 that was free just now. */
export function freePort(): Promise<number> {
  return listenOnce(0);
}

/**
 * The wanted port if it is free on `host`, else throws `port_in_use` in one sentence that names the port, what it is
 * for and how to choose another.
 */
export async function requirePort(
  port: number,
  what: string,
  howToChange: string,
  host = '127.0.0.1',
): Promise<number> {
  try {
    return await listenOnce(port, host);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    const why = code === 'EADDRINUSE' ? 'is in use' : `can't be used (${code})`;
    throw new NearcadeError(
      'port_in_use',
      `Port ${port} for ${what} ${why}: choose another by ${howToChange}.`,
      {
        cause,
      },
    );
  }
}

function listenOnce(port: number, host = '127.0.0.1'): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host, exclusive: true }, () => {
      const address = server.address();
      const bound = typeof address === 'object' && address !== null ? address.port : port;
      server.close(() => resolve(bound));
    });
  });
}
