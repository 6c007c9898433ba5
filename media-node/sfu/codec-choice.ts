import type { DecoderReport } from '#shared/signal.ts';
import type { VideoCodec } from './codecs.ts';

/** What the node can encode a picture in. */
export interface OfferedCodec {
  codec: VideoCodec;
  /** By a graphics card. */
  hardware: boolean;
  /** As fast as the picture moves. */
  keepsUp: boolean;
}

export interface CodecChoice {
  /** What the node can encode, the configured or the game's own codec first. */
  offered: readonly OfferedCodec[];
  /** Whether the viewer's browser takes it at all. */
  takes: (codec: VideoCodec) => boolean;
  /** What the browser said of its decoders; older pages and standard players say nothing. */
  decoders: readonly DecoderReport[];
}

/**
 * By the processor these take several times as long as H.264 and VP8 do: more than a browser's chip wins back. They come first where
 * somebody has asked for them, and last otherwise.
 */
const SLOW: readonly VideoCodec[] = ['vp9', 'av1'];

/**
 * The codec that the node encodes in time and the viewer decodes best: smoothly before not, by hardware before by the processor (a phone stays cool, a frame
 * takes 2 ms instead of 8), then the one that a graphics card of the node's encodes, and of equal ones the first that is offered. A
 * slow one is taken when it is the first offered, or nothing else is decoded smoothly. Undefined: none that is offered.
 */
export function chooseCodec({ offered, takes, decoders }: CodecChoice): VideoCodec | undefined {
  const worth = ({ codec, hardware, keepsUp }: OfferedCodec) => {
    const report = decoders.find(decoder => decoder.codec === codec);
    const slow = !hardware && SLOW.includes(codec) && offered[0]?.codec !== codec;
    // Unsaid is as good as what most browsers have: smooth, by the processor.
    return (
      (keepsUp ? 16 : 0) +
      ((report?.smooth ?? true) ? 8 : 0) +
      (slow ? 0 : 4) +
      (report?.powerEfficient && !slow ? 2 : 0) +
      (hardware ? 1 : 0)
    );
  };
  const taken = offered.filter(({ codec }) => takes(codec));
  const best = Math.max(...taken.map(worth));
  return taken.find(one => worth(one) === best)?.codec;
}
