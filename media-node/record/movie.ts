import { rename } from 'node:fs/promises';
import {
  EncodedAudioPacketSource,
  EncodedPacket,
  EncodedVideoPacketSource,
  FilePathTarget,
  Mp4OutputFormat,
  Output,
  WebMOutputFormat,
} from 'mediabunny';
import type { VideoCodec } from '../sfu/codecs.ts';
import type { CodedFrame } from './depacketize.ts';

/** Seconds of one fragment at least; a new one begins with a key frame. */
const FRAGMENT_S = 1;

/** Profiles of what our encoders make; the levels are those of 720p60, and decoders go by the stream's own. */
const CODEC_STRINGS: Record<VideoCodec, string> = {
  h264: 'avc1.42e01f',
  vp8: 'vp8',
  vp9: 'vp09.00.40.08',
  av1: 'av01.0.08M.08',
};

const VIDEO_RATE = 90_000;
const AUDIO_RATE = 48_000;

/** Seconds of an Opus packet of ours. */
const AUDIO_PACKET_S = 0.01;

export interface MovieOptions {
  /** Where it lies once it is whole; until then `.part` is added. */
  path: string;
  codec: VideoCodec;
  width: number;
  height: number;
}

/** A file with picture and sound as they came, coded once: fMP4 for H.264, WebM for the others. */
export class Movie {
  readonly #options: MovieOptions;
  readonly #output: Output;
  readonly #video: EncodedVideoPacketSource;
  readonly #audio = new EncodedAudioPacketSource('opus');
  #writing: Promise<void>;
  #bytes = 0;
  #frames = 0;
  #beganAt: number | undefined;
  #videoClock = new RtpClock(VIDEO_RATE);
  #audioClock = new RtpClock(AUDIO_RATE);
  #lastS = 0;

  constructor(options: MovieOptions) {
    this.#options = options;
    const isMp4 = options.codec === 'h264';
    this.#video = new EncodedVideoPacketSource(options.codec === 'h264' ? 'avc' : options.codec);
    const target = new FilePathTarget(`${options.path}.part`, { chunked: false });
    this.#output = new Output({
      format: isMp4
        ? new Mp4OutputFormat({ fastStart: 'fragmented', minimumFragmentDuration: FRAGMENT_S })
        : new WebMOutputFormat({ appendOnly: true, minimumClusterDuration: FRAGMENT_S }),
      target,
    });
    this.#output.addVideoTrack(this.#video);
    this.#output.addAudioTrack(this.#audio);
    this.#writing = this.#output.start();
  }

  get bytes(): number {
    return this.#bytes;
  }

  get frames(): number {
    return this.#frames;
  }

  get seconds(): number {
    return this.#lastS;
  }

  /** Rejects when the file cannot be written any more. `at`: milliseconds at which it came. */
  addFrame(frame: CodedFrame, at: number): Promise<void> {
    this.#beganAt ??= at;
    const seconds = this.#videoClock.seconds(frame.timestamp, (at - this.#beganAt) / 1000);
    const isFirst = this.#frames === 0;
    this.#frames += 1;
    this.#bytes += frame.data.length;
    this.#lastS = seconds;
    const { codec, width, height } = this.#options;
    const packet = new EncodedPacket(frame.data, frame.key ? 'key' : 'delta', seconds, 0);
    const config = {
      codec: CODEC_STRINGS[codec],
      codedWidth: width,
      codedHeight: height,
    };
    return this.#write(() => this.#video.add(packet, isFirst ? { decoderConfig: config } : undefined));
  }

  /** Sound from before the first picture is left out. */
  addSound(timestamp: number, data: Buffer, at: number): Promise<void> {
    if (this.#beganAt === undefined) return Promise.resolve();
    const seconds = this.#audioClock.seconds(timestamp, (at - this.#beganAt) / 1000);
    this.#bytes += data.length;
    const packet = new EncodedPacket(data, 'key', seconds, AUDIO_PACKET_S);
    const config = { codec: 'opus', numberOfChannels: 2, sampleRate: AUDIO_RATE };
    return this.#write(() => this.#audio.add(packet, { decoderConfig: config }));
  }

  /** Completes the file. Nothing is left of one without a picture but its `.part`. */
  async finish(): Promise<void> {
    await this.#writing;
    await this.#output.finalize();
    await rename(`${this.#options.path}.part`, this.#options.path);
  }

  #write(add: () => Promise<void>): Promise<void> {
    this.#writing = this.#writing.then(add);
    return this.#writing;
  }
}

/** RTP timestamps as seconds from the movie's beginning: placed by when the first came, and counted on from there. */
class RtpClock {
  readonly #rate: number;
  #last: number | undefined;
  #seconds = 0;

  constructor(rate: number) {
    this.#rate = rate;
  }

  seconds(timestamp: number, arrivedS: number): number {
    if (this.#last === undefined) this.#seconds = Math.max(0, arrivedS);
    else this.#seconds += Math.max(0, (timestamp - this.#last) | 0) / this.#rate;
    this.#last = timestamp;
    return this.#seconds;
  }
}
