import type { DecoderReport } from '#shared/signal.ts';
import type { VideoCodec } from './codecs.ts';

export interface CodecChoice {
  /** What the node can encode, the configured one first. */
  offered: readonly VideoCodec[];
  /** Whether the viewer's browser takes it at all. */
  takes: (codec: VideoCodec) => boolean;
  /** What the browser said of its decoders; older pages and standard players say nothing. */
  decoders: readonly DecoderReport[];
}

/**
 * The codec that the viewer decodes best: smoothly before not, by hardware before by the processor (a phone stays cool, a frame
 * takes 2 ms instead of 8), and of equal ones the first that is offered. Undefined: none that is offered.
 */
export function chooseCodec({ offered, takes, decoders }: CodecChoice): VideoCodec | undefined {
  const worth = (codec: VideoCodec) => {
    const report = decoders.find(decoder => decoder.codec === codec);
    // Unsaid is as good as what most browsers have: smooth, by the processor.
    return ((report?.smooth ?? true) ? 2 : 0) + (report?.powerEfficient ? 1 : 0);
  };
  const taken = offered.filter(takes);
  const best = Math.max(...taken.map(worth));
  return taken.find(codec => worth(codec) === best);
}
