import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { VIDEO_RTP } from '../sfu/codecs.ts';

/** NAL unit types (RFC 6184): a sequence parameter set begins what can be decoded by itself; a slice builds on what came before. */
const SPS = 7;
const SLICE = 1;

/** RTCP (RFC 4585): payload-specific feedback, picture loss indication. */
const PSFB = 206;
const PLI = 1;

/** An encoder as mediasoup sees it: numbered packets of H.264, a key frame whenever one is asked for. */
export class RtpSource {
  readonly #socket: Socket;
  readonly #port: number;
  #sequence = 0;
  #asked = true;
  sent = 0;
  /** Key-frame requests that came. */
  requests = 0;

  private constructor(socket: Socket, port: number) {
    this.#socket = socket;
    this.#port = port;
    socket.on('message', packet => this.#hear(packet));
  }

  /** `port`: of the ingest. */
  static async open(port: number): Promise<RtpSource> {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new RtpSource(socket, port);
  }

  /** One packet: of a key frame when one was asked for. */
  send(): void {
    const packet = Buffer.alloc(200, this.sent & 0xff);
    packet.writeUInt8(0x80, 0);
    packet.writeUInt8(0x80 | VIDEO_RTP.payloadType, 1);
    packet.writeUInt16BE(this.#sequence++ & 0xffff, 2);
    packet.writeUInt32BE((this.sent * 1500) >>> 0, 4);
    packet.writeUInt32BE(VIDEO_RTP.ssrc, 8);
    packet.writeUInt8(0x60 | (this.#asked ? SPS : SLICE), 12);
    // Which packet it is, wherever it goes: what forwards it renumbers it.
    packet.writeUInt32BE(this.sent, 16);
    this.#asked = false;
    this.sent += 1;
    this.#socket.send(packet, this.#port, '127.0.0.1');
  }

  close(): void {
    this.#socket.close();
  }

  #hear(packet: Buffer): void {
    for (let at = 0; at + 4 <= packet.length; at += (packet.readUInt16BE(at + 2) + 1) * 4) {
      if (packet.readUInt8(at + 1) !== PSFB || (packet.readUInt8(at) & 0x1f) !== PLI) continue;
      this.requests += 1;
      this.#asked = true;
    }
  }
}

/** Which packet of its source this is, and whether it begins a key frame. */
export function readPacket(packet: Buffer): { number: number; key: boolean } {
  const extension = (packet.readUInt8(0) & 0x10) === 0 ? 0 : 4 + packet.readUInt16BE(14) * 4;
  const payload = 12 + extension;
  return { number: packet.readUInt32BE(payload + 4), key: (packet.readUInt8(payload) & 0x1f) === SPS };
}
