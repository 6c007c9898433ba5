import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';
import { NearcadeError } from '#shared/errors.ts';
import { SIGNAL_MAX_BYTES } from '#shared/limits.ts';
import { RELAY_PATH } from '#shared/relay.ts';
import { CLOSE } from '#shared/signal.ts';
import type { Logger } from '../log.ts';
import { RELAY_MAX_BYTES } from '../relay/protocol.ts';
import { Connection, type ConnectionOptions } from './connection.ts';

/** Sockets at once: 250 spectators and 8 seats on each of 16 slots. */
const MAX_SOCKETS = 4096;

export interface SignalServerOptions extends Pick<ConnectionOptions, 'verify' | 'admit'> {
  host: string;
  port: number;
  /** A relay's socket: of another node, at RELAY_PATH. */
  takeRelay: (socket: WebSocket, localAddress: string | undefined) => void;
  /** Answers what is for another part of the node than signalling; false: it is not. */
  handle?: (request: IncomingMessage, response: ServerResponse) => boolean;
  /** What GET /healthz answers; `ok` false answers 503. */
  health: () => { ok: boolean } & Record<string, unknown>;
  log: Logger;
}

/** The players' WebSocket server, and /healthz beside it. */
export class SignalServer {
  readonly #options: SignalServerOptions;
  readonly #http: Server;
  readonly #sockets: WebSocketServer;
  readonly #relays: WebSocketServer;
  #closing: Promise<void> | undefined;

  private constructor(options: SignalServerOptions) {
    this.#options = options;
    this.#http = createServer((request, response) => this.#onRequest(request, response));
    const common = { noServer: true, perMessageDeflate: false, clientTracking: true };
    this.#sockets = new WebSocketServer({ ...common, maxPayload: SIGNAL_MAX_BYTES });
    this.#relays = new WebSocketServer({ ...common, maxPayload: RELAY_MAX_BYTES });
    this.#sockets.on('connection', socket => this.#onSocket(socket));
    this.#relays.on('connection', (socket, request) =>
      options.takeRelay(socket, request.socket.localAddress),
    );
    this.#http.on('upgrade', (request, socket, head) => {
      const sockets = request.url?.endsWith(RELAY_PATH) ? this.#relays : this.#sockets;
      sockets.handleUpgrade(request, socket, head, opened => sockets.emit('connection', opened, request));
    });
  }

  /** Rejects with `config_invalid` when the address cannot be listened on. */
  static async open(options: SignalServerOptions): Promise<SignalServer> {
    const server = new SignalServer(options);
    await new Promise<void>((resolve, reject) => {
      server.#http.once('error', cause => {
        reject(
          new NearcadeError('config_invalid', `${options.host}:${options.port} cannot be listened on`, {
            cause,
          }),
        );
      });
      server.#http.listen(options.port, options.host, resolve);
    });
    return server;
  }

  /** The port that was taken. */
  get port(): number {
    const address = this.#http.address();
    return typeof address === 'object' && address !== null ? address.port : this.#options.port;
  }

  close(): Promise<void> {
    this.#closing ??= new Promise(resolve => {
      for (const socket of this.#clients) socket.close(CLOSE.draining, 'node_shutdown');
      this.#sockets.close();
      this.#relays.close();
      this.#http.close(() => resolve());
      // Whoever does not answer the closing handshake would hold the process.
      setTimeout(() => {
        for (const socket of this.#clients) socket.terminate();
        this.#http.closeAllConnections();
      }, CLOSE_GRACE_MS).unref();
    });
    return this.#closing;
  }

  get #clients(): WebSocket[] {
    return [...this.#sockets.clients, ...this.#relays.clients];
  }

  #onSocket(socket: WebSocket): void {
    if (this.#sockets.clients.size > MAX_SOCKETS) {
      socket.terminate();
      return;
    }
    const { verify, admit, log } = this.#options;
    new Connection({ socket, verify, admit, log });
  }

  #onRequest(request: IncomingMessage, response: ServerResponse): void {
    if (this.#options.handle?.(request, response) === true) return;
    const known = request.method === 'GET' && request.url === '/healthz';
    const health = this.#options.health();
    response.writeHead(known ? (health.ok ? 200 : 503) : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(known ? health : { code: 'not_found' }));
  }
}

const CLOSE_GRACE_MS = 500;
