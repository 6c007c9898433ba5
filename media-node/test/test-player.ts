import type { LookupFunction } from 'node:net';
import { type ClientOptions, WebSocket } from 'ws';
import { SIGNAL_PING_S } from '#shared/limits.ts';
import { type ServerMessage, SIGNAL_PROTOCOL, serverMessageSchema, type Welcome } from '#shared/signal.ts';

/** Tells the answers to its own pings from those to a test's. */
const OWN_PING = -1;

/** `lookup`: what finds the node's name, instead of the machine's resolver. */
export type PlayerOptions = ClientOptions & { lookup?: LookupFunction };

/** A player's WebSocket without a browser: says hello, keeps its link alive and notes what the node says. */
export class TestPlayer {
  readonly #socket: WebSocket;
  readonly messages: ServerMessage[] = [];
  closed: { code: number; reason: string } | undefined;
  #nextId = 1;
  #changed = Promise.withResolvers<void>();

  constructor(url: string, options: PlayerOptions = {}) {
    this.#socket = new WebSocket(url, options);
    this.#socket.on('message', data => {
      const message = serverMessageSchema.parse(JSON.parse(String(data)));
      if (message.type === 'pong' && message.sentAt === OWN_PING) return;
      this.messages.push(message);
      this.#wake();
    });
    this.#socket.on('close', (code, reason) => {
      this.closed = { code, reason: String(reason) };
      this.#wake();
    });
    this.#socket.on('error', () => undefined);
  }

  static async hello(url: string, ticket: string, options?: PlayerOptions): Promise<TestPlayer> {
    const player = new TestPlayer(url, options);
    await player.opened();
    player.send({ type: 'hello', protocol: SIGNAL_PROTOCOL, ticket });
    // As a page does, however long the test takes: the node cuts who is silent.
    const pinging = setInterval(() => player.send({ type: 'ping', sentAt: OWN_PING }), SIGNAL_PING_S * 1000);
    player.#socket.once('close', () => clearInterval(pinging));
    return player;
  }

  opened(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.once('open', resolve);
      this.#socket.once('error', reject);
    });
  }

  send(message: object): void {
    this.#socket.send(JSON.stringify(message));
  }

  sendRaw(text: string | Buffer): void {
    this.#socket.send(text);
  }

  async request(message: object): Promise<Extract<ServerMessage, { type: 'response' }>> {
    const id = this.#nextId++;
    this.send({ ...message, id });
    return this.waitFor(
      (answer): answer is Extract<ServerMessage, { type: 'response' }> =>
        answer.type === 'response' && answer.id === id,
    );
  }

  welcome(): Promise<Welcome> {
    return this.waitFor((message): message is Welcome => message.type === 'welcome');
  }

  /** The first message, of those that came or will, that fits. Rejects when the socket closes without it. */
  async waitFor<T extends ServerMessage>(fits: (message: ServerMessage) => message is T): Promise<T> {
    for (;;) {
      const found = this.messages.find(fits);
      if (found !== undefined) return found;
      if (this.closed !== undefined) {
        throw new Error(
          `closed: ${JSON.stringify(this.closed)} after ${JSON.stringify(this.messages.at(-1))}`,
        );
      }
      await this.#changed.promise;
    }
  }

  async waitForClose(): Promise<{ code: number; reason: string }> {
    while (this.closed === undefined) await this.#changed.promise;
    return this.closed;
  }

  /** Goes without a word, as a closed laptop. */
  vanish(): void {
    this.#socket.terminate();
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
