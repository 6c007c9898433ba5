import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import {
  CONTROL_PATH,
  CONTROL_PING,
  CONTROL_PING_S,
  CONTROL_PONG,
  CONTROL_TIMEOUT_S,
  type ControlFromNode,
  controlFromEdgeSchema,
  type NodeOrder,
} from '#shared/api/orders.ts';
import { NearcadeError, parseWith } from '#shared/errors.ts';
import type { Logger } from '../log.ts';
import { backoffMs } from './backoff.ts';

const RETRY_FIRST_MS = 500;
const RETRY_MOST_MS = 10_000;

/** Bytes of one message: a hundred orders are 30 kB. */
const MAX_MESSAGE_BYTES = 256 * 1024;

export interface ControlChannelOptions {
  edgeUrl: string;
  /** The node's bearer token as of now. Throws while the node is not registered. */
  token: () => string;
  /** Carries orders out; the ids of those that were. */
  onOrders: (orders: readonly NodeOrder[]) => string[];
  log: Logger;
}

/**
 * The node's line to the edge, over which orders come at once: connects again for as long as the node runs. While it is
 * broken the heartbeat brings the orders.
 */
export class ControlChannel {
  readonly #options: ControlChannelOptions;
  readonly #stop = new AbortController();
  #socket: WebSocket | undefined;
  #running: Promise<void> | undefined;

  constructor(options: ControlChannelOptions) {
    this.#options = options;
  }

  open(): void {
    this.#running ??= this.#run();
  }

  /** The token is another one now: the edge closes lines of the older. */
  reconnect(): void {
    this.#socket?.close();
  }

  /** Idempotent. */
  async close(): Promise<void> {
    this.#stop.abort();
    this.#socket?.terminate();
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let attempt = 0; !this.#stop.signal.aborted; attempt++) {
      const wasUp = await this.#holdOne();
      if (wasUp) attempt = 0;
      const ms = backoffMs(attempt, RETRY_FIRST_MS, RETRY_MOST_MS, Math.random);
      await sleep(ms, undefined, { signal: this.#stop.signal }).catch(() => undefined);
    }
  }

  /** One connection from its start to its end; whether it was up. */
  async #holdOne(): Promise<boolean> {
    const { edgeUrl, token, log } = this.#options;
    let wasUp = false;
    const ended = Promise.withResolvers<void>();
    const url = `${edgeUrl.replace(/^http/, 'ws').replace(/\/+$/, '')}${CONTROL_PATH}`;
    const socket = new WebSocket(url, {
      headers: { authorization: `Bearer ${token()}` },
      maxPayload: MAX_MESSAGE_BYTES,
      perMessageDeflate: false,
    });
    this.#socket = socket;
    let heardAt = performance.now();
    const ping = setInterval(() => {
      if (performance.now() - heardAt > CONTROL_TIMEOUT_S * 1000) socket.terminate();
      else if (socket.readyState === socket.OPEN) socket.send(CONTROL_PING);
    }, CONTROL_PING_S * 1000);
    socket.on('open', () => {
      wasUp = true;
      log.info('control channel is up');
    });
    socket.on('message', data => {
      heardAt = performance.now();
      this.#take(socket, String(data));
    });
    // Its close event follows.
    socket.on('error', error => log.debug({ err: error }, 'control channel failed'));
    socket.on('close', () => ended.resolve());
    await ended.promise;
    clearInterval(ping);
    if (wasUp && !this.#stop.signal.aborted) log.warn('control channel is down: will connect again');
    return wasUp;
  }

  #take(socket: WebSocket, text: string): void {
    if (text === CONTROL_PONG) return;
    try {
      const { orders } = parseWith(controlFromEdgeSchema, JSON.parse(text), 'signal_protocol');
      const done: ControlFromNode = { type: 'done', ids: this.#options.onOrders(orders) };
      socket.send(JSON.stringify(done));
    } catch (error) {
      const err = error instanceof NearcadeError ? error.message : error;
      this.#options.log.error({ err }, 'orders not understood');
    }
  }
}
