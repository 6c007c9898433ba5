import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { NearcadeError } from '#shared/errors.ts';
import type { Logger } from '../log.ts';
import {
  AUDIO_RTP,
  DEPENDENCY_DESCRIPTOR_ID,
  PLAYOUT_DELAY_ID,
  VIDEO_RTP,
  type VideoCodec,
} from '../sfu/codecs.ts';
import { Watchdog } from '../watchdog.ts';
import { type HelperCommand, type HelperEvent, type HelperStats, helperEventSchema } from './protocol.ts';
import type { Quality } from './quality.ts';

/** Milliseconds in which the helper must say that it is ready: it only has to open the display and the sound. */
const READY_DEADLINE_MS = 10_000;

const LOOPBACK = '127.0.0.1';

/** What the slot's only sink plays (host/pulse.ts). */
const SOUND_SOURCE = 'game.monitor';

/** Stereo Opus for games: transparent for most. */
const SOUND_KBPS = 96;

/** Milliseconds between `stop` and SIGKILL. */
const STOP_GRACE_MS = 1000;

export interface StreamOptions {
  width: number;
  height: number;
  /** The most frames a second. */
  fps: number;
  /** To begin with. */
  quality: Quality;
  codec: VideoCodec;
  /** Every frame whole and at its tick, whatever changed. */
  polling?: boolean;
  /** Which of that codec's; the software one when absent. */
  encoder?: string;
  /** Without a port for it, no sound is sent. */
  ports: { video: number; audio?: number };
}

export interface MediaHelperOptions {
  spawn: () => ChildProcess;
  log: Logger;
  /** While true it waits for the display, and that it is silent is not its own fault. */
  displayHangs: () => boolean;
  /** It ended by itself, or did not answer and was ended. Called once, and never after `close()`. */
  onFailed: (detail: string) => void;
}

/** The native process that captures, encodes and sends one session's picture and sound. */
export class MediaHelper {
  readonly #child: ChildProcess;
  readonly #log: Logger;
  readonly #exited: Promise<void>;
  readonly #ready: Promise<void>;
  #stream: 'none' | 'starting' | 'running' = 'none';
  #stats: HelperStats | undefined;
  #pongs: Array<() => void> = [];
  #watchdog: Watchdog | undefined;
  #quality: Quality | undefined;
  #lostDisplay = false;
  #closing = false;

