const TYPE_SEQUENCE_HEADER = 1;
const HAS_SIZE = 0x02;

/** Puts the OBUs of a picture together from their RTP payloads (AV1 RTP payload format 1.0, 4.4), and gives them their sizes back. */
export class Av1Obus {
  #obus: Buffer[] = [];

  /** Whether a coded video sequence begins here. */
  get key(): boolean {
    return this.#obus.some(obu => (((obu[0] ?? 0) >> 3) & 0xf) === TYPE_SEQUENCE_HEADER);
  }

  take(payload: Buffer): void {
    const aggregation = payload[0] ?? 0;
    const count = (aggregation >> 4) & 3;
    let continues = (aggregation & 0x80) !== 0;
    let offset = 1;
    for (let i = 1; offset < payload.length; i++) {
      let size = payload.length - offset;
      // The last one of a counted few is as long as what is left; without a count each says its length.
      if (count === 0 || i < count) {
        const length = readLeb128(payload, offset);
        if (length === undefined) return;
        offset = length.end;
        size = Math.min(length.value, payload.length - offset);
      }
      const piece = payload.subarray(offset, offset + size);
      const begun = continues ? this.#obus.pop() : undefined;
      this.#obus.push(begun === undefined ? piece : Buffer.concat([begun, piece]));
      continues = false;
      offset += size;
    }
  }

  /** The temporal unit in low-overhead form and without delimiter, as files want it. */
  unit(): Buffer {
    return Buffer.concat(this.#obus.flatMap(withSize));
  }

  get empty(): boolean {
    return this.#obus.length === 0;
  }

  clear(): void {
    this.#obus = [];
  }
}

function readLeb128(data: Buffer, from: number): { value: number; end: number } | undefined {
  let value = 0;
  for (let i = 0; i < 5; i++) {
    const byte = data[from + i];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * 2 ** (7 * i);
    if ((byte & 0x80) === 0) return { value, end: from + i + 1 };
  }
  return undefined;
}

function withSize(obu: Buffer): Buffer[] {
  const header = obu[0] ?? 0;
  if ((header & HAS_SIZE) !== 0) return [obu];
  const length = (header & 0x04) !== 0 ? 2 : 1;
  const head = Buffer.from(obu.subarray(0, length));
  head[0] = header | HAS_SIZE;
  const size: number[] = [];
  for (let left = obu.length - length; ; left >>>= 7) {
    size.push((left & 0x7f) | (left > 0x7f ? 0x80 : 0));
    if (left <= 0x7f) break;
  }
  return [head, Buffer.from(size), obu.subarray(length)];
}
