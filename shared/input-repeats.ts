import { NearcadeError } from './errors.ts';

/**
 * Each message of the channel `keys` is sent once more on the channel `again`: a packet lost on the way up would otherwise wait
 * for SCTP's retransmission timer (RFC 9260: a second, in practice 260-400 ms), since nothing follows a single press that
 * could show the gap. The copy names the message by how many came before it on `keys` over this link, which the node counts for
 * itself: `keys` is ordered and reliable, so that its messages need no number.
 *
 * A copy is a little-endian 16-bit number, modulo 65536, and the message as it was.
 */

/** Bytes before the message. */
const HEADER = 2;

/** Longer ones (pasted text) are nobody's reflexes: they wait for the timer when lost. */
export const REPEATED_MAX_BYTES = 32;

export function encodeRepeat(number: number, message: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(HEADER + message.byteLength);
  new DataView(bytes.buffer).setUint16(0, number & 0xffff, true);
  bytes.set(message, HEADER);
  return bytes;
}

/** Throws `input_malformed` for what `encodeRepeat` would not have made of a message. */
export function decodeRepeat(bytes: Uint8Array): { number: number; message: Uint8Array } {
  if (bytes.byteLength <= HEADER || bytes.byteLength > HEADER + REPEATED_MAX_BYTES) {
    throw new NearcadeError('input_malformed', `Input message refused: a copy of ${bytes.byteLength} bytes`);
  }
  const number = new DataView(bytes.buffer, bytes.byteOffset).getUint16(0, true);
  return { number, message: bytes.subarray(HEADER) };
}
