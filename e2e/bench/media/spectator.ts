import { createHmac, randomBytes, X509Certificate } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { crc32 } from 'node:zlib';
import {
  createSelfSignedCertificate,
  DtlsClient,
  HashAlgorithm,
  NamedCurveAlgorithm,
  SignatureAlgorithm,
  type Transport,
} from 'werift';
import { z } from 'zod';
import type { TestPlayer } from '#media-node/test/test-player.ts';
import { consumeResponseSchema } from '#shared/signal.ts';

/** DTLS identity that all synthetic spectators share: making one takes longer than a handshake. */
export interface Identity {
  certPem: string;
  keyPem: string;
  fingerprint: string;
}

const SIGNATURE = { hash: HashAlgorithm.sha256_4, signature: SignatureAlgorithm.ecdsa_3 } as const;

export async function newIdentity(): Promise<Identity> {
  const { certPem, keyPem } = await createSelfSignedCertificate(SIGNATURE, NamedCurveAlgorithm.secp256r1_23);
  return { certPem, keyPem, fingerprint: new X509Certificate(certPem).fingerprint256 };
}

/** What a spectator has got on one stream. */
export interface StreamCount {
  packets: number;
  bytes: number;
  /** Sequence numbers that did not come, also not later. */
  lost: number;
}

const iceSchema = z.object({ usernameFragment: z.string(), password: z.string() });
const candidateSchema = z.object({ protocol: z.string(), address: z.string(), port: z.int() });
const encodingsSchema = z.object({ encodings: z.array(z.object({ ssrc: z.int() })).min(1) });

/** Milliseconds between ICE checks: the node takes a spectator for gone who is silent for half a minute. */
const CONSENT_MS = 5000;
const CHECK_MS = 100;

const RECEIVE_BUFFER = 1024 * 1024;

/**
 * A spectator without a browser: comes in with a ticket, connects by ICE and DTLS like one, and counts the RTP packets that come. What
 * is in them stays encrypted: sequence numbers are not (RFC 3711), and hundreds of these fit on a core.
 */
export class SyntheticSpectator {
  readonly #player: TestPlayer;
  readonly #socket: Socket;
  readonly #remote: { address: string; port: number };
  readonly #streams = new Map<number, Sequence>();
  readonly #timers: NodeJS.Timeout[] = [];
  #onData: (data: Buffer) => void = () => undefined;
  #onStun: () => void = () => undefined;

