import { WebSocket } from 'ws';
import { type ServerMessage, SIGNAL_PROTOCOL, serverMessageSchema } from '#shared/signal.ts';

/** The player's socket to a media node, by hand. */
export class NodeSocket {
  readonly #socket: WebSocket;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
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
