import {
  IceCandidate,
  RTCDtlsFingerprint,
  RTCDtlsParameters,
  RTCDtlsTransport,
  RTCIceGatherer,
  RTCIceParameters,
  RTCIceTransport,
  RtpHeader,
  type SrtpProfile,
} from 'werift';
import { openVoiceResponseSchema, speakResponseSchema, type TransportInfo } from '#shared/signal.ts';
import type { TestPlayer } from './test-player.ts';

/** RFC 5764: SRTP_AES128_CM_HMAC_SHA1_80. */
const SRTP_PROFILES: SrtpProfile[] = [1];

const OPUS_PAYLOAD_TYPE = 111;
const LEVEL_EXTENSION = 10;

/** What a browser says of its microphone. */
export function micOf(ssrc: number) {
  return {
    mid: '0',
    codecs: [
      {
        mimeType: 'audio/opus',
        payloadType: OPUS_PAYLOAD_TYPE,
        clockRate: 48000,
        channels: 2,
        parameters: { useinbandfec: 1, usedtx: 1 },
        rtcpFeedback: [{ type: 'transport-cc' }],
      },
    ],
    headerExtensions: [{ uri: 'urn:ietf:params:rtp-hdrext:ssrc-audio-level', id: LEVEL_EXTENSION }],
    encodings: [{ ssrc }],
    rtcp: { cname: 'test' },
  };
}

/** One of a test player's transports: ICE, DTLS and SRTP for real, without a browser. */
export class VoicePeer {
  readonly #ice: RTCIceTransport;
  readonly #dtls: RTCDtlsTransport;
  readonly capabilities: object;
  /** Packets that came, by SSRC. */
  readonly received = new Map<number, number>();
  #sequence = 1;
  #timer: NodeJS.Timeout | undefined;

  private constructor(ice: RTCIceTransport, dtls: RTCDtlsTransport, capabilities: object) {
    this.#ice = ice;
    this.#dtls = dtls;
    this.capabilities = capabilities;
    dtls.onRtp.subscribe(({ header: { ssrc } }) => {
      this.received.set(ssrc, (this.received.get(ssrc) ?? 0) + 1);
    });
  }

  /** For what else travels over the same transport. */
  get dtls(): RTCDtlsTransport {
    return this.#dtls;
  }

  /** Asks the node for a transport and connects to it. */
  static async open(player: TestPlayer, direction: 'listen' | 'speak'): Promise<VoicePeer> {
    const answer = await player.request({ type: 'openVoice', direction });
    if (!answer.ok) throw new Error(`no transport: ${answer.error.code}`);
    const { transport, routerRtpCapabilities } = openVoiceResponseSchema.parse(answer.data);
    return VoicePeer.connect(player, transport, routerRtpCapabilities);
  }

  /** Connects to a transport that the node has offered: one for voice, or the game's. */
  static async connect(
    player: TestPlayer,
    transport: TransportInfo,
    capabilities: object,
  ): Promise<VoicePeer> {
    const gatherer = new RTCIceGatherer({
      useIpv4: true,
      useIpv6: false,
      additionalHostAddresses: ['127.0.0.1'],
    });
    const ice = new RTCIceTransport(gatherer);
    gatherer.connection.iceControlling = true;
    const certificate = await RTCDtlsTransport.SetupCertificate();
    const dtls = new RTCDtlsTransport({}, ice, certificate, SRTP_PROFILES);
    const peer = new VoicePeer(ice, dtls, capabilities);
    const fingerprints = certificate.getFingerprints().map(({ algorithm, value }) => ({ algorithm, value }));
    const dtlsParameters = { role: 'client', fingerprints };
    await Promise.all([
      player.request({ type: 'connectTransport', transportId: transport.id, dtlsParameters }),
      peer.#connect(transport),
    ]);
    return peer;
  }

  /** Opens the microphone by the signalling; answers the voice's id. */
  async speak(player: TestPlayer, ssrc: number): Promise<string> {
    const answer = await player.request({ type: 'speak', rtpParameters: micOf(ssrc), muted: false });
    if (!answer.ok) throw new Error(`may not speak: ${answer.error.code}`);
    return speakResponseSchema.parse(answer.data).voiceId;
  }

  /** Sends a packet each `everyMs` as loud as `dbov` says (RFC 6464: 0 is loudest, -127 is silence). */
  talk(ssrc: number, { everyMs = 20, dbov = -20, bytes = 60 } = {}): void {
    clearInterval(this.#timer);
    this.#timer = setInterval(() => this.#packet(ssrc, dbov, bytes), everyMs);
  }

  hush(): void {
    clearInterval(this.#timer);
  }

  /** A burst without pause, as nobody's voice makes it. */
  async flood(ssrc: number, packets: number): Promise<void> {
    for (let sent = 0; sent < packets; sent++) await this.#packet(ssrc, -20, 1000);
  }

  async close(): Promise<void> {
    this.hush();
    await this.#dtls.stop();
    await this.#ice.stop();
  }

  async #connect({ iceParameters, iceCandidates, dtlsParameters }: TransportInfo): Promise<void> {
    const { usernameFragment, password } = iceParameters as { usernameFragment: string; password: string };
    this.#ice.setRemoteParams(new RTCIceParameters({ iceLite: true, usernameFragment, password }));
    await this.#ice.gather();
    for (const each of iceCandidates as Array<{
      protocol: string;
      ip: string;
      port: number;
      priority: number;
    }>) {
      if (each.protocol !== 'udp') continue;
      await this.#ice.addRemoteCandidate(
        new IceCandidate(1, 'udp', each.ip, each.port, each.priority, 'udp', 'host'),
      );
    }
    await this.#ice.addRemoteCandidate(undefined);
    await this.#ice.start();
    const { fingerprints } = dtlsParameters as { fingerprints: Array<{ algorithm: string; value: string }> };
    this.#dtls.setRemoteParams(
      new RTCDtlsParameters(
        fingerprints.map(({ algorithm, value }) => new RTCDtlsFingerprint(algorithm, value)),
        'server',
      ),
    );
    this.#dtls.role = 'client';
    await this.#dtls.start();
  }

  async #packet(ssrc: number, dbov: number, bytes: number): Promise<void> {
    this.#sequence = (this.#sequence + 1) & 0xffff;
    const header = new RtpHeader({
      payloadType: OPUS_PAYLOAD_TYPE,
      ssrc,
      sequenceNumber: this.#sequence,
      timestamp: (this.#sequence * 960) >>> 0,
      extension: true,
      extensions: [{ id: LEVEL_EXTENSION, payload: Buffer.from([0x80 | -dbov]) }],
    });
    await this.#dtls.sendRtp(Buffer.alloc(bytes, 1), header);
  }
}