  private constructor(player: TestPlayer, socket: Socket, remote: { address: string; port: number }) {
    this.#player = player;
    this.#socket = socket;
    this.#remote = remote;
    socket.on('message', datagram => this.#take(datagram));
  }

  /** Resolves when the streams are on their way. `player`: has said hello with a spectator's ticket. */
  static async open(player: TestPlayer, identity: Identity): Promise<SyntheticSpectator> {
    const { recvTransport, routerRtpCapabilities } = await player.welcome();
    const candidate = z
      .array(candidateSchema)
      .parse(recvTransport.iceCandidates)
      .find(({ protocol }) => protocol === 'udp');
    if (candidate === undefined) throw new Error('no UDP candidate');
    const socket = createSocket({ type: 'udp4', recvBufferSize: RECEIVE_BUFFER });
    await new Promise<void>(resolve => socket.bind(0, resolve));
    const spectator = new SyntheticSpectator(player, socket, candidate);
    await spectator.#ask({
      type: 'connectTransport',
      transportId: recvTransport.id,
      dtlsParameters: {
        role: 'client',
        fingerprints: [{ algorithm: 'sha-256', value: identity.fingerprint }],
      },
    });
    await spectator.#check(iceSchema.parse(recvTransport.iceParameters));
    await spectator.#shakeHands(identity);
    const { consumers } = consumeResponseSchema.parse(
      await spectator.#ask({ type: 'consume', rtpCapabilities: routerRtpCapabilities }),
    );
    for (const { rtpParameters } of consumers) {
      const [encoding] = encodingsSchema.parse(rtpParameters).encodings;
      if (encoding !== undefined && !spectator.#streams.has(encoding.ssrc)) {
        spectator.#streams.set(encoding.ssrc, new Sequence());
      }
    }
    spectator.#timers.push(setInterval(() => player.send({ type: 'ping', sentAt: 0 }), CONSENT_MS));
    return spectator;
  }

  /** Picture and sound, in the order of the session's streams. */
  get streams(): StreamCount[] {
    return [...this.#streams.values()].map(({ packets, bytes, lost }) => ({ packets, bytes, lost }));
  }

  /** Begins to count anew. */
  reset(): void {
    for (const ssrc of this.#streams.keys()) this.#streams.set(ssrc, new Sequence());
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#player.vanish();
    this.#socket.close();
  }

  async #ask(message: object): Promise<unknown> {
    const response = await this.#player.request(message);
    if (!response.ok) throw new Error(`${response.error.code}: ${response.error.message}`);
    return response.data;
  }

  #check({ usernameFragment, password }: z.infer<typeof iceSchema>): Promise<void> {
    const answered = Promise.withResolvers<void>();
    const check = () => this.#send(bindingRequest(`${usernameFragment}:synthetic`, password));
    const first = setInterval(check, CHECK_MS);
    this.#timers.push(first, setInterval(check, CONSENT_MS));
    this.#onStun = () => {
      clearInterval(first);
      answered.resolve();
    };
    void check();
    return answered.promise;
  }

  async #shakeHands({ certPem, keyPem }: Identity): Promise<void> {
    const transport: Transport = {
      type: 'udp',
      address: { address: '0.0.0.0', port: 0, family: 'IPv4' },
      closed: false,
      onData: () => undefined,
      send: data => this.#send(data),
      close: () => Promise.resolve(),
    };
    const dtls = new DtlsClient({
      transport,
      cert: certPem,
      key: keyPem,
      signatureHash: SIGNATURE,
      // RFC 5764: SRTP_AES128_CM_HMAC_SHA1_80.
      srtpProfiles: [1],
      extendedMasterSecret: true,
    });
    this.#onData = data => transport.onData(data, [this.#remote.address, this.#remote.port]);
    const connected = Promise.withResolvers<void>();
    dtls.onConnect.once(() => connected.resolve());
    dtls.onError.once(error => connected.reject(error));
    await dtls.connect();
    await connected.promise;
  }

  #send(data: Buffer): Promise<void> {
    this.#socket.send(data, this.#remote.port, this.#remote.address);
    return Promise.resolve();
  }

  /** RFC 7983: what comes tells by its first byte what it is. */
  #take(datagram: Buffer): void {
    const first = datagram[0] ?? 255;
    if (first < 4) this.#onStun();
    else if (first >= 20 && first < 64) this.#onData(datagram);
    else if (first >= 128 && first < 192 && datagram.length >= 12) {
      const kind = datagram[1] ?? 0;
      if (kind >= 192 && kind <= 223) return;
      // Others are retransmissions and probes of the bandwidth, which have no order.
      this.#streams.get(datagram.readUInt32BE(8))?.take(datagram.readUInt16BE(2), datagram.length);
    }
  }
}

/** Sequence numbers of a stream (RFC 3550): the highest so far, and how many below it did not come. */
class Sequence {
  packets = 0;
  bytes = 0;
  lost = 0;
  #highest: number | undefined;

  take(sequence: number, bytes: number): void {
    this.packets += 1;
    this.bytes += bytes;
    const ahead = this.#highest === undefined ? 1 : ((sequence - this.#highest + 0x8000) & 0xffff) - 0x8000;
    if (ahead > 0) {
      this.lost += ahead - 1;
      this.#highest = sequence;
    } else if (ahead < 0 && this.lost > 0) {
      this.lost -= 1;
    }
  }
}

/** RFC 8489 and RFC 8445: a nominating check by the controlling side. */
function bindingRequest(username: string, password: string): Buffer {
  const attribute = (type: number, value: Buffer) => {
    const head = Buffer.alloc(4);
    head.writeUInt16BE(type, 0);
    head.writeUInt16BE(value.length, 2);
    return Buffer.concat([head, value, Buffer.alloc((4 - (value.length % 4)) % 4)]);
  };
  const head = Buffer.alloc(20);
  head.writeUInt16BE(0x0001, 0);
  head.writeUInt32BE(0x2112a442, 4);
  randomBytes(12).copy(head, 8);
  const upTo = (body: Buffer, more: number) => {
    head.writeUInt16BE(body.length + more, 2);
    return Buffer.concat([head, body]);
  };
  let body = Buffer.concat([
    attribute(0x0006, Buffer.from(username)),
    attribute(0x0024, Buffer.from([0x6e, 0x7f, 0x00, 0xff])),
    attribute(0x802a, randomBytes(8)),
    attribute(0x0025, Buffer.alloc(0)),
  ]);
  const integrity = createHmac('sha1', password).update(upTo(body, 24)).digest();
  body = Buffer.concat([body, attribute(0x0008, integrity)]);
  const fingerprint = Buffer.alloc(4);
  fingerprint.writeUInt32BE((crc32(upTo(body, 8)) ^ 0x5354554e) >>> 0);
  return upTo(Buffer.concat([body, attribute(0x8028, fingerprint)]), 0);
}
