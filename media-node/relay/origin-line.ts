import { WebSocket } from 'ws';
import { errorCodeSchema, NearcadeError, parseWith } from '#shared/errors.ts';
import { RELAY_PATH } from '#shared/relay.ts';
import type { Logger } from '../log.ts';
import {
  type FromOrigin,
  type FromRelay,
  fromOriginSchema,
  type PipeEnd,
  RELAY_MAX_BYTES,
  RELAY_PING_S,
  RELAY_PROTOCOL,
  RELAY_TIMEOUT_S,
} from './protocol.ts';

/** Milliseconds from the first packet to the origin's welcome. */
const OPEN_TIMEOUT_MS = 5000;

export interface OriginLineOptions {
  /** The origin's signalling address. */
  signalUrl: string;
  ticket: string;
  /** Our end of the pipe, given our address on this line. */
  pipe: (localAddress: string | undefined) => PipeEnd;
  onMessage: (message: FromOrigin) => void;
  /** Once, when the line was up and is no more. */
  onLost: (code: number) => void;
  log: Logger;
}

/** A relay's WebSocket to the session's node, from its welcome to its end. */
export class OriginLine {
  readonly #socket: WebSocket;
  readonly #onMessage: (message: FromOrigin) => void;
  readonly #log: Logger;
  #heardAt = performance.now();

  private constructor(socket: WebSocket, options: OriginLineOptions) {
    this.#socket = socket;
    this.#onMessage = options.onMessage;
    this.#log = options.log;
  }

  /** Resolves with the origin's end of the pipe. Rejects with the code that it refuses by, or `unavailable`. */
  static async open(options: OriginLineOptions): Promise<{ line: OriginLine; pipe: PipeEnd }> {
    const url = new URL(options.signalUrl);
    url.pathname = `${url.pathname.replace(/\/+$/, '')}${RELAY_PATH}`;
    const socket = new WebSocket(url, { perMessageDeflate: false, maxPayload: RELAY_MAX_BYTES });
    const line = new OriginLine(socket, options);
    const welcome = Promise.withResolvers<PipeEnd>();
    const failed = (detail: string) => welcome.reject(new NearcadeError('unavailable', detail));
    const late = setTimeout(() => failed('The session’s node does not answer'), OPEN_TIMEOUT_MS);
    let localAddress: string | undefined;
    let isUp = false;
    socket.on('upgrade', response => {
      localAddress = response.socket.localAddress;
    });
    socket.on('open', () => {
      const { ticket, pipe } = options;
      line.send({ type: 'hello', protocol: RELAY_PROTOCOL, ticket, pipe: pipe(localAddress) });
    });
    socket.on('message', data => {
      const message = line.#read(String(data));
      if (message?.type === 'welcome') welcome.resolve(message.pipe);
      else if (message?.type === 'refused') {
        const code = errorCodeSchema.safeParse(message.code);
        welcome.reject(new NearcadeError(code.success ? code.data : 'unavailable', message.message));
      } else if (message !== undefined && message.type !== 'pong') line.#onMessage(message);
    });
    const ping = setInterval(() => {
      if (performance.now() - line.#heardAt > RELAY_TIMEOUT_S * 1000) socket.terminate();
      else line.send({ type: 'ping' });
    }, RELAY_PING_S * 1000);
    socket.on('error', error => failed(error.message));
    socket.on('close', code => {
      clearInterval(ping);
      failed('The session’s node has hung up');
      if (isUp) options.onLost(code);
    });
    try {
      const pipe = await welcome.promise;
      isUp = true;
      return { line, pipe };
    } catch (error) {
      socket.terminate();
      throw error;
    } finally {
      clearTimeout(late);
    }
  }

  send(message: FromRelay): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  close(): void {
    this.#socket.close();
  }

  #read(text: string): FromOrigin | undefined {
    this.#heardAt = performance.now();
    try {
      return parseWith(fromOriginSchema, JSON.parse(text), 'signal_protocol');
    } catch (error) {
      this.#log.error({ err: error }, 'the session’s node says what is not understood');
      return undefined;
    }
  }
}