  private constructor(options: MediaHelperOptions) {
    this.#child = options.spawn();
    this.#log = options.log;
    const ready = Promise.withResolvers<void>();
    this.#ready = ready.promise;
    this.#exited = new Promise(resolve => {
      const ended = (detail: string) => {
        ready.reject(new NearcadeError('media_failed', detail));
        resolve();
      };
      this.#child.once('error', error => ended(`The media helper cannot be run: ${error.message}`));
      this.#child.once('exit', (code, signal) =>
        ended(`The media helper ended: ${signal ?? `code ${code}`}`),
      );
    });
    // Writing to a helper that just died fails here; its exit says the rest.
    this.#child.stdin?.on('error', () => undefined);
    if (this.#child.stdout) {
      createInterface({ input: this.#child.stdout }).on('line', line => this.#onLine(line, ready.resolve));
    }
    if (this.#child.stderr) {
      createInterface({ input: this.#child.stderr }).on('line', line =>
        this.#log.warn({ line }, 'media helper'),
      );
    }
  }

  /** Resolves when display and sound are open. Rejects with `media_failed`. */
  static async open(options: MediaHelperOptions): Promise<MediaHelper> {
    const helper = new MediaHelper(options);
    const late = setTimeout(() => helper.#child.kill('SIGKILL'), READY_DEADLINE_MS);
    try {
      await helper.#ready;
    } finally {
      clearTimeout(late);
    }
    helper.#watch(options);
    return helper;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get ended(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** It ended since its display was gone. */
  get lostDisplay(): boolean {
    return this.#lostDisplay;
  }

  /** Figures of about the last second in which it streamed. */
  get stats(): HelperStats | undefined {
    return this.#stats;
  }

  /** Starts the stream, in place of the one that may run. */
  startStream(options: StreamOptions): void {
    const { ports, codec, encoder, polling = false, width, height, fps, quality } = options;
    this.stopStream();
    this.#stream = 'starting';
    this.#send({
      cmd: 'start',
      video: {
        host: LOOPBACK,
        port: ports.video,
        ssrc: VIDEO_RTP.ssrc,
        payloadType: VIDEO_RTP.payloadType,
        playoutDelayExtId: PLAYOUT_DELAY_ID,
        ...(codec === 'av1' ? { dependencyDescriptorExtId: DEPENDENCY_DESCRIPTOR_ID } : {}),
        codec,
        ...(encoder === undefined ? {} : { encoder }),
        ...(polling ? { polling } : {}),
        width,
        height,
        fps,
        bitrateKbps: Math.round(quality.bitrate / 1000),
        scalePercent: quality.scalePercent,
      },
      audio:
        ports.audio === undefined
          ? null
          : {
              host: LOOPBACK,
              port: ports.audio,
              ssrc: AUDIO_RTP.ssrc,
              payloadType: AUDIO_RTP.payloadType,
              source: SOUND_SOURCE,
              bitrateKbps: SOUND_KBPS,
            },
    });
    this.#quality = { ...quality, fps };
    this.setQuality(quality);
  }

  requestKeyFrame(): void {
    this.#sendStreaming({ cmd: 'keyframe' });
  }

  /** Goes live: a new size alone takes a key frame. */
  setQuality({ bitrate, fps, scalePercent }: Quality): void {
    const now = this.#quality;
    this.#quality = { bitrate, fps, scalePercent };
    if (bitrate !== now?.bitrate) this.#sendStreaming({ cmd: 'bitrate', kbps: Math.round(bitrate / 1000) });
    if (fps !== now?.fps) this.#sendStreaming({ cmd: 'fps', value: fps });
    if (scalePercent !== now?.scalePercent) this.#sendStreaming({ cmd: 'scale', percent: scalePercent });
  }

  /** Percent of the bitrate for packets that are sent twice. */
  setRepeats(percent: number): void {
    this.#sendStreaming({ cmd: 'repeats', percent });
  }

  /** A press was just given to the game: the frame that answers it need not wait for its turn. */
  expectChange(): void {
    this.#sendStreaming({ cmd: 'input' });
  }

  pause(): void {
    this.#sendStreaming({ cmd: 'pause' });
  }

  resume(): void {
    this.#sendStreaming({ cmd: 'resume' });
  }

  stopStream(): void {
    this.#sendStreaming({ cmd: 'stopStream' });
    this.#stream = 'none';
  }

  /** Idempotent; resolves when the process is gone. */
  async close(): Promise<void> {
    if (!this.#closing) {
      this.#closing = true;
      this.#watchdog?.close();
      this.#send({ cmd: 'stop' });
    }
    const late = setTimeout(() => this.#child.kill('SIGKILL'), STOP_GRACE_MS);
    await this.#exited;
    clearTimeout(late);
  }

  #watch({ displayHangs, onFailed }: MediaHelperOptions): void {
    let detail = 'the media helper ended by itself';
    const watchdog = new Watchdog({
      pid: this.pid,
      ask: () => this.#ping(),
      excuse: displayHangs,
      onHung: how => {
        detail = `the media helper hangs: ${how}`;
        this.#child.kill('SIGKILL');
      },
    });
    this.#watchdog = watchdog;
    void this.#exited.then(() => {
      watchdog.close();
      if (!this.#closing) onFailed(detail);
    });
  }

  #ping(): Promise<void> {
    return new Promise(resolve => {
      this.#pongs.push(resolve);
      this.#send({ cmd: 'ping' });
    });
  }

  /** What means nothing without a stream. */
  #sendStreaming(command: HelperCommand): void {
    if (this.#stream !== 'none') this.#send(command);
  }

  #send(command: HelperCommand): void {
    if (this.#child.stdin?.writable) this.#child.stdin.write(`${JSON.stringify(command)}\n`);
  }

  #onLine(line: string, ready: () => void): void {
    const event = parseEvent(line);
    if (event === undefined) {
      this.#log.warn({ line }, 'the media helper said something unknown');
      return;
    }
    switch (event.ev) {
      case 'ready':
        ready();
        break;
      case 'pong':
        this.#pongs.shift()?.();
        break;
      case 'stats':
        this.#stats = event;
        this.#log.debug({ ...event }, 'media helper');
        break;
      case 'started':
        this.#stream = 'running';
        this.#log.info({ encoder: event.encoder }, 'the picture is encoded');
        break;
      case 'error':
        this.#log.error({ ...event }, 'media helper');
        this.#lostDisplay ||= event.code === 'x_lost';
        // Without a stream it is of no use: ended, it counts as failed and is replaced. Sound alone may be missing.
        if (this.#stream === 'starting' && event.code !== 'audio_unavailable') this.#child.kill('SIGKILL');
        break;
      default:
        this.#log.info({ ...event }, 'media helper');
    }
  }
}

function parseEvent(line: string): HelperEvent | undefined {
  try {
    return helperEventSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
