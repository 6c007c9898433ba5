import type { types } from 'mediasoup';
import { VOICE_MAX_BITRATE } from '#shared/voice.ts';
import type { Clock } from '../../clock.ts';

/** Milliseconds between looks: what a flood costs the others until then is little. */
const LOOK_MS = 500;

/** Bits that may come at once: what a network held back for two seconds. */
const BURST_BITS = VOICE_MAX_BITRATE * 2;

/**
 * Watches what comes in on a microphone's transport, sound or not: mediasoup bounds what is sent to browsers, and only
 * asks those who send. A bucket that leaks `VOICE_MAX_BITRATE`.
 */
export class FloodWatch {
  readonly #transport: Pick<types.WebRtcTransport, 'getStats' | 'closed'>;
  readonly #clock: Clock;
  readonly #onFlood: () => void;
  #cancel: () => void = () => undefined;
  #bits = 0;
  #bytes = 0;
  #at: number;
  #closed = false;

  constructor(
    transport: Pick<types.WebRtcTransport, 'getStats' | 'closed'>,
    clock: Clock,
    onFlood: () => void,
  ) {
    this.#transport = transport;
    this.#clock = clock;
    this.#onFlood = onFlood;
    this.#at = clock.now();
    this.#later();
  }

  close(): void {
    this.#closed = true;
    this.#cancel();
  }

  #later(): void {
    this.#cancel = this.#clock.after(LOOK_MS, () => void this.#look());
  }

  async #look(): Promise<void> {
    // Its transport or worker may go while it answers: then there is nothing left to watch.
    const stats = await this.#transport.getStats().catch(() => []);
    const [first] = stats;
    if (this.#closed || this.#transport.closed || first === undefined) return;
    const now = this.#clock.now();
    const leaked = (Math.max(0, now - this.#at) / 1000) * VOICE_MAX_BITRATE;
    this.#bits = Math.max(0, this.#bits - leaked) + (first.bytesReceived - this.#bytes) * 8;
    this.#bytes = first.bytesReceived;
    this.#at = now;
    if (this.#bits > BURST_BITS) this.#onFlood();
    else this.#later();
  }
}
