import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { types } from 'mediasoup';
import { RECORDING_MAX_BYTES, RECORDING_MAX_S } from '#shared/api/recordings.ts';
import { NearcadeError } from '#shared/errors.ts';
import type { Logger } from '../log.ts';
import type { Room } from '../sfu/room.ts';
import type { ViewerSource } from '../sfu/viewer.ts';
import { type RecorderEvent, type RecorderJob, recorderEventSchema } from './protocol.ts';

const PROGRAM = join(import.meta.dirname, 'recorder-main.ts');

/** Milliseconds that the recorder may take to start, and to complete its file. */
const START_DEADLINE_MS = 5000;
const FINISH_DEADLINE_MS = 10_000;

/** Bytes of disk that have to be free to begin: what the slots need comes first. */
const FREE_BYTES = 1024 ** 3;

/** Bytes that a file has beyond picture and sound: the tables of its fragments. */
const OVERHEAD = 1 / 50;

/** A file that was recorded. */
export interface Recorded {
  path: string;
  bytes: number;
  seconds: number;
}

export interface RecordingOptions {
  room: Room;
  /** The file, without its ending. */
  path: string;
  picture: { width: number; height: number };
  log: Logger;
}

/**
 * Records what the room shows: a copy of the streams on a spectators' worker goes to a process of its own, which writes it down as it is.
 * Whatever becomes of that process, the session does not notice.
 */
export class Recording {
  readonly #child: ChildProcess;
  readonly #source: ViewerSource;
  readonly #log: Logger;
  readonly #ended = Promise.withResolvers<Recorded | undefined>();
  readonly #transports: types.PlainTransport[] = [];
  #video: types.Consumer | undefined;
  #closed = false;

  private constructor(child: ChildProcess, source: ViewerSource, log: Logger) {
    this.#child = child;
    this.#source = source;
    this.#log = log;
  }

  /** Throws `recording_failed`. */
  static async open(options: RecordingOptions): Promise<Recording> {
    const { room, path, picture, log } = options;
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const { bavail, bsize } = await statfs(dirname(path));
    const free = bavail * bsize;
    if (free < FREE_BYTES)
      throw new NearcadeError('recording_failed', 'The machine has no room for a recording');
    const job: RecorderJob = {
      path,
      codec: room.codec,
      width: picture.width,
      height: picture.height,
      maxBytes: Math.min(RECORDING_MAX_BYTES * (1 - OVERHEAD), free - FREE_BYTES / 2),
      maxSeconds: RECORDING_MAX_S,
    };
    const source = await room.openSource();
    const child = spawn(process.execPath, [PROGRAM, JSON.stringify(job)], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const recording = new Recording(child, source, log);
    try {
      await recording.#begin();
      return recording;
    } catch (cause) {
      await recording.close();
      throw new NearcadeError('recording_failed', undefined, { cause });
    }
  }

  /** Settles when it is over: the file, or nothing when there is none. */
  get ended(): Promise<Recorded | undefined> {
    return this.#ended.promise;
  }

  /** Completes the file. Idempotent. */
  close(): Promise<Recorded | undefined> {
    if (!this.#closed) {
      this.#closed = true;
      for (const transport of this.#transports) transport.close();
      this.#source.release();
      this.#child.stdin?.end();
      const late = setTimeout(() => this.#child.kill('SIGKILL'), FINISH_DEADLINE_MS);
      void this.ended.finally(() => clearTimeout(late));
    }
    return this.ended;
  }

  async #begin(): Promise<void> {
    const ready = Promise.withResolvers<Extract<RecorderEvent, { type: 'ready' }>>();
    this.#listen(ready.resolve);
    const late = setTimeout(() => ready.reject(new Error('the recorder does not start')), START_DEADLINE_MS);
    this.#child.once('exit', () => ready.reject(new Error('the recorder ended')));
    const { videoPort, audioPort } = await ready.promise.finally(() => clearTimeout(late));
    const { video, audio } = await this.#source.producers();
    this.#video = await this.#send(video, videoPort);
    await this.#send(audio, audioPort);
    // A worker that died, or streams that began anew: what was recorded until then is whole.
    this.#video.once('producerclose', () => void this.close());
    this.#video.once('transportclose', () => void this.close());
    await this.#video.requestKeyFrame();
  }

  async #send(producer: types.Producer, port: number): Promise<types.Consumer> {
    const { router } = this.#source;
    const transport = await router.createPlainTransport({
      listenInfo: { protocol: 'udp', ip: '127.0.0.1' },
      rtcpMux: true,
    });
    this.#transports.push(transport);
    await transport.connect({ ip: '127.0.0.1', port });
    // Without RTX: loopback loses nothing, and what is sent again has sequence numbers of its own, which would pass for gaps.
    const { rtpCapabilities } = router;
    return transport.consume({ producerId: producer.id, rtpCapabilities, enableRtx: false });
  }

  #listen(onReady: (event: Extract<RecorderEvent, { type: 'ready' }>) => void): void {
    const child = this.#child;
    let done: Recorded | undefined;
    if (child.stdout !== null) {
      createInterface({ input: child.stdout }).on('line', line => {
        const event = recorderEventSchema.safeParse(parseJson(line));
        if (!event.success) return;
        if (event.data.type === 'ready') onReady(event.data);
        else if (event.data.type === 'need_key_frame') this.#video?.requestKeyFrame().catch(() => undefined);
        else if (event.data.type === 'begun') this.#log.info('a recording has begun');
        else if (event.data.frames > 0) done = event.data;
      });
    }
    if (child.stderr !== null) {
      createInterface({ input: child.stderr }).on('line', line => this.#log.warn({ line }, 'recorder'));
    }
    child.stdin?.on('error', () => undefined);
    child.once('error', error => this.#log.error({ err: error }, 'the recorder cannot be started'));
    child.once('close', code => {
      this.#log.info({ code, ...done }, 'recording ended');
      this.#ended.resolve(done);
      void this.close();
    });
  }
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
