import { RTCDataChannel, RTCDataChannelParameters, RTCSctpTransport } from 'werift';
import {
  CHANNEL_OF,
  encodeInput,
  INPUT_CHANNELS,
  type InputChannel,
  type InputMessage,
} from '#shared/input.ts';
import type { TransportInfo } from '#shared/signal.ts';
import type { TestPlayer } from './test-player.ts';
import { VoicePeer } from './voice-peer.ts';

/** The port that mediasoup's SCTP associations use. */
const SCTP_PORT = 5000;

/** Bytes that may wait to be sent; a flood would else fill this process instead of the node. */
const MAX_WAITING = 64 * 1024;

/** A test player's way to the game: the input channels over DTLS and SCTP for real, without a browser. */
export class InputPeer {
  readonly #link: VoicePeer;
  readonly #channels: Record<InputChannel, RTCDataChannel>;

  private constructor(link: VoicePeer, channels: Record<InputChannel, RTCDataChannel>) {
    this.#link = link;
    this.#channels = channels;
  }

  /** Over the transport that the node has offered to send on. */
  static async open(player: TestPlayer, transport: TransportInfo): Promise<InputPeer> {
    const link = await VoicePeer.connect(player, transport, {});
    const sctp = new RTCSctpTransport(SCTP_PORT);
    sctp.setDtlsTransport(link.dtls);
    await sctp.start(SCTP_PORT);
    const channels = {} as Record<InputChannel, RTCDataChannel>;
    for (const [streamId, channel] of INPUT_CHANNELS.entries()) {
      const answer = await player.request({
        type: 'produceData',
        channel,
        sctpStreamParameters: { streamId, ordered: true },
      });
      if (!answer.ok) throw new Error(`no channel: ${answer.error.code}`);
      const parameters = new RTCDataChannelParameters({ label: channel, id: streamId, negotiated: true });
      channels[channel] = new RTCDataChannel(sctp, parameters);
    }
    const [first] = Object.values(channels);
    while (first?.readyState !== 'open') await new Promise(resolve => setTimeout(resolve, 10));
    return new InputPeer(link, channels);
  }

  send(message: InputMessage): void {
    this.#channels[CHANNEL_OF[message.kind]].send(Buffer.from(encodeInput(message)));
  }

  /** Anything. False when it was not sent: too much waits, or the channel has closed. */
  sendRaw(channel: InputChannel, data: Buffer | string): boolean {
    const { [channel]: to } = this.#channels;
    if (to.readyState !== 'open' || to.bufferedAmount > MAX_WAITING) return false;
    to.send(data);
    return true;
  }

  /** The next packet of at least so many bytes is lost on the way. */
  loseNext(bytes: number): void {
    const { dtls } = this.#link;
    const send = dtls.sendData;
    Object.assign(dtls, {
      sendData: async (packet: Buffer) => {
        if (packet.length < bytes) return send(packet);
        Object.assign(dtls, { sendData: send });
      },
    });
  }

  close(): Promise<void> {
    return this.#link.close();
  }
}
