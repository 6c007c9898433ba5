import { EventEmitter } from 'node:events';
import type { SignalSocket } from '../signal/connection.ts';

/** A relayed spectator's socket as their session's node has it: one channel of the line to the relay. */
export class VirtualSocket extends EventEmitter implements SignalSocket {
  readonly OPEN = 1;
  readyState = 1;
  readonly #line: {
    send: (text: string) => void;
    close: (code: number, reason: string) => void;
    buffered: () => number;
  };

  constructor(line: {
    send: (text: string) => void;
    close: (code: number, reason: string) => void;
    /** Bytes that wait in the line. */
    buffered: () => number;
  }) {
    super();
    this.#line = line;
  }

  get bufferedAmount(): number {
    return this.#line.buffered();
  }

  send(text: string): void {
    if (this.readyState === this.OPEN) this.#line.send(text);
  }

  close(code: number, reason: string): void {
    if (this.readyState !== this.OPEN) return;
    this.#line.close(code, reason);
    this.gone();
  }

  terminate(): void {
    this.close(GOING_AWAY, 'terminated');
  }

  /** The spectator is gone, or the relay. Idempotent. */
  gone(): void {
    if (this.readyState !== this.OPEN) return;
    this.readyState = CLOSED;
    this.emit('close');
  }

  receive(text: string): void {
    if (this.readyState === this.OPEN) this.emit('message', text, false);
  }
}

const CLOSED = 3;

/** RFC 6455. */
const GOING_AWAY = 1001;
