import { encodeInput } from '#shared/input.ts';

/** The part of a data channel that sending motion needs. */
export interface MotionPort {
  readonly bufferedAmount: number;
  send(bytes: Uint8Array<ArrayBuffer>): void;
}

/** Above this many bytes waiting in the channel, motion is merged rather than queued: newer is better than more. */
const BUSY_BYTES = 256;

/** At most one message a millisecond: mice of 8 kHz would pass the node's limit (INPUT_RATES) otherwise. */
const MIN_GAP_MS = 1;

/** How soon a merged motion is tried again when no further event pushes it. */
const RETRY_MS = 1;

/** Sends pointer positions and motion at once; merges them only while the channel is busy. */
export class MotionSender {
  readonly #port: () => MotionPort | undefined;
  readonly #now: () => number;
  #sequence = 0;
  #position: { x: number; y: number } | undefined;
  #dx = 0;
  #dy = 0;
  #sentAt = Number.NEGATIVE_INFINITY;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(port: () => MotionPort | undefined, now: () => number = () => performance.now()) {
    this.#port = port;
    this.#now = now;
  }

  /** 0 to 65535 across the picture. */
  moveTo(position: { x: number; y: number }): void {
    this.#position = position;
    this.#push();
  }

  /** Pixels; fractions add up. */
  moveBy(dx: number, dy: number): void {
    this.#dx += dx;
    this.#dy += dy;
    this.#push();
  }

  /** Sends what waits: before a click, which belongs to the newest position. */
  flush(): void {
    this.#push(true);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #push(atOnce = false): void {
    const port = this.#port();
    if (!port) {
      this.#position = undefined;
      this.#dx = 0;
      this.#dy = 0;
      return;
    }
    const now = this.#now();
    if (!atOnce && this.#mustWait(port, now)) {
      this.#timer ??= setTimeout(() => {
        this.#timer = undefined;
        this.#push();
      }, RETRY_MS);
      return;
    }
    this.#send(port, now);
  }

  #mustWait(port: MotionPort, now: number): boolean {
    return port.bufferedAmount > BUSY_BYTES || now - this.#sentAt < MIN_GAP_MS;
  }

  #send(port: MotionPort, now: number): void {
    if (this.#position) {
      port.send(encodeInput({ kind: 'pointer', ...this.#position, sequence: this.#sequence++ & 0xffff }));
      this.#position = undefined;
      this.#sentAt = now;
    }
    const dx = Math.trunc(this.#dx);
    const dy = Math.trunc(this.#dy);
    if (dx === 0 && dy === 0) return;
    port.send(encodeInput({ kind: 'motion', dx, dy }));
    this.#dx -= dx;
    this.#dy -= dy;
    this.#sentAt = now;
  }
}
