import { VIDEO_RTP } from '#media-node/sfu/codecs.ts';

/** RTP and RTCP, right in most of its bytes and wrong in some: what is wrong in all of them is refused by the first two. */
export class Datagrams {
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  colour(): number {
    return this.below(0x1000000);
  }

  /** `ssrc`: the stream that it pretends to be of. */
  next(ssrc: number = VIDEO_RTP.ssrc): Buffer {
    return this.damaged(
      this.one([() => this.rtp(ssrc), () => this.rtcp(ssrc), () => this.rtcp(ssrc), () => this.noise()])(),
    );
  }

  /** With up to three bytes that are others, and one time in eight cut short. */
  damaged(datagram: Buffer): Buffer {
    for (let i = this.below(4); i > 0 && datagram.length > 0; i--) {
      datagram[this.below(datagram.length)] = this.below(256);
    }
    return datagram.subarray(0, this.below(8) === 0 ? this.below(datagram.length + 1) : datagram.length);
  }

  /** RFC 3550, of our stream: with lying counts of sources, lengths of extensions and padding. */
  rtp(ssrc: number): Buffer {
    const packet = this.bytes(12 + this.below(1400));
    packet[0] = 0x80 | this.below(64);
    packet[1] = VIDEO_RTP.payloadType | (this.below(2) << 7);
    packet.writeUInt32BE(ssrc, 8);
    return packet;
  }

  /** Compound packets of every type from 192 to 223, with lengths that lie now and then. */
  rtcp(ssrc: number): Buffer {
    return Buffer.concat(
      Array.from({ length: 1 + this.below(4) }, () => {
        const words = 1 + this.below(this.below(5) === 0 ? 200 : 8);
        const packet = this.bytes(4 * (words + 1));
        packet[0] = 0x80 | this.below(32);
        packet[1] = 192 + this.below(32);
        packet.writeUInt16BE(this.below(6) === 0 ? this.below(0x10000) : words, 2);
        if (words >= 2) packet.writeUInt32BE(ssrc, 8);
        return packet;
      }),
    );
  }

  /** RFC 6347: records of every type and nearly right lengths, above all handshake messages (RFC 5246) that nobody expects. */
  dtls(): Buffer {
    return Buffer.concat(
      Array.from({ length: 1 + this.below(3) }, () => {
        const body = this.bytes(this.below(this.below(6) === 0 ? 1200 : 80));
        const handshake = Buffer.alloc(12);
        handshake[0] = this.one([0, 1, 2, 3, 11, 12, 14, 16, 20, this.below(256)]);
        for (const at of [1, 9]) handshake.writeUIntBE(this.lying(body.length, 0x1000000), at, 3);
        const payload = this.below(3) === 0 ? body : Buffer.concat([handshake, body]);
        const header = Buffer.from([
          20 + this.below(5),
          0xfe,
          this.one([0xff, 0xfd]),
          ...this.bytes(8),
          0,
          0,
        ]);
        if (this.below(2) === 0) header.fill(0, 3, 10);
        header.writeUInt16BE(this.lying(payload.length, 0x10000), 11);
        return Buffer.concat([header, payload]);
      }),
    );
  }

  /** RFC 9260: a common header with the right ports, and chunks of every type with lengths that lie now and then. */
  sctp(port: number): Buffer {
    const header = this.bytes(12);
    header.writeUInt16BE(port, 0);
    header.writeUInt16BE(port, 2);
    // RFC 9653 lets the checksum be zero under DTLS: what is wrong behind it is looked at then.
    if (this.below(2) === 0) header.writeUInt32BE(0, 8);
    const chunks = Array.from({ length: this.below(5) }, () => {
      const body = this.bytes(4 * this.below(this.below(5) === 0 ? 250 : 8));
      const head = Buffer.from([
        this.one([...Array(16).keys(), 64, 130, 192, 193, 194]),
        this.below(16),
        0,
        0,
      ]);
      head.writeUInt16BE(this.lying(body.length + 4, 0x10000), 2);
      return Buffer.concat([head, body]);
    });
    return Buffer.concat([header, ...chunks]);
  }

  noise(): Buffer {
    return this.bytes(this.below(200));
  }

  bytes(size: number): Buffer {
    const bytes = Buffer.alloc(size);
    for (let i = 0; i < size; i++) bytes[i] = this.below(256);
    return bytes;
  }

  below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  one<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T;
  }

  /** Mostly the truth. */
  lying(length: number, limit: number): number {
    return this.below(6) === 0 ? this.below(limit) : length;
  }
}
