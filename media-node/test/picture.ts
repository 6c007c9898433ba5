import { consumeResponseSchema } from '#shared/signal.ts';
import { until } from './stage.ts';
import type { TestPlayer } from './test-player.ts';
import { VoicePeer } from './voice-peer.ts';

/** A player's picture over a transport of its own: encrypted RTP from the node, counted. */
export class Picture {
  readonly #peer: VoicePeer;
  readonly #ssrc: number;

  private constructor(peer: VoicePeer, ssrc: number) {
    this.#peer = peer;
    this.#ssrc = ssrc;
  }

  /** Resolves when the first packet of the picture is here. */
  static async open(player: TestPlayer): Promise<Picture> {
    const { recvTransport, routerRtpCapabilities } = await player.welcome();
    const peer = await VoicePeer.connect(player, recvTransport, routerRtpCapabilities);
    const answer = await player.request({ type: 'consume', rtpCapabilities: routerRtpCapabilities });
    if (!answer.ok) throw new Error(`no picture: ${answer.error.code}`);
    const video = consumeResponseSchema.parse(answer.data).consumers.find(({ kind }) => kind === 'video');
    if (video === undefined) throw new Error('no picture is offered');
    const { encodings } = video.rtpParameters as { encodings: Array<{ ssrc: number }> };
    const picture = new Picture(peer, encodings[0]?.ssrc ?? 0);
    await picture.more();
    return picture;
  }

  get packets(): number {
    return this.#peer.received.get(this.#ssrc) ?? 0;
  }

  /** Resolves when packets have come since it was asked. */
  more(): Promise<void> {
    const had = this.packets;
    return until(() => this.packets > had);
  }

  close(): Promise<void> {
    return this.#peer.close();
  }
}
