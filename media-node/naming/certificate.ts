import { connect } from 'node:tls';

/** Milliseconds for a handshake: the first one waits until the issuer has made the certificate. */
const HANDSHAKE_MS = 90_000;

/** Where TLS is answered on this machine. */
export interface TlsDoor {
  host: string;
  port: number;
  /** A root to trust instead of the machine's, as PEM; for tests. */
  ca?: string;
}

/**
 * Resolves when a browser that asks for `hostname` would be content: a handshake by that name (SNI, RFC 6066) whose chain leads to a root that
 * this machine trusts. Goes to this machine's own door, whatever the name leads to by now. Rejects with what is wrong.
 */
export function checkCertificate(hostname: string, door: TlsDoor, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ ...door, servername: hostname, ALPNProtocols: ['http/1.1'] });
    const end = (error?: Error) => {
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
      if (error === undefined) resolve();
      else reject(error);
    };
    const onAbort = () => end(new Error('given up'));
    signal.addEventListener('abort', onAbort);
    socket.setTimeout(HANDSHAKE_MS, () => end(new Error('no handshake in time')));
    socket.once('error', end);
    // Only when the chain verifies and the name is the certificate's: `rejectUnauthorized` is the default.
    socket.once('secureConnect', () => end());
    if (signal.aborted) onAbort();
  });
}
