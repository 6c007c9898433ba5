import { connect, type Socket } from 'node:net';

export interface PlainAnswer {
  status: number;
  text: string;
}

interface Waiting {
  resolve: (answer: PlainAnswer) => void;
  reject: (error: Error) => void;
}

/**
 * One kept HTTP/1.1 connection with one request under way at a time (RFC 9112), for callers that share a machine with what they measure: a
 * client for everything costs a good part of what the request costs the platform. Knows answers with a length, and those without a body.
 */
export class PlainHttp {
  readonly #host: string;
  readonly #port: number;
  #socket: Socket | undefined;
  #waiting: Waiting | undefined;
  #received: Buffer = Buffer.alloc(0);

  constructor(origin: string) {
    const { hostname, port } = new URL(origin);
    this.#host = hostname;
    this.#port = Number(port);
  }

  call(method: string, path: string, headers: Record<string, string>, body?: string): Promise<PlainAnswer> {
    if (this.#waiting !== undefined) throw new Error('a request is under way');
    let head = `${method} ${path} HTTP/1.1\r\nHost: ${this.#host}:${this.#port}\r\n`;
    for (const name in headers) head += `${name}: ${headers[name]}\r\n`;
    if (body !== undefined) head += `Content-Length: ${Buffer.byteLength(body)}\r\n`;
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#socket ??= this.#open();
      this.#socket.write(`${head}\r\n${body ?? ''}`);
    });
  }

  close(): void {
    this.#socket?.destroy();
  }

  #open(): Socket {
    const socket = connect(this.#port, this.#host);
    socket.setNoDelay(true);
    socket.on('data', chunk => this.#take(chunk));
    socket.on('error', error => this.#fail(error));
    socket.on('close', () => this.#fail(new Error('the connection was closed')));
    return socket;
  }

  #fail(error: Error): void {
    this.#socket = undefined;
    this.#received = Buffer.alloc(0);
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.reject(error);
  }

  #take(chunk: Buffer): void {
    const all = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    this.#received = all;
    const end = all.indexOf('\r\n\r\n');
    if (end === -1) return;
    const head = all.toString('latin1', 0, end);
    const status = Number(head.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length));
    const length = lengthOf(head, status);
    const begin = end + 4;
    if (all.length < begin + length) return;
    this.#received = Buffer.alloc(0);
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve({ status, text: all.toString('utf8', begin, begin + length) });
  }
}

function lengthOf(head: string, status: number): number {
  if (status === 204 || status === 304) return 0;
  const [, length] = /\r\ncontent-length: *(\d+)/i.exec(head) ?? [];
  if (length === undefined) throw new Error(`an answer without a length: ${head}`);
  return Number(length);
}
