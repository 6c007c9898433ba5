import type { VideoCodec } from '../sfu/codecs.ts';
import { Av1Obus } from './av1-obus.ts';

/** One RTP packet (RFC 3550), without its header extension and padding. */
export interface RtpPacket {
  sequence: number;
  timestamp: number;
  marker: boolean;
  payload: Buffer;
}

/** A whole coded picture. */
export interface CodedFrame {
  /** 90 kHz. */
  timestamp: number;
  key: boolean;
  /** H.264: Annex B; VP8, VP9: the frame; AV1: its OBUs. */
  data: Buffer;
}

/** Undefined for what is no RTP: RTCP shares the port. */
export function parseRtp(datagram: Buffer): RtpPacket | undefined {
  const [first = 0, second = 0] = datagram;
  if (datagram.length < 12 || first >> 6 !== 2 || (second >= 192 && second <= 223)) return undefined;
  let offset = 12 + 4 * (first & 0x0f);
  if ((first & 0x10) !== 0) {
    if (datagram.length < offset + 4) return undefined;
    offset += 4 + 4 * datagram.readUInt16BE(offset + 2);
  }
  const padding = (first & 0x20) === 0 ? 0 : (datagram.at(-1) ?? 0);
  if (offset + padding > datagram.length) return undefined;
  return {
    sequence: datagram.readUInt16BE(2),
    timestamp: datagram.readUInt32BE(4),
    marker: (second & 0x80) !== 0,
    payload: datagram.subarray(offset, datagram.length - padding),
  };
}

const START_CODE = Buffer.from([0, 0, 0, 1]);
const NAL_IDR = 5;
const NAL_SPS = 7;
const STAP_A = 24;
const FU_A = 28;

/** Puts the packets of a picture together: H.264 by RFC 6184 (packetization mode 1), VP8 by RFC 7741, VP9 by RFC 9628, AV1 by its own. */
export class Depacketizer {
  readonly #codec: VideoCodec;
  readonly #obus = new Av1Obus();
  #parts: Buffer[] = [];
  #timestamp: number | undefined;
  #expected: number | undefined;
  #key = false;
  #hasSps = false;
  #broken = true;
  #losses = 0;

  constructor(codec: VideoCodec) {
    this.#codec = codec;
  }

  /** Whether a key frame is needed to go on: at the beginning, and after a loss. */
  get needsKey(): boolean {
    return this.#broken;
  }

  /** How often packets were missing. */
  get losses(): number {
    return this.#losses;
  }

  /** The picture that this packet completes. Nothing after a loss, until the next key frame. */
  take(packet: RtpPacket): CodedFrame | undefined {
    const lost = this.#expected !== undefined && packet.sequence !== this.#expected;
    this.#expected = (packet.sequence + 1) & 0xffff;
    if (lost) {
      this.#broken = true;
      this.#losses += 1;
    }
    if (lost || packet.timestamp !== this.#timestamp) this.#begin(packet.timestamp);
    if (packet.payload.length === 0) return undefined;
    if (this.#codec === 'h264') this.#takeH264(packet.payload);
    else if (this.#codec === 'vp8') this.#takeVp8(packet.payload);
    else if (this.#codec === 'vp9') this.#takeVp9(packet.payload);
    else this.#obus.take(packet.payload);
    if (packet.marker && !this.#obus.empty) {
      this.#key = this.#obus.key;
      this.#parts.push(this.#obus.unit());
    }
    if (!packet.marker || this.#parts.length === 0) return undefined;
    const frame = { timestamp: packet.timestamp, key: this.#key, data: Buffer.concat(this.#parts) };
    this.#begin(undefined);
    if (frame.key && !lost) this.#broken = false;
    return this.#broken ? undefined : frame;
  }

  #begin(timestamp: number | undefined): void {
    this.#parts = [];
    this.#obus.clear();
    this.#key = false;
    this.#hasSps = false;
    this.#timestamp = timestamp;
  }

  #takeH264(payload: Buffer): void {
    const type = (payload[0] ?? 0) & 0x1f;
    if (type === STAP_A) {
      for (let at = 1; at + 2 <= payload.length; ) {
        const length = payload.readUInt16BE(at);
        this.#nal(payload.subarray(at + 2, at + 2 + length));
        at += 2 + length;
      }
    } else if (type === FU_A && payload.length > 2) {
      const header = payload[1] ?? 0;
      if ((header & 0x80) !== 0) {
        this.#nal(Buffer.from([((payload[0] ?? 0) & 0xe0) | (header & 0x1f)]));
      }
      this.#parts.push(payload.subarray(2));
    } else if (type > 0 && type < STAP_A) {
      this.#nal(payload);
    }
  }

  #nal(nal: Buffer): void {
    const type = (nal[0] ?? 0) & 0x1f;
    if (type === NAL_SPS) this.#hasSps = true;
    // Without its parameters the beginning is missing: we came, or a loss ended, in the middle of it. It decodes to nothing.
    if (type === NAL_IDR) this.#key = this.#hasSps;
    this.#parts.push(START_CODE, nal);
  }

  /** Without layers and scalability structures, which our encoders do not make. */
  #takeVp9(payload: Buffer): void {
    const first = payload[0] ?? 0;
    const offset = (first & 0x80) === 0 ? 1 : ((payload[1] ?? 0) & 0x80) === 0 ? 2 : 3;
    const isStart = (first & 0x08) !== 0;
    if (isStart && this.#parts.length === 0) this.#key = (first & 0x40) === 0;
    this.#parts.push(payload.subarray(offset));
  }

  #takeVp8(payload: Buffer): void {
    const first = payload[0] ?? 0;
    let offset = 1;
    if ((first & 0x80) !== 0) {
      const extended = payload[1] ?? 0;
      offset = 2;
      if ((extended & 0x80) !== 0) offset += ((payload[2] ?? 0) & 0x80) !== 0 ? 2 : 1;
      if ((extended & 0x40) !== 0) offset += 1;
      if ((extended & 0x30) !== 0) offset += 1;
    }
    const isStart = (first & 0x10) !== 0 && (first & 0x07) === 0;
    // RFC 6386, 9.1: the lowest bit of the frame tag is 0 in key frames.
    if (isStart && this.#parts.length === 0) this.#key = ((payload[offset] ?? 1) & 1) === 0;
    this.#parts.push(payload.subarray(offset));
  }
}
