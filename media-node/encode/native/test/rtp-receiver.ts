import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';

export type Codec = 'h264' | 'vp8' | 'vp9' | 'av1';

export interface RtpPacket {
  payloadType: number;
  marker: boolean;
  sequence: number;
  timestamp: number;
  ssrc: number;
  /** Elements of the one-byte header extension (RFC 8285), by id. */
  extensions: Map<number, Buffer>;
  payload: Buffer;
  /** performance.now() */
  at: number;
}

/** Whole and in order: this goes over loopback. */
export interface EncodedFrame {
  timestamp: number;
  key: boolean;
  /** Annex B for H.264, a temporal unit of low overhead for AV1. */
  data: Buffer;
  bytes: number;
  at: number;
}

const NAL_SPS = 7;
const NAL_SEI = 6;
const NAL_IDR = 5;
const FU_A = 28;
const START_CODE = Buffer.from([0, 0, 0, 1]);

/** An SFU's end of one RTP stream, written from the RFCs and not from the helper's code. */
export class RtpReceiver implements AsyncDisposable {
  /** As they came first. */
  readonly packets: RtpPacket[] = [];
  /** Those that came once more. */
  readonly copies: RtpPacket[] = [];
  readonly rtcp: Buffer[] = [];
  readonly #socket: Socket;
  readonly #seen = new Set<string>();
  #sender: RemoteInfo | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('message', (datagram, sender) => {
      this.#sender = sender;
      const kind = datagram[1] ?? 0;
      if (kind >= 192 && kind <= 223) this.rtcp.push(datagram);
      else this.#take(parse(datagram));
    });
  }

  #take(packet: RtpPacket): void {
    const name = `${packet.ssrc} ${packet.timestamp} ${packet.sequence}`;
    (this.#seen.has(name) ? this.copies : this.packets).push(packet);
    this.#seen.add(name);
  }

  static async open(): Promise<RtpReceiver> {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new RtpReceiver(socket);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** RTCP feedback of `type` and `format` about a stream. */
  sendFeedback(type: number, format: number, mediaSsrc: number, body = Buffer.alloc(0)): void {
    const header = Buffer.alloc(12);
    header.writeUInt8(0x80 | format, 0);
    header.writeUInt8(type, 1);
    header.writeUInt16BE((12 + body.length) / 4 - 1, 2);
    header.writeUInt32BE(1, 4);
    header.writeUInt32BE(mediaSsrc, 8);
    if (this.#sender === undefined) throw new Error('Nothing has come from the sender yet');
    this.#socket.send(Buffer.concat([header, body]), this.#sender.port, this.#sender.address);
  }

  /** Frames from the packets that came since `from`. */
  frames(codec: Codec, from = 0): EncodedFrame[] {
    const frames: EncodedFrame[] = [];
    let parts: RtpPacket[] = [];
    for (const packet of this.packets.slice(from)) {
      parts.push(packet);
      if (!packet.marker) continue;
      frames.push(JOIN[codec](parts, packet));
      parts = [];
    }
    return frames;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await once(this.#socket, 'close');
  }
}

function parse(datagram: Buffer): RtpPacket {
  const [first = 0, second = 0] = datagram;
  if (first >> 6 !== 2) throw new Error('Not RTP version 2');
  let offset = 12 + (first & 0x0f) * 4;
  const extensions = new Map<number, Buffer>();
  if (first & 0x10) {
    const end = offset + 4 + datagram.readUInt16BE(offset + 2) * 4;
    if (datagram.readUInt16BE(offset) === 0xbede)
      readExtensions(datagram.subarray(offset + 4, end), extensions);
    offset = end;
  }
  return {
    payloadType: second & 0x7f,
    marker: (second & 0x80) !== 0,
    sequence: datagram.readUInt16BE(2),
    timestamp: datagram.readUInt32BE(4),
    ssrc: datagram.readUInt32BE(8),
    extensions,
    payload: datagram.subarray(offset),
    at: performance.now(),
  };
}

function readExtensions(block: Buffer, into: Map<number, Buffer>): void {
  for (let i = 0; i < block.length; ) {
    const head = block.readUInt8(i++);
    if (head === 0) continue;
    const size = (head & 0x0f) + 1;
    into.set(head >> 4, block.subarray(i, i + size));
    i += size;
  }
}

function describe(parts: RtpPacket[], last: RtpPacket): { timestamp: number; bytes: number; at: number } {
  if (parts.some(part => part.timestamp !== last.timestamp)) throw new Error('Two timestamps in one frame');
  const bytes = parts.reduce((sum, part) => sum + part.payload.length, 0);
  return { timestamp: last.timestamp, bytes, at: last.at };
}

/** RFC 6184, packetization-mode 1. */
function joinH264(parts: RtpPacket[], last: RtpPacket): EncodedFrame {
  const units: Buffer[] = [];
  const types: number[] = [];
  for (const { payload } of parts) {
    const [indicator = 0, header = 0] = payload;
    if ((indicator & 0x1f) !== FU_A) {
      types.push(indicator & 0x1f);
      units.push(START_CODE, payload);
      continue;
    }
    if (header & 0x80) {
      types.push(header & 0x1f);
      units.push(START_CODE, Buffer.from([(indicator & 0xe0) | (header & 0x1f)]));
    }
    units.push(payload.subarray(2));
  }
  if (types.includes(NAL_SEI)) throw new Error('An SEI was sent');
  if (types.includes(NAL_IDR) && !types.includes(NAL_SPS))
    throw new Error('A key frame without parameter sets');
  return { ...describe(parts, last), key: types.includes(NAL_IDR), data: Buffer.concat(units) };
}

/** RFC 7741, with the 15-bit picture id that the helper is to send. */
function joinVp8(parts: RtpPacket[], last: RtpPacket): EncodedFrame {
  const bodies = parts.map(({ payload }, index) => {
    const [flags = 0, extension = 0, picture = 0] = payload;
    if (flags !== (index === 0 ? 0x90 : 0x80) || extension !== 0x80 || !(picture & 0x80)) {
      throw new Error(`Payload descriptor ${payload.subarray(0, 4).toString('hex')}`);
    }
    return payload.subarray(4);
  });
  const data = Buffer.concat(bodies);
  return { ...describe(parts, last), key: ((data[0] ?? 1) & 1) === 0, data };
}

/** RFC 9628 without layers, with the 15-bit picture id that the helper is to send. */
function joinVp9(parts: RtpPacket[], last: RtpPacket): EncodedFrame {
  const predicted = ((parts[0]?.payload[0] ?? 0) & 0x40) !== 0;
  const bodies = parts.map(({ payload }, index) => {
    const [flags = 0, picture = 0] = payload;
    const ends = (index === 0 ? 0x08 : 0) | (index === parts.length - 1 ? 0x04 : 0);
    if (flags !== (0x80 | (predicted ? 0x40 : 0) | ends) || !(picture & 0x80)) {
      throw new Error(`Payload descriptor ${payload.subarray(0, 3).toString('hex')}`);
    }
    return payload.subarray(3);
  });
  return { ...describe(parts, last), key: !predicted, data: Buffer.concat(bodies) };
}

const OBU_SEQUENCE = 1;
const OBU_FRAME = 6;

/** AV1 RTP payload format 1.0, 4.4: OBUs come without their sizes, which a decoder wants back. */
function joinAv1(parts: RtpPacket[], last: RtpPacket): EncodedFrame {
  const units: Buffer[] = [];
  for (const { payload } of parts) {
    const aggregation = payload[0] ?? 0;
    const count = (aggregation >> 4) & 3;
    let offset = 1;
    for (let i = 0; i < count; i++) {
      let size = payload.length - offset;
      if (i + 1 < count) {
        size = payload[offset] ?? 0;
        if (size >= 0x80) throw new Error('A joined OBU of more than 127 bytes');
        offset += 1;
      }
      const piece = payload.subarray(offset, offset + size);
      const continues = i === 0 && (aggregation & 0x80) !== 0;
      if (continues) units.push(Buffer.concat([units.pop() ?? Buffer.alloc(0), piece]));
      else units.push(piece);
      offset += size;
    }
  }
  const types = units.map(unit => ((unit[0] ?? 0) >> 3) & 0xf);
  if (!types.includes(OBU_FRAME)) throw new Error(`OBUs of types ${types}`);
  const key = types.includes(OBU_SEQUENCE);
  if (key !== (((parts[0]?.payload[0] ?? 0) & 0x08) !== 0)) throw new Error('A sequence that is not marked');
  const data = [Buffer.from([0x12, 0x00]), ...units.flatMap(withSize)];
  return { ...describe(parts, last), key, data: Buffer.concat(data) };
}

function withSize(unit: Buffer): Buffer[] {
  const [header = 0] = unit;
  if (header & 0x06) throw new Error('An OBU with a size or an extension');
  const size: number[] = [];
  for (let left = unit.length - 1; ; left >>= 7) {
    size.push((left & 0x7f) | (left > 0x7f ? 0x80 : 0));
    if (left <= 0x7f) break;
  }
  return [Buffer.from([header | 0x02, ...size]), unit.subarray(1)];
}

const JOIN = { h264: joinH264, vp8: joinVp8, vp9: joinVp9, av1: joinAv1 };
