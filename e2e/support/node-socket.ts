import { WebSocket } from 'ws';
import { SIGNAL_PING_S } from '#shared/limits.ts';
import { type ServerMessage, SIGNAL_PROTOCOL, serverMessageSchema } from '#shared/signal.ts';

/** The player's socket to a media node, by hand; it pings, since the node drops who is silent. */
export class NodeSocket {
  readonly #socket: WebSocket;
  readonly #ping: ReturnType<typeof setInterval>;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    this.#ping = setInterval(() => {
      socket.send(JSON.stringify({ type: 'ping', sentAt: performance.now() }));
    }, SIGNAL_PING_S * 1000);
    socket.once('close', () => clearInterval(this.#ping));
  }

  static async open(signalUrl: string): Promise<NodeSocket> {
    const socket = new WebSocket(signalUrl);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', () => resolve());
      socket.once('error', reject);
    });
    return new NodeSocket(socket);
  }

  /** Shows a ticket; the node's first word on it: `welcome` or the code of its refusal. */
  hello(ticket: string): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#socket.on('message', data => {
        const message: ServerMessage = serverMessageSchema.parse(JSON.parse(String(data)));
        if (message.type === 'welcome') resolve('welcome');
        if (message.type === 'refused') resolve(message.code);
      });
      this.#socket.once('close', () => reject(new Error('closed without a word')));
      this.#socket.send(JSON.stringify({ type: 'hello', protocol: SIGNAL_PROTOCOL, ticket }));
    });
  }

  quit(): void {
    this.#socket.send(JSON.stringify({ type: 'quit' }));
  }

  close(): void {
    this.#socket.close();
  }
}
