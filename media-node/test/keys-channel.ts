import { RTCDataChannel, RTCDataChannelParameters, RTCSctpTransport } from 'werift';
import { encodeInput, type InputMessage } from '#shared/input.ts';
import type { TestPlayer } from './test-player.ts';
import { VoicePeer } from './voice-peer.ts';

const SCTP_PORT = 5000;
const STREAM_ID = 0;

/** A test player's `keys` channel: SCTP over DTLS for real, without a browser. */
export class KeysChannel {
  readonly #peer: VoicePeer;
  readonly #sctp: RTCSctpTransport;
  readonly #channel: RTCDataChannel;

  private constructor(peer: VoicePeer, sctp: RTCSctpTransport, channel: RTCDataChannel) {
    this.#peer = peer;
    this.#sctp = sctp;
    this.#channel = channel;
  }

  static async open(player: TestPlayer): Promise<KeysChannel> {
    const { sendTransport, routerRtpCapabilities } = await player.welcome();
    if (sendTransport === null) throw new Error('spectators send nothing');
    const peer = await VoicePeer.connect(player, sendTransport, routerRtpCapabilities);
    const sctp = new RTCSctpTransport(SCTP_PORT);
    sctp.setDtlsTransport(peer.dtls);
    const { port } = sendTransport.sctpParameters as { port: number };
    await sctp.start(port);
    const channel = new RTCDataChannel(
      sctp,
      new RTCDataChannelParameters({ label: 'keys', ordered: true, negotiated: true, id: STREAM_ID }),
    );
    const answer = await player.request({
      type: 'produceData',
      channel: 'keys',
      sctpStreamParameters: { streamId: STREAM_ID, ordered: true },
    });
    if (!answer.ok) throw new Error(`no channel: ${answer.error.code}`);
    return new KeysChannel(peer, sctp, channel);
  }

  send(message: InputMessage): void {
    this.#channel.send(Buffer.from(encodeInput(message)));
  }

  async close(): Promise<void> {
    await this.#sctp.stop();
    await this.#peer.close();
  }
}
