import { encodeRepeat, REPEATED_MAX_BYTES } from '#shared/input-repeats.ts';
import type { MotionPort } from './motion-sender.ts';

/** Apart from the first, so that what swallows one packet (a full queue, a moment of bad radio) less often takes both. */
const REPEAT_AFTER_MS = 4;

/** The channel `keys` with a copy of each message on the channel `again`, once that is open. */
export class RepeatingPort implements MotionPort {
  readonly #keys: MotionPort;
  readonly #again: () => MotionPort | undefined;
  #sent = 0;

  constructor(keys: MotionPort, again: () => MotionPort | undefined) {
    this.#keys = keys;
    this.#again = again;
  }

  get bufferedAmount(): number {
    return this.#keys.bufferedAmount;
  }

  send(bytes: Uint8Array<ArrayBuffer>): void {
    this.#keys.send(bytes);
    const copy = encodeRepeat(this.#sent++, bytes);
    if (bytes.byteLength > REPEATED_MAX_BYTES) return;
    setTimeout(() => {
      try {
        this.#again()?.send(copy);
      } catch {
        // The link has ended meanwhile: a copy of what it was to carry is of no use.
      }
    }, REPEAT_AFTER_MS);
  }
}
