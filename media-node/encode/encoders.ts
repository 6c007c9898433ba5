import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { z } from 'zod';
import type { Logger } from '../log.ts';
import type { OfferedCodec } from '../sfu/codec-choice.ts';
import { VIDEO_CODECS, type VideoCodec } from '../sfu/codecs.ts';
import { encoderSchema } from './protocol.ts';

/** One way to encode on this machine. */
export type Encoder = z.infer<typeof encoderSchema>;

/** Of 640x360, which the probe encodes. */
const PROBE_PIXELS = 640 * 360;

/**
 * Cores that a codec's software encoder may take at a picture's full rate. Above it frames wait for one another, and the player feels
 * that before anything that a better codec gives.
 */
const MOST_CORES = 0.8;

/** What has to do on any machine: a slower codec is no way out of a slow processor. */
const EVERYWHERE: ReadonlySet<VideoCodec> = new Set(['h264', 'vp8']);

/** Milliseconds for the probe: a graphics card's driver may take a second to wake. */
const DEADLINE_MS = 10_000;

/** What every machine of ours has: the libraries are linked in. */
const WITHOUT_PROBE: readonly Encoder[] = [
  { codec: 'h264', encoder: 'x264', hardware: false, msPerFrame: 0 },
  { codec: 'vp8', encoder: 'libvpx', hardware: false, msPerFrame: 0 },
];

/** The helper that can use graphics cards, beside the one that cannot: it loads some forty libraries more. */
export function hardwareHelper(mediaHelper: string): string {
  return `${mediaHelper}-hardware`;
}

/** What encodes on this node, found once by really encoding with each: what fails is not there. */
export class Encoders {
  readonly #list: readonly Encoder[];

  constructor(list: readonly Encoder[] = WITHOUT_PROBE) {
    this.#list = list;
  }

  /** `spawn` starts the helper that knows graphics cards, with `--probe`, as those who will encode run, since a device may be closed to them. */
  static async probe(spawn: () => ChildProcess, log: Logger): Promise<Encoders> {
    const found: Encoder[] = [];
    try {
      const child = spawn();
      const late = setTimeout(() => child.kill('SIGKILL'), DEADLINE_MS);
      const ended = new Promise<void>(resolve => {
        child.once('error', () => resolve());
        child.once('close', () => resolve());
      });
      if (child.stdout !== null) {
        // A driver that crashes ends the list, and what was said before holds.
        createInterface({ input: child.stdout }).on('line', line => {
          const encoder = parse(line);
          if (encoder !== undefined) found.push(encoder);
        });
      }
      await ended.finally(() => clearTimeout(late));
    } catch (error) {
      log.warn({ err: error }, 'the encoders cannot be probed');
    }
    if (found.length > 0) log.info({ encoders: found }, 'what encodes here');
    else log.warn('the probe found no encoder: H.264 and VP8 by the processor are taken for granted');
    return new Encoders(found.length > 0 ? found : undefined);
  }

  get list(): readonly Encoder[] {
    return this.#list;
  }

  /** The helper that has these encoders: only where a graphics card encodes is the larger one of use. */
  helper(mediaHelper: string): string {
    return this.#list.some(({ hardware }) => hardware) ? hardwareHelper(mediaHelper) : mediaHelper;
  }

  /** The best one of a codec: a graphics card's before the processor's. */
  of(codec: VideoCodec): Encoder | undefined {
    const ours = this.#list.filter(encoder => encoder.codec === codec);
    return ours.find(({ hardware }) => hardware) ?? ours[0];
  }

  /** What a picture can be encoded in: the codecs of `wanted` first, the others from the cheapest on. */
  offer(
    picture: { width: number; height: number; fps: number },
    wanted: readonly (VideoCodec | undefined)[],
  ): OfferedCodec[] {
    const order = new Set([...wanted.filter(codec => codec !== undefined), ...VIDEO_CODECS]);
    return [...order].flatMap(codec => {
      const encoder = this.of(codec);
      if (encoder === undefined) return [];
      const { hardware, msPerFrame } = encoder;
      const pixels = (picture.width * picture.height) / PROBE_PIXELS;
      const cores = hardware || EVERYWHERE.has(codec) ? 0 : (msPerFrame * pixels * picture.fps) / 1000;
      return [{ codec, hardware, keepsUp: cores <= MOST_CORES }];
    });
  }
}

function parse(line: string): Encoder | undefined {
  try {
    return encoderSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
